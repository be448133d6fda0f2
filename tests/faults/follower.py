"""A program that follows a stream, comes back with the last id it saw, and keeps an account of what it was given."""

import contextlib
import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from digisence.extensions.sse import Position
from tests.realtime.reader import Ended, Reader

Address = tuple[str, int]
PATIENCE_SECONDS = 0.2  # between two looks at whether it is to leave
ENDS = (OSError, Ended, EOFError, WebSocketException)


class Message(NamedTuple):
    """A numbered message, and where it stands."""

    position: Position
    number: int


@dataclass
class Passage:
    """What came in a row: everything after `start`, until it was told that something is missing."""

    start: Position
    began: float
    seen: list[Message] = field(default_factory=list)
    lost_at: float | None = None
    slow: bool = False


class Follower:
    """Follows by `transport` (`sse`, `gzip`, `ws`) the `topics` (None: all), at the addresses that `next_address` gives.

    A stubborn one comes back by itself when its stream ends.
    """

    def __init__(self, name: str, transport: str, topics: str | None, next_address: Callable[[], Address]) -> None:
        self.name, self.transport, self.topics, self.next_address = name, transport, topics, next_address
        self.passages: list[Passage] = []
        self.position: Position | None = None  # where it would go on
        self.heard: Position | None = None  # of the newest heartbeat
        self.troubles: list[str] = []
        self.stubborn = self.paused = False
        self.connections = 0
        self._small = False
        self._ends: deque[str] = deque(maxlen=3)
        self._leaving = threading.Event()
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def __repr__(self) -> str:
        told = f"{self.name} ({self.transport}, {self.topics or 'all'}) at {self.position}"
        return f"{told}, following: {self.following}, ended: {list(self._ends)}"

    @property
    def following(self) -> bool:
        """Whether it is connected, or trying to be."""
        return self._thread is not None and self._thread.is_alive()

    def follow(self, stubborn: bool, small: bool = False) -> None:
        """Connect, if it is not. With a `small` buffer it takes little that it does not read."""
        self.stubborn, self._small = stubborn, small
        if not self.following:
            self._leaving.clear()
            self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            self._thread.start()

    def leave(self, reset: bool = False) -> None:
        """End the connection, in order or by a reset, whatever is on its way."""
        self._leaving.set()
        self.paused = False
        connection = self._socket
        if connection is not None:
            with contextlib.suppress(OSError):
                if reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RDWR)
        if self._thread is not None:
            self._thread.join(15)
            assert not self._thread.is_alive(), f"{self} does not leave"

    def pause(self) -> None:
        """Read nothing until `paused` is unset."""
        self.paused = True
        if self.passages:
            self.passages[-1].slow = True

    # -- its thread

    def _run(self) -> None:
        while True:
            try:
                self._connection()
            except ENDS as error:
                self._ends.append(f"{time.monotonic():.2f} {error!r}")
            except AssertionError as error:
                self.troubles.append(str(error))
                return
            finally:
                if self._socket is not None:
                    self._socket.close()
            if self._leaving.wait(0.05) or not self.stubborn:
                return

    def _connection(self) -> None:
        self._socket = connection = socket.socket()
        address = self.next_address()
        if self._small:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        connection.settimeout(10)
        connection.connect(address)
        self.connections += 1
        for told in (self._websocket if self.transport == "ws" else self._events)(connection):
            self._take(told)

    def _headers(self) -> dict[str, str]:
        return {} if self.position is None else {"Last-Event-ID": str(self.position)}

    def _query(self) -> str:
        return f"?user={self.name}" + (f"&topics={self.topics}" if self.topics else "")

    def _events(self, connection: socket.socket) -> Iterator[dict[str, Any]]:
        reader = Reader(("", 0), f"/stream{self._query()}", self._headers(), connection=connection)
        if reader.status != 200:
            assert reader.status == 503, f"refused with {reader.status}"
            raise Ended(f"refused: {reader.body()!r}")
        while self._present():
            with contextlib.suppress(TimeoutError):
                event = reader.event(PATIENCE_SECONDS)
                body = {"type": "hb"} if event.event == "hb" else json.loads(event.data)
                yield {**body, "id": event.id}

    def _websocket(self, connection: socket.socket) -> Iterator[dict[str, Any]]:
        uri = f"ws://test/ws{self._query()}"
        with connect(
            uri, sock=connection, additional_headers=self._headers(), proxy=None, ping_interval=None, max_size=None,
            close_timeout=0.1,
        ) as client:  # fmt: skip
            while self._present():
                with contextlib.suppress(TimeoutError):
                    yield {"id": None, **json.loads(client.recv(PATIENCE_SECONDS))}

    def _present(self) -> bool:
        while self.paused and not self._leaving.is_set():
            time.sleep(0.02)
        return not self._leaving.is_set()

    def _take(self, told: dict[str, Any]) -> None:
        here = Position.parse(told["id"]) if told["id"] else None
        match told["type"]:
            case "hello" if self.position is None:
                self._begin(Position.parse(told["position"]))
            case "lost":
                self.passages[-1].lost_at = time.monotonic()
                self._begin(Position.parse(told["position"]))
            case "hb":
                assert here is not None, told
                assert here >= self._last(), f"{self}: a heartbeat at {here} after {self._last()}"
                self.position = self.heard = here
            case "change" | "update":
                assert here is not None, told
                self.passages[-1].seen.append(Message(here, told["number"]))
                self.position = here
            case kind:
                assert kind in ("hello", "bye"), told

    def _last(self) -> Position:
        passage = self.passages[-1]
        return passage.seen[-1].position if passage.seen else passage.start

    def _begin(self, position: Position) -> None:
        self.position = position
        self.passages.append(Passage(position, time.monotonic(), slow=self._small))
