"""A door before a server that can be slammed, held shut in silence, slowed, or closed in mid-sentence."""

import contextlib
import itertools
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

Address = Path | tuple[str, int]


class Line:
    """One connection through the door, in both directions."""

    def __init__(self, door: "Proxy", near: socket.socket, far: socket.socket) -> None:
        self.door, self.near, self.far = door, near, far
        self.open = threading.Event()
        self.left: int | None = None  # bytes that still go to the near side
        self._ended = itertools.count(1)
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            self._pass_on(source, sink)
        finally:
            if next(self._ended) == 2:  # both directions are over
                self.near.close()
                self.far.close()
                self.door.forget(self)

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(1 << 16):
                self.open.wait()
                if self.door.delay:
                    time.sleep(self.door.delay)
                if sink is self.near and self.left is not None:
                    data, self.left = data[: self.left], max(0, self.left - len(data))
                sink.sendall(data)
                if self.left == 0:
                    return self.cut()
            self.open.wait()
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            self.cut()
        return None

    def cut(self) -> None:
        """Reset it."""
        self.open.set()
        for side in (self.near, self.far):
            with contextlib.suppress(OSError):
                side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                side.shutdown(socket.SHUT_RD)  # wakes who reads
            side.close()


class Proxy:
    """Listens on `address` and passes on to `upstream`, an address or a Unix socket, which may change."""

    def __init__(self, upstream: Address) -> None:
        self.upstream, self.delay = upstream, 0.0
        self._held = self._refusing = False
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.address: tuple[str, int] = self._listening.getsockname()
        self._lines: list[Line] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            try:
                if self._refusing:
                    raise ConnectionRefusedError
                far = _connected(self.upstream)
            except OSError:
                near.close()
                continue
            for side in (near, far):
                if side.family != socket.AF_UNIX:
                    side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line = Line(self, near, far)
            self._lines.append(line)
            if not self._held:
                line.open.set()

    def forget(self, line: Line) -> None:
        """A connection is over."""
        with contextlib.suppress(ValueError):
            self._lines.remove(line)

    def cut(self) -> int:
        """Reset every connection; how many."""
        lines, self._lines = self._lines, []
        for line in lines:
            line.cut()
        return len(lines)

    def refuse(self) -> None:
        """Reset every connection, and each new one."""
        self._refusing = True
        self.cut()

    def freeze(self) -> None:
        """Pass on nothing more on the connections there are: they are half-open. New ones work."""
        for line in list(self._lines):
            line.open.clear()

    def hold(self) -> None:
        """Accept, but never answer and never pass on, on the connections there are and on new ones."""
        self._held = True
        self.freeze()

    def truncate(self, after: int) -> None:
        """Reset each connection there is when so many more bytes have come from the server."""
        for line in list(self._lines):
            line.left = after

    def heal(self) -> None:
        """Pass on again; what was held is passed on now."""
        self._held = self._refusing = False
        self.delay = 0.0
        for line in list(self._lines):
            line.open.set()

    def close(self) -> None:
        """Reset everything and listen no more."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()


def _connected(upstream: Address) -> socket.socket:
    if not isinstance(upstream, Path):
        return socket.create_connection(upstream, timeout=None)
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(upstream))
    except OSError:
        connection.close()
        raise
    return connection


def until(condition: Callable[[], object], wait: float = 10, what: str = "it did not happen in time") -> float:
    """Wait for a condition; returns the seconds it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < wait, what
        time.sleep(0.005)
    return time.monotonic() - began
