"""Moments too short to be met by chance: what happens between two steps of a turn, put there on purpose."""

import socket
import time
from collections.abc import Callable, Iterator

import pytest

from digisence.extensions.sse import Position
from digisence.realtime.client import Client, Listener
from digisence.realtime.conversation import Conversation
from digisence.realtime.ring import Entry, Ring, View
from digisence.realtime.streams import Streams
from digisence.realtime.websocket import WEBSOCKET

Join = Callable[..., tuple[Client, socket.socket]]


@pytest.fixture
def ring() -> Ring:
    return Ring(Position(1, 0), 64_000_000)


@pytest.fixture
def streams(ring: Ring) -> Iterator[Streams]:
    """Without its thread: the test takes the turns."""
    streams = Streams(ring, heartbeat=15)
    yield streams
    streams.stop()
    streams._run()


@pytest.fixture
def join(streams: Streams, ring: Ring) -> Iterator[Join]:
    """A stream that has been taken over, and its reader."""
    ends: list[socket.socket] = []

    def join(connection: socket.socket | None = None, **chosen: object) -> tuple[Client, socket.socket]:
        ours, theirs = socket.socketpair()
        ends.extend((ours, theirs))
        view = View(**chosen.pop("view", {}))  # type: ignore[arg-type]
        listener = Listener("u", "s", "a", time.time(), time.time() + 3600)
        client = Client(connection or ours, listener, view, ring.tip()[1], close=lambda: None, **chosen)  # type: ignore[arg-type]
        if connection is None:
            streams.attach(client)
            streams._turn()
        return client, theirs

    yield join
    for end in ends:
        end.close()


def entry(number: int, size: int = 0) -> Entry:
    return Entry(Position(2, number), b"id: 2-%d\ndata: {%b}\n\n" % (number, b"x" * size), "users")


def heard(reader: socket.socket) -> bytes:
    reader.setblocking(False)
    try:
        return reader.recv(1 << 20)
    except BlockingIOError:
        return b""


def test_a_heartbeat_promises_nothing_that_was_not_sent(streams: Streams, ring: Ring, join: Join) -> None:
    """A message comes after the turn has sent what there was, before it beats: who resumes there would miss it."""
    _, reader = join()
    ring.append(entry(1))
    streams.wake()
    streams._turn()
    assert b"id: 2-1" in heard(reader)
    ring.append(entry(2))

    streams._beat(time.monotonic() + 15)

    assert b"id: 2-1\ndata: 2-1" in heard(reader)


def test_a_heartbeat_never_gives_a_position_of_another_feed(streams: Streams, ring: Ring, join: Join) -> None:
    """The feed begins anew in that same moment: its first position would hide that messages were lost."""
    _, reader = join()
    ring.reset(Position(9, 0))

    streams._beat(time.monotonic() + 15)

    assert b"9-0" not in heard(reader).replace(b'"position":"9-0"', b"")
    assert streams.counts.lost == 1


class Crowded:
    """A socket that takes half, while so much comes that what it was sent leaves the ring."""

    def __init__(self, ring: Ring) -> None:
        self._ring, self.taken = ring, b""

    def setblocking(self, _flag: bool) -> None: ...

    def send(self, data: bytes) -> int:
        for number in range(5, 9):
            self._ring.append(entry(number, 400))
        self.taken += data[: len(data) // 2]
        return len(data) // 2


def test_a_message_cut_while_it_leaves_the_ring_is_still_sent_whole(join: Join) -> None:
    ring = Ring(Position(1, 0), 2000)
    client, _ = join(Crowded(ring))
    for number in range(1, 4):
        ring.append(entry(number, 40))
    sent = ring.read(client.cursor, client.view, 65536).data

    client.take(ring.read(client.cursor, client.view, 65536), ring)

    assert client.socket.taken + client._unsent == sent  # type: ignore[attr-defined]


def test_topics_taken_on_begin_where_a_stream_stands_that_was_ahead(streams: Streams, ring: Ring, join: Join) -> None:
    """It came from a process that had heard more; what this one hears up to there is left out of it."""
    client, reader = join(
        after=Position(2, 5), view={"topics": frozenset({"users"}), "dialect": WEBSOCKET},
        conversation=Conversation("SUPER_ADMIN"),
    )  # fmt: skip
    reader.sendall(masked(b'{"type": "subscribe", "topics": ["categories"]}'))

    streams._turn()

    assert b'"position":"2-5"' in heard(reader)
    assert client.view.topics == frozenset({"users", "categories", "update"})


def masked(text: bytes) -> bytes:
    """A text frame as a client sends it, under the mask of nought."""
    return bytes((0x81, 0x80 | len(text))) + b"\0\0\0\0" + text
