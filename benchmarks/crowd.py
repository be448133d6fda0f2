"""Many readers of streams in one process of its own: epoll, one buffer, no parsing while it only counts.

A message carries one MARK, a byte that occurs nowhere else on the wire, and behind it `number@nanoseconds;`. Counting
marks needs no look at where a read begins or ends. While it *watches*, it keeps what a pattern finds in each whole
event and when it came (CLOCK_MONOTONIC, nanoseconds).
"""

import os
import re
import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from .remote import Remote, obey

MARK = b"~"
MARKED = rb"~([^;]*);"
BUFFER_BYTES = 1 << 20
READING = select.EPOLLIN | select.EPOLLRDHUP

Seen = list[tuple[Any, int]]  # what the pattern found in one stream (a tuple where it has groups), and when it came


@dataclass
class State:
    """What a crowd has: messages of each open stream, the streams that the server ended, refusals, what was seen."""

    counts: list[int]
    ended: int
    refusals: list[str]
    seen: list[Seen]

    @property
    def live(self) -> int:
        """Streams that are open and got something."""
        return sum(1 for count in self.counts if count)


class _Stream:
    """One open stream."""

    __slots__ = ("begun", "count", "receive", "seen", "socket", "tail")

    def __init__(self, address: tuple[str, int], request: bytes) -> None:
        self.socket = socket.create_connection(address, timeout=60)
        self.socket.sendall(request)
        self.socket.setblocking(False)
        self.receive = self.socket.recv_into
        self.count = 0
        self.seen: Seen = []
        self.tail = b""
        self.begun = False


class _Reader:
    """The loop of the reading process. Commands come through `orders`, each with one answer."""

    def __init__(self, orders: Connection, progress: int) -> None:
        self._orders, self._progress = orders, progress
        self._epoll = select.epoll()
        self._epoll.register(orders.fileno(), select.EPOLLIN)
        self._streams: dict[int, _Stream] = {}
        self._buffer = bytearray(BUFFER_BYTES)
        self._total = self._rounds = self._ended = 0
        self._refusals: list[str] = []
        self._pattern: re.Pattern[bytes] | None = re.compile(MARKED)

    def run(self) -> None:
        """Until told to `quit`."""
        orders = self._orders.fileno()
        while True:
            events = self._epoll.poll()
            read = self._count if self._pattern is None else self._watch
            for handle, _ in events:
                if handle != orders:
                    read(handle)
                    continue
                if not obey(self, self._orders):
                    return
            self._tell()

    def _count(self, handle: int) -> None:
        stream = self._streams[handle]
        try:
            size = stream.receive(self._buffer)
        except OSError:
            size = 0
        if not size:
            return self._lose(handle)
        found = self._buffer.count(MARK, 0, size)
        stream.count += found
        self._total += found
        return None

    def _watch(self, handle: int) -> None:
        stream = self._streams[handle]
        try:
            size = stream.receive(self._buffer)
        except OSError:
            size = 0
        now = time.monotonic_ns()
        if not size:
            return self._lose(handle)
        data = stream.tail + self._buffer[:size]
        if not stream.begun:
            if not data.startswith(b"HTTP/1.1 200"):
                self._refusals.append(data[:400].decode(errors="replace"))
                return self._lose(handle)
            stream.begun = True
        whole = data.rfind(b"\n\n") + 1
        assert self._pattern is not None
        found = self._pattern.findall(data, 0, whole)
        stream.tail = data[whole:]
        stream.seen.extend((text, now) for text in found)
        stream.count += len(found)
        self._total += len(found)
        return None

    def _tell(self) -> None:
        rounds = self._total // (len(self._streams) or 1)
        if rounds > self._rounds:
            os.write(self._progress, b"." * min(rounds - self._rounds, 4096))
            self._rounds = rounds

    def _lose(self, handle: int) -> None:
        self._ended += 1
        self._streams.pop(handle).socket.close()

    # -- what can be ordered

    def open(self, address: tuple[str, int], requests: Sequence[bytes]) -> int:
        """Open one stream a request; returns how many could connect."""
        before = len(self._streams)
        for request in requests:
            try:
                stream = _Stream(address, request)
            except OSError as error:
                self._refusals.append(str(error))
                continue
            self._streams[stream.socket.fileno()] = stream
            self._epoll.register(stream.socket.fileno(), READING)
        return len(self._streams) - before

    def reset(self, pattern: bytes | None) -> int:
        """Count from 0 again, or watch for a pattern; returns how many streams are open."""
        self._pattern = re.compile(pattern, re.DOTALL) if pattern else None
        self._total = self._rounds = 0
        for stream in self._streams.values():
            stream.count, stream.seen, stream.tail, stream.begun = 0, [], b"", True
        return len(self._streams)

    def state(self) -> State:
        """What there is since the last reset."""
        streams = self._streams.values()
        refusals, self._refusals = self._refusals, []
        return State([each.count for each in streams], self._ended, refusals, [each.seen for each in streams])

    def close(self, count: int) -> int:
        """Close so many streams; returns how many are left."""
        for handle in list(self._streams)[:count]:
            self._streams.pop(handle).socket.close()
        return len(self._streams)


def begin(orders: int, progress: int) -> None:
    """The reading process: file descriptors of the orders and of where to tell how far it is."""
    _Reader(Connection(orders), progress).run()


class Crowd(Remote):
    """The other side: what a benchmark orders."""

    def __init__(self) -> None:
        self._progress, progress = os.pipe()
        super().__init__(__name__, progress)
        os.close(progress)
        self._rounds = 0

    def __exit__(self, *told: Any) -> None:
        super().__exit__(*told)
        os.close(self._progress)

    def open(self, address: tuple[str, int], requests: Sequence[bytes]) -> int:
        """Open one stream a request, without waiting for answers; returns how many could connect."""
        return int(self.ask("open", address, requests))

    def reset(self, pattern: bytes | None = None) -> int:
        """Count from 0 again, or watch for a pattern (MARKED); returns how many streams are open.

        Call it when nothing is under way.
        """
        streams = int(self.ask("reset", pattern))
        self._rounds = 0
        while select.select([self._progress], [], [], 0)[0]:
            os.read(self._progress, 65536)
        return streams

    def state(self) -> State:
        """What it has seen since the last reset."""
        found = self.ask("state")
        assert isinstance(found, State)
        return found

    def close(self, count: int) -> int:
        """Close so many streams; returns how many are left."""
        return int(self.ask("close", count))

    def rounds(self, wait: float = 0.0) -> int:
        """Messages that have reached all (deliveries by streams); waits up to `wait` seconds for one more."""
        if select.select([self._progress], [], [], wait)[0]:
            self._rounds += len(os.read(self._progress, 65536))
        return self._rounds

    def await_rounds(self, count: int, wait: float) -> bool:
        """True once `count` messages have reached all; False when nothing more comes for `wait` seconds."""
        until = time.monotonic() + wait
        before = self._rounds
        while self._rounds < count:
            if self.rounds(max(0.0, until - time.monotonic())) > before:
                before, until = self._rounds, time.monotonic() + wait
            elif time.monotonic() >= until:
                return False
        return True
