"""A reader of server-sent events over a raw socket: sees every byte, and can be slow, rude or silent."""

import json
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Event:
    """One event as it came."""

    data: str
    event: str | None = None
    id: str | None = None
    retry: int | None = None

    @property
    def json(self) -> Any:
        """Its data, decoded."""
        return json.loads(self.data)

    @property
    def kind(self) -> str | None:
        """`hb`, or the `type` of an unnamed message."""
        return self.event or self.json.get("type")


class Ended(Exception):
    """The server closed the stream."""


class Reader:
    """One stream. `status` and `headers` are those of the reply."""

    def __init__(
        self, address: tuple[str, int], path: str = "/stream", headers: Mapping[str, str] | None = None,
        receive_buffer: int | None = None, connection: socket.socket | None = None,
    ) -> None:  # fmt: skip
        self.socket = connection or socket.socket()
        if connection is None:
            if receive_buffer:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            self.socket.settimeout(10)
            self.socket.connect(address)
        try:
            self._ask(path, headers or {})
        except BaseException:
            self.socket.close()
            raise

    def _ask(self, path: str, headers: Mapping[str, str]) -> None:
        lines = [f"GET {path} HTTP/1.1", "Host: test", *(f"{name}: {value}" for name, value in headers.items())]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.raw = b""
        self._buffer = b""
        self._chunked, self._wire = False, b""
        head = self._read_to(b"\r\n\r\n", 10).decode()
        first, *rest = head.split("\r\n")
        self.status = int(first.split()[1])
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
        if self.headers.get("transfer-encoding") == "chunked":
            self._chunked, self._wire, self._buffer = True, self._buffer, b""
            self._unchunk()

    def event(self, wait: float = 5) -> Event:
        """The next event. TimeoutError after `wait` seconds, Ended at the end."""
        fields: dict[str, Any] = {}
        for line in self._read_to(b"\n\n", wait).decode().split("\n"):
            name, _, value = line.partition(": ")
            assert name in ("event", "id", "retry", "data"), line
            assert name not in fields, f"{name} twice"
            fields[name] = int(value) if name == "retry" else value
        return Event(**fields)

    def until(self, wanted: str | Callable[[Event], bool], wait: float = 5) -> list[Event]:
        """Events up to the first that is `wanted` (a kind, or a test)."""
        fits = (lambda event: event.kind == wanted) if isinstance(wanted, str) else wanted
        found, deadline = [], time.monotonic() + wait
        while not found or not fits(found[-1]):
            found.append(self.event(max(0.01, deadline - time.monotonic())))
        return found

    def rest(self, wait: float = 5) -> list[Event]:
        """All events to the end of the stream. TimeoutError when none comes for `wait` seconds."""
        found = []
        try:
            while True:
                found.append(self.event(wait))
        except Ended:
            return found

    def exactly(self, length: int) -> bytes:
        """The next `length` bytes."""
        while len(self._buffer) < length:
            self._receive(5)
        part, self._buffer = self._buffer[:length], self._buffer[length:]
        return part

    def body(self) -> bytes:
        """The body of a short reply."""
        return self.exactly(int(self.headers["content-length"]))

    def ended(self, wait: float = 5) -> bool:
        """True when the server closes within `wait` seconds, whatever it still sends."""
        deadline = time.monotonic() + wait
        try:
            while True:
                self._receive(max(0.01, deadline - time.monotonic()))
        except Ended:
            return True
        except TimeoutError:
            return False

    def close(self) -> None:
        """Leave."""
        self.socket.close()

    def _read_to(self, mark: bytes, wait: float) -> bytes:
        deadline = time.monotonic() + wait
        while mark not in self._buffer:
            self._receive(max(0.01, deadline - time.monotonic()))
        part, _, self._buffer = self._buffer.partition(mark)
        return part

    def _receive(self, wait: float) -> None:
        self.socket.settimeout(wait)
        try:
            data = self.socket.recv(1 << 20)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Ended
        if self._chunked:
            self._wire += data
            self._unchunk()
        else:
            self._buffer += data

    def _unchunk(self) -> None:
        """Take the whole chunks off the wire. Ended at the last one."""
        while b"\r\n" in self._wire:
            line, _, rest = self._wire.partition(b"\r\n")
            size = int(line, 16)
            if len(rest) < size + 2:
                return
            assert rest[size : size + 2] == b"\r\n", rest[size : size + 2]
            self._buffer, self._wire = self._buffer + rest[:size], rest[size + 2 :]
            if not size:
                self._chunked = False
                return
