"""The messages a process holds for all its streams: encoded once, bounded in bytes and number, read by cursor."""

import threading
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from ..extensions.sse import Position
from .dialects import PLAIN, Dialect

COUNT = 20_000
OVERHEAD = 200  # bytes an entry costs besides its frame
SHARED = 64  # chunks kept for who asks the same


@dataclass(frozen=True, slots=True)
class Entry:
    """A message: its place, its bytes as an SSE event, and the topic it belongs to (None: every stream gets it)."""

    position: Position
    frame: bytes
    topic: str | None = None


@dataclass(frozen=True, eq=False)
class View:
    """What a reader wants (topics; None means all), and in which form. Readers that share a view share the work."""

    topics: frozenset[str] | None = None
    dialect: Dialect = PLAIN

    def wants(self, topic: str | None) -> bool:
        """Whether a message of `topic` is for this reader."""
        return self.topics is None or topic is None or topic in self.topics


@lru_cache(maxsize=1024)
def view(topics: frozenset[str] | None, dialect: Dialect) -> View:
    """The one View of its kind."""
    return View(topics, dialect)


ALL = view(None, PLAIN)


class Chunk(NamedTuple):
    """Bytes to send, the cursor after them, and how many messages they hold."""

    data: bytes
    cursor: int
    messages: int


class Fallen(Exception):
    """What the cursor points to has left the ring."""


class Ring:
    """Entries in order of their positions. A cursor is the running number of the next entry to read.

    `base` is the position before the oldest entry kept, `last` that of the newest. One writer, any number of readers.
    """

    def __init__(self, position: Position, max_bytes: int, max_count: int = COUNT) -> None:
        self._lock = threading.Lock()
        self.max_bytes, self._max_count = max_bytes, max_count
        self._entries: list[Entry] = []
        self._start = 0  # index in the list of the oldest entry kept
        self._bytes = 0
        self._first = 0  # running number of that entry
        self._shared: dict[tuple[int, View], Chunk] = {}
        self.base = self.last = position
        self.end = 0

    def append(self, entry: Entry) -> None:
        """Add the newest message; the oldest leave when the bounds say so."""
        with self._lock:
            self._entries.append(entry)
            self._shared.clear()
            self._bytes += len(entry.frame) + OVERHEAD
            self.last = entry.position
            self.end += 1
            while self._bytes > self.max_bytes or self.end - self._first > self._max_count:
                self._evict()
            if self._start > 1000 and self._start * 2 > len(self._entries):
                del self._entries[: self._start]
                self._start = 0

    def _evict(self) -> None:
        oldest = self._entries[self._start]
        self._entries[self._start] = Entry(oldest.position, b"")
        self._bytes -= len(oldest.frame) + OVERHEAD
        self.base = oldest.position
        self._start += 1
        self._first += 1

    def reset(self, position: Position) -> None:
        """Forget all: another feed begins at `position`. Every cursor given before has fallen."""
        with self._lock:
            self._entries, self._start, self._bytes = [], 0, 0
            self._shared.clear()
            self.end += 1
            self._first = self.end
            self.base = self.last = position

    def occupancy(self) -> tuple[int, int]:
        """How many messages are held, and the bytes they take."""
        with self._lock:
            return self.end - self._first, self._bytes

    def tip(self) -> tuple[Position, int]:
        """The newest position, and the cursor of what comes after it."""
        with self._lock:
            return self.last, self.end

    def cursor_after(self, position: Position) -> int | None:
        """The cursor of what follows `position`; None when that is not a place this ring knows."""
        with self._lock:
            if position == self.base:
                return self._first
            index = bisect_left(self._entries, position, lo=self._start, key=lambda entry: entry.position)
            if index == len(self._entries) or self._entries[index].position != position:
                return None
            return self._first + index - self._start + 1

    def before(self, cursor: int) -> Position:
        """The position that precedes `cursor`: all up to it has been read. Raises Fallen."""
        with self._lock:
            if cursor < self._first:
                raise Fallen
            place = self._start + cursor - self._first
            return self.base if cursor == self._first else self._entries[place - 1].position

    def read(self, cursor: int, wanted: View, limit: int, after: Position | None = None) -> Chunk:
        """Messages from `cursor` on, about `limit` bytes. `after` leaves out what does not come after that position.

        Raises Fallen.
        """
        with self._lock:
            shared = self._shared.get((cursor, wanted)) if after is None else None
            if shared is not None:
                return shared
            start, taken, size = cursor, [], 0
            for entry in self._from(cursor):
                if size and size + len(entry.frame) > limit:
                    break
                cursor += 1
                if wanted.wants(entry.topic) and (after is None or entry.position > after):
                    taken.append(wanted.dialect.frame(entry.frame))
                    size += len(entry.frame)
            chunk = Chunk(taken[0] if len(taken) == 1 else b"".join(taken), cursor, len(taken))
            if after is None:
                if len(self._shared) >= SHARED:
                    self._shared.clear()
                self._shared[start, wanted] = chunk
            return chunk

    def cut(self, cursor: int, wanted: View, sent: int, after: Position | None = None) -> Chunk:
        """Where a chunk read from `cursor` stands after `sent` of its bytes: the rest of the message that was cut, the
        cursor after it, and how many messages were begun. Raises Fallen.
        """
        with self._lock:
            begun = 0
            for entry in self._from(cursor):
                cursor += 1
                if not wanted.wants(entry.topic) or (after is not None and entry.position <= after):
                    continue
                frame = wanted.dialect.frame(entry.frame)
                begun += 1
                if sent < len(frame):
                    return Chunk(frame[sent:], cursor, begun)
                sent -= len(frame)
            return Chunk(b"", cursor, begun)

    def _from(self, cursor: int) -> Iterator[Entry]:
        if cursor < self._first:
            raise Fallen
        return islice(self._entries, self._start + cursor - self._first, None)
