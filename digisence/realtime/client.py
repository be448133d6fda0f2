"""One open stream: a socket, a cursor into the ring, and whose it is. Only the hub's selector thread touches it."""

import itertools
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..extensions.sse import Position
from .ring import Ring

CHUNK_BYTES = 64 * 1024
CHUNKS_A_TURN = 4  # then others have their turn

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Listener:
    """Whose stream it is. Times in seconds since 1970: when the right to listen was surely not looked at yet, and when
    the access token ends."""

    user_id: str
    session_id: str
    address: str
    checked_at: float
    expires_at: float


class Client:
    """A stream that has had its first messages and now follows the ring."""

    __slots__ = (
        "_unsent",
        "after",
        "blocked",
        "close",
        "cursor",
        "ending",
        "listener",
        "moved_at",
        "number",
        "socket",
        "topics",
    )  # fmt: skip

    def __init__(
        self,
        connection: socket.socket,
        listener: Listener,
        topics: frozenset[str] | None,
        cursor: int,
        *,
        after: Position | None = None,
        close: Callable[[], None],
    ) -> None:
        connection.setblocking(False)
        self.socket, self.listener, self.topics, self.cursor, self.after = connection, listener, topics, cursor, after
        self.number = next(_numbers)
        self.close = close
        self.moved_at = time.monotonic()
        self.blocked = self.ending = False
        self._unsent: memoryview = memoryview(b"")

    def flush(self, ring: Ring) -> bool:
        """Send what there is; False when the socket takes no more for now. Raises Fallen, OSError."""
        if not self._push():
            return False
        for _ in range(CHUNKS_A_TURN):
            if self.ending or self.cursor == ring.end:
                return True
            data, self.cursor = ring.read(self.cursor, self.topics, CHUNK_BYTES, self.after)
            if self.after is not None and self.cursor == ring.end and ring.last >= self.after:
                self.after = None
            self._unsent = memoryview(data)
            if not self._push():
                return False
        return self.cursor == ring.end

    def say(self, frame: bytes) -> bool:
        """Send a frame behind what is still unsent; False when the socket takes no more for now. Raises OSError."""
        self._unsent = memoryview(bytes(self._unsent) + frame)
        return self._push()

    def _push(self) -> bool:
        while self._unsent:
            try:
                sent = self.socket.send(self._unsent)
            except BlockingIOError:
                return False
            self._unsent = self._unsent[sent:]
            self.moved_at = time.monotonic()
        return True

    def gone(self) -> bool:
        """Read and forget what the other side sent; True when it has closed."""
        try:
            return not self.socket.recv(65536)
        except BlockingIOError:
            return False
        except OSError:
            return True
