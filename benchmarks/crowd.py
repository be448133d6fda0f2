"""Many readers of streams in one process of its own: epoll, one buffer, no parsing while it only counts.

A message carries one MARK, a byte that occurs nowhere else on the wire, and behind it `number@nanoseconds;`. Counting
marks needs no look at where a read begins or ends. While it *watches*, it keeps what stands behind each mark and when
it came (CLOCK_MONOTONIC, nanoseconds), of whole events only.
"""

import os
import re
import select
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
MARK = b"~"
MARKED = re.compile(rb"~([^;]*);")
BUFFER_BYTES = 1 << 20
READING = select.EPOLLIN | select.EPOLLRDHUP

Seen = list[tuple[bytes, int]]  # what stood behind the marks of one stream, and when it came


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
        self._watching = True

    def run(self) -> None:
        """Until told to `quit`."""
        orders = self._orders.fileno()
        while True:
            events = self._epoll.poll()
            read = self._watch if self._watching else self._count
            for handle, _ in events:
                if handle != orders:
                    read(handle)
                    continue
                name, *arguments = self._orders.recv()
                if name == "quit":
                    return
                self._orders.send(getattr(self, name)(*arguments))
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
        found = MARKED.findall(data, 0, whole)
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

    def reset(self, watching: bool) -> int:
        """Count from 0 again; returns how many streams are open."""
        self._watching, self._total, self._rounds = watching, 0, 0
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


class Crowd:
    """The other side: what a benchmark orders. A context manager; `pid` is the reading process."""

    def __init__(self) -> None:
        self._orders, theirs = Pipe()
        self._progress, progress = os.pipe()
        handles = [theirs.fileno(), progress]
        command = f"from benchmarks.crowd import begin; begin({handles[0]}, {handles[1]})"
        self._process = subprocess.Popen([sys.executable, "-c", command], cwd=ROOT, pass_fds=handles)
        theirs.close()
        os.close(progress)
        self._rounds = 0

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._orders.send(["quit"])
        self._process.wait(10)
        self._orders.close()
        os.close(self._progress)

    @property
    def pid(self) -> int:
        """The reading process."""
        return self._process.pid

    def _ask(self, *order: Any) -> Any:
        self._orders.send(order)
        return self._orders.recv()

    def open(self, address: tuple[str, int], requests: Sequence[bytes]) -> int:
        """Open one stream a request, without waiting for answers; returns how many could connect."""
        return int(self._ask("open", address, requests))

    def reset(self, *, watching: bool = False) -> int:
        """Count from 0 again; returns how many streams are open. Call it when nothing is under way."""
        streams = int(self._ask("reset", watching))
        self._rounds = 0
        while select.select([self._progress], [], [], 0)[0]:
            os.read(self._progress, 65536)
        return streams

    def state(self) -> State:
        """What it has seen since the last reset."""
        found = self._ask("state")
        assert isinstance(found, State)
        return found

    def close(self, count: int) -> int:
        """Close so many streams; returns how many are left."""
        return int(self._ask("close", count))

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
