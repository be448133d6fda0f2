"""The messages a process holds for all its streams: encoded once, bounded in bytes and number, read by cursor."""

import threading
from bisect import bisect_left
from dataclasses import dataclass
from itertools import islice

from ..extensions.sse import Position

COUNT = 20_000
OVERHEAD = 200  # bytes an entry costs besides its frame


@dataclass(frozen=True, slots=True)
class Entry:
    """A message: its place, its bytes on the wire, and the topic it belongs to (None: every stream gets it)."""

    position: Position
    frame: bytes
    topic: str | None = None


class Fallen(Exception):
    """What the cursor points to has left the ring."""


class Ring:
    """Entries in order of their positions. A cursor is the running number of the next entry to read.

    `base` is the position before the oldest entry kept, `last` that of the newest. One writer, any number of readers.
    """

    def __init__(self, position: Position, max_bytes: int, max_count: int = COUNT) -> None:
        self._lock = threading.Lock()
        self._max_bytes, self._max_count = max_bytes, max_count
        self._entries: list[Entry] = []
        self._start = 0  # index in the list of the oldest entry kept
        self._bytes = 0
        self._first = 0  # running number of that entry
        self._shared: tuple[tuple[int, int, frozenset[str] | None], bytes, int] | None = None
        self.base = self.last = position
        self.end = 0

    def append(self, entry: Entry) -> None:
        """Add the newest message; the oldest leave when the bounds say so."""
        with self._lock:
            self._entries.append(entry)
            self._bytes += len(entry.frame) + OVERHEAD
            self.last = entry.position
            self.end += 1
            while self._bytes > self._max_bytes or self.end - self._first > self._max_count:
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
            self.end += 1
            self._first = self.end
            self.base = self.last = position

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

    def read(
        self, cursor: int, topics: frozenset[str] | None, limit: int, after: Position | None = None
    ) -> tuple[bytes, int]:
        """Frames from `cursor` on, about `limit` bytes, and the next cursor. Raises Fallen.

        `topics` None means all; `after` leaves out what does not come after that position.
        """
        with self._lock:
            if cursor < self._first:
                raise Fallen
            asked = (cursor, self.end, topics)
            if after is None and self._shared is not None and self._shared[0] == asked:
                return self._shared[1], self._shared[2]
            taken, size = [], 0
            for entry in islice(self._entries, self._start + cursor - self._first, None):
                if size and size + len(entry.frame) > limit:
                    break
                cursor += 1
                if _wanted(entry, topics, after):
                    taken.append(entry.frame)
                    size += len(entry.frame)
            joined = taken[0] if len(taken) == 1 else b"".join(taken)
            if after is None:
                self._shared = (asked, joined, cursor)
            return joined, cursor


def _wanted(entry: Entry, topics: frozenset[str] | None, after: Position | None) -> bool:
    if after is not None and entry.position <= after:
        return False
    return topics is None or entry.topic is None or entry.topic in topics
