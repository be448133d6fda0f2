"""One open stream: a socket, a cursor into the ring, and whose it is. Only the hub's selector thread touches it."""

import itertools
import math
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from ..extensions.sse import Position
from . import protocol
from .backlog import Backlog
from .conversation import Conversation
from .dialects import Dialect
from .ring import Chunk, Fallen, Ring, View

CHUNK_BYTES = 64 * 1024
CHUNKS_A_TURN = 4  # then others have their turn

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Listener:
    """Whose stream it is. Times in seconds since 1970: when the right to listen was surely not looked at yet, and when
    the access token ends. `id` names the stream among all."""

    user_id: str
    session_id: str
    address: str
    checked_at: float
    expires_at: float
    role: str = ""
    stamp: str = ""  # of the password the token was issued for
    agent: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


class Client:
    """A stream that has had its first messages, or has them in its backlog, and now follows the ring.

    It holds no message: what a full socket did not take is read from the ring again, but for the rest of the one
    message that was cut (of the chunk, where that leaves the ring at the same moment).
    """

    __slots__ = (
        "_backlog", "_unsent", "after", "blocked", "close", "conversation", "cursor", "ending", "ends_at", "expires_at",
        "listener", "messages", "moved_at", "number", "opened_at", "sent", "socket", "view",
    )  # fmt: skip

    def __init__(
        self,
        connection: socket.socket,
        listener: Listener,
        view: View,
        cursor: int,
        *,
        after: Position | None = None,
        backlog: Backlog | None = None,
        conversation: Conversation | None = None,
        sent: int = 0,
        close: Callable[[], None],
    ) -> None:
        connection.setblocking(False)
        self.socket, self.listener, self.view, self.cursor, self.after = connection, listener, view, cursor, after
        self.number = next(_numbers)
        self.conversation, self._backlog, self._unsent = conversation, backlog, b""
        self.close = close
        self.expires_at, self.ends_at = listener.expires_at, math.inf
        self.opened_at, self.moved_at = time.time(), time.monotonic()
        self.blocked = self.ending = False
        self.sent, self.messages = sent, 0

    @property
    def transport(self) -> str:
        """`sse` or `ws`."""
        return self.view.dialect.transport

    def reached(self, ring: Ring) -> Position:
        """All up to here was sent, or waits to be sent first. Raises Fallen."""
        position = ring.before(self.cursor)
        return position if self.after is None else max(position, self.after)

    def heartbeat(self, ring: Ring) -> bytes:
        """The sign of life: not with the ring's newest position, which may not have been sent yet. Raises Fallen."""
        return _heartbeat(self.reached(ring), self.view.dialect)

    def flush(self, ring: Ring) -> bool:
        """Send what there is; False when that is more than the socket or one turn takes. Raises Fallen, OSError."""
        if (self._backlog or self._unsent) and not self._push():
            return False
        for _ in range(CHUNKS_A_TURN):
            if self.ending or self.cursor == ring.end:
                return True
            if not self._send_chunk(ring):
                return False
        return self.cursor == ring.end

    def _send_chunk(self, ring: Ring) -> bool:
        free = self.take(ring.read(self.cursor, self.view, CHUNK_BYTES, self.after), ring)
        if self.after is not None and self.cursor == ring.end and ring.last >= self.after:
            self.after = None
        return free

    def take(self, chunk: Chunk, ring: Ring) -> bool:
        """Send a chunk read from the cursor; False when the socket does not take all of it. Raises Fallen, OSError."""
        if chunk.data:
            try:
                sent = self.socket.send(chunk.data)
            except BlockingIOError:
                return False
            self.sent += sent
            if sent < len(chunk.data):
                chunk = self._rest(chunk, sent, ring)
                self._unsent = chunk.data
        self.messages += chunk.messages
        self.cursor = chunk.cursor
        return not self._unsent

    def _rest(self, chunk: Chunk, sent: int, ring: Ring) -> Chunk:
        try:
            return ring.cut(self.cursor, self.view, sent, self.after)
        except Fallen:  # it left the ring meanwhile: no message may end in its middle
            return Chunk(chunk.data[sent:], chunk.cursor, chunk.messages)

    def say(self, event: bytes) -> bool:
        """Send an SSE event in this client's dialect, behind what waits. As `send`."""
        return self.send(self.view.dialect.frame(event))

    def send(self, data: bytes) -> bool:
        """Send bytes behind what waits; False when the socket takes no more for now. Raises OSError."""
        if self._backlog:
            self._backlog.append(data)
        else:
            self._unsent += data
        return self._push()

    def _push(self) -> bool:
        """Send what waits; False when the socket takes no more for now. Raises OSError."""
        try:
            if self._backlog:
                while sent := self._backlog.send(self.socket):
                    self._moved(sent)
                self._backlog.close()
                self._backlog = None
            while self._unsent:
                sent = self.socket.send(self._unsent)
                self._moved(sent)
                self._unsent = self._unsent[sent:]
        except BlockingIOError:
            return False
        return True

    def _moved(self, sent: int) -> None:
        self.sent += sent
        self.moved_at = time.monotonic()

    def hear(self) -> bytes | None:
        """What the other side sent; None when there is nothing now, empty when it has closed."""
        try:
            return self.socket.recv(65536)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def silence(self, now: float) -> float:
        """Seconds since the other side showed that somebody is there: took what waits, or answered a ping."""
        if self.blocked:
            return now - self.moved_at
        return now - self.conversation.heard_at if self.conversation else 0.0

    def free(self) -> None:
        """Close the socket, forget the backlog, give the place back."""
        self.socket.close()
        if self._backlog:
            self._backlog.close()
        self.close()


@lru_cache(maxsize=64)
def _heartbeat(position: Position, dialect: Dialect) -> bytes:
    return dialect.frame(protocol.heartbeat(position)) + dialect.beat
