"""Those that name one another, in order: whoever is named first, or last, and those that name each other together."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from . import scratch

TABLE = """CREATE TABLE kin (
    number INTEGER PRIMARY KEY, id BLOB, above BLOB, kept TEXT, line INTEGER, seat INTEGER, ring INTEGER DEFAULT 0)"""
INDEXES = ("CREATE INDEX by_id ON kin (id, number)", "CREATE INDEX by_seat ON kin (line, seat)")


class Member(NamedTuple):
    """One of them: the id it has, the id that it names, and what to give back in its place."""

    number: int
    id: str | None
    above: str | None
    kept: str


class Kin:
    """Any number of members, in a bounded piece of memory: they are put in lines, each from one up to all above it.

    A line ends where an earlier one begins, or in a circle: its ring. The same members always give the same order.
    """

    def __init__(self, members: Iterable[Member]) -> None:
        self._file = scratch.opened(TABLE)
        rows = ((one.number, _key(one.id), _key(one.above), one.kept) for one in members)
        self._file.executemany("INSERT INTO kin (number, id, above, kept) VALUES (?, ?, ?, ?)", rows)
        for index in INDEXES:
            self._file.execute(index)
        self._line_up()

    def downwards(self) -> Iterator[list[str]]:
        """What was kept of each, by groups: a group comes after those that it names, a circle is one."""
        return self._groups("line, seat DESC")

    def upwards(self) -> Iterator[list[str]]:
        """The same from below: a group comes after those that name it."""
        return self._groups("line DESC, seat")

    def _groups(self, order: str) -> Iterator[list[str]]:
        ring: list[str] = []
        ringed = None
        for kept, line, in_ring in self._file.execute(f"SELECT kept, line, ring FROM kin ORDER BY {order}"):  # noqa: S608
            if ring and (not in_ring or line != ringed):
                yield ring
                ring = []
            if in_ring:
                ring.append(kept)
                ringed = line
            else:
                yield [kept]
        if ring:
            yield ring

    def _line_up(self) -> None:
        # The + keeps SQLite from looking through all that stand in no line yet, each time
        free = "SELECT number, above FROM kin WHERE number > ? AND +line IS NULL ORDER BY number LIMIT 1"
        last = -1
        while found := self._file.execute(free, (last,)).fetchone():
            last = found[0]
            self._climb(*found)

    def _climb(self, start: int, above: bytes | None) -> None:
        """Give the one at `start`, and all above it that stand in no line yet, their seats."""
        number: int = start
        seat = 0
        while True:
            self._file.execute("UPDATE kin SET line = ?, seat = ? WHERE number = ?", (start, seat, number))
            named = "SELECT number, above, line, seat FROM kin WHERE id = ? ORDER BY number LIMIT 1"
            found = self._file.execute(named, (above,)).fetchone() if above else None
            if found is None or found[2] is not None:
                break
            number, above, seat = found[0], found[1], seat + 1
        if found is not None and found[2] == start:
            closed = "UPDATE kin SET ring = 1 WHERE line = ? AND seat >= ?"
            self._file.execute(closed, (start, found[3]))


def _key(value: str | None) -> bytes | None:
    return None if value is None else scratch.stored(value)
