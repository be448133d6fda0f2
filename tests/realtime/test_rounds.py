"""One round of the streams' thread: what a full socket leaves, what more than a chunk leaves, what is held meanwhile."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from digisence.extensions.sse import Position
from digisence.realtime.backlog import Backlog, Outlet
from digisence.realtime.client import CHUNK_BYTES, Client, Listener
from digisence.realtime.dialects import event_stream
from digisence.realtime.ring import Entry, Ring, View
from digisence.realtime.streams import Streams

START = Position(1, 0)


@pytest.fixture
def ring() -> Ring:
    return Ring(START, 64_000_000)


@pytest.fixture
def streams(ring: Ring) -> Iterator[Streams]:
    """The thread, running."""
    streams = Streams(ring, heartbeat=3600)
    streams.thread.start()
    yield streams
    streams.drain(5)
    streams.stop()
    streams.thread.join(5)


@pytest.fixture
def join(streams: Streams, ring: Ring) -> Iterator[Callable[..., tuple[Client, socket.socket]]]:
    """A stream and the socket of its reader, who takes little at a time."""
    readers = []

    def join(
        backlog: Backlog | None = None, ours: socket.socket | None = None, **view: object
    ) -> tuple[Client, socket.socket]:
        if ours is None:
            ours, theirs = pair()
            readers.append(theirs)
        listener = Listener("u", "s", "a", time.time(), time.time() + 3600)
        client = Client(ours, listener, View(**view), ring.tip()[1], backlog=backlog, close=lambda: None)  # type: ignore[arg-type]
        streams.attach(client)
        return client, readers[-1] if readers else ours

    yield join
    for reader in readers:
        reader.close()


def pair() -> tuple[socket.socket, socket.socket]:
    """A connection with small buffers."""
    ours, theirs = socket.socketpair()
    for each in (ours, theirs):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        each.settimeout(5)
    return ours, theirs


def fill(ring: Ring, count: int, size: int) -> bytes:
    """Append so many messages; what they are on the wire."""
    frames = [b"data: %06d%b\n\n" % (number, b"x" * size) for number in range(count)]
    for number, frame in enumerate(frames, start=1):
        ring.append(Entry(Position(2, number), frame, "users"))
    return b"".join(frames)


def read(reader: socket.socket, count: int) -> bytes:
    """So many bytes."""
    found = b""
    while len(found) < count:
        data = reader.recv(65536)
        assert data, "the stream ended"
        found += data
    return found


def test_more_than_a_chunk_at_once_needs_no_second_wake(streams: Streams, ring: Ring, join: Callable) -> None:
    ours, theirs = socket.socketpair()
    for each in (ours, theirs):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_000_000)
        each.settimeout(5)
    join(ours=ours)
    expected = fill(ring, 12, CHUNK_BYTES // 4)

    streams.wake()

    assert read(theirs, len(expected)) == expected
    theirs.close()


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize("compressed", [True, False])
def test_a_full_socket_goes_on_byte_for_byte(
    streams: Streams, ring: Ring, join: Callable, chunked: bool, compressed: bool
) -> None:
    dialect = event_stream(chunked=chunked, compressed=compressed)
    _, reader = join(dialect=dialect)
    expected = b"".join(dialect.frame(frame + b"\n\n") for frame in fill(ring, 300, 1500).split(b"\n\n")[:-1])

    streams.wake()

    assert read(reader, len(expected)) == expected


def test_a_stopped_reader_holds_no_more_than_the_message_that_was_cut(
    streams: Streams, ring: Ring, join: Callable
) -> None:
    client, reader = join()
    for _ in range(20):
        expected = fill(ring, 50, 1000)
        streams.wake()
    deadline = time.monotonic() + 5
    while not client.blocked:
        assert time.monotonic() < deadline
        time.sleep(0.01)

    assert len(client._unsent) < 1100

    assert read(reader, 20 * len(expected)) == 20 * expected


def test_first_messages_nobody_takes_wait_in_a_file_and_come_first(
    streams: Streams, ring: Ring, join: Callable
) -> None:
    ours, theirs = pair()
    outlet = Outlet(ours)
    first = b"".join(b"data: first %06d\n\n" % number for number in range(20_000))
    began = time.monotonic()
    for start in range(0, len(first), 50_000):
        outlet.write(first[start : start + 50_000])
    assert time.monotonic() - began < 2, "it waited for the reader"
    assert outlet.backlog is not None
    join(outlet.backlog, ours)
    live = fill(ring, 10, 100)
    streams.wake()

    assert read(theirs, len(first) + len(live)) == first + live
    theirs.close()


def test_an_outlet_whose_reader_keeps_up_keeps_nothing() -> None:
    ours, theirs = pair()
    taken: list[bytes] = []
    reader = threading.Thread(target=lambda: taken.extend(iter(lambda: theirs.recv(65536), b"")))
    reader.start()
    outlet = Outlet(ours)
    for _ in range(200):
        outlet.write(b"y" * 3000)
    deadline = time.monotonic() + 5
    while outlet.backlog is not None:
        assert time.monotonic() < deadline
        outlet.write(b"")
        time.sleep(0.001)
    ours.close()
    reader.join(5)

    assert b"".join(taken) == b"y" * 600_000
    assert outlet.sent == 600_000
    theirs.close()


def test_an_outlet_whose_reader_left_says_so() -> None:
    ours, theirs = pair()
    theirs.close()

    outlet = Outlet(ours)
    with pytest.raises(ConnectionError):
        outlet.write(b"z" * 1000)
    ours.close()
