"""What a whole file's rows have claimed, in a bounded piece of memory: past that, in a file that nobody else sees."""

import sqlite3
from typing import NamedTuple

from . import scratch

NEAR = 20_000  # marks in memory: some 5 MB
COLUMNS = "kind TEXT, value BLOB, number INTEGER, line INTEGER, owner TEXT, PRIMARY KEY (kind, value)"


class Mark(NamedTuple):
    """Which row (its number, its line) has a value, and for which record."""

    number: int
    line: int
    owner: str | None = None

    @property
    def place(self) -> tuple[int, int]:
        """The row's number, and its line."""
        return self.number, self.line


class Marks:
    """Values by kind, each with its mark. The last ones stand in memory, the others in the file."""

    def __init__(self) -> None:
        self._near: dict[tuple[str, str], Mark] = {}
        self._file: sqlite3.Connection | None = None

    def get(self, kind: str, value: str) -> Mark | None:
        """The mark of a value; None when no row has it."""
        found = self._near.get((kind, value))
        return self._far(kind, value) if found is None and self._file else found

    def put(self, kind: str, value: str, mark: Mark) -> None:
        """Give a value a mark, whatever it had."""
        if len(self._near) >= NEAR:
            self._put_away()
        self._near[kind, value] = mark

    def first(self, kind: str, value: str, mark: Mark) -> Mark:
        """The mark that a value has; `mark` from now on, if it had none."""
        found = self.get(kind, value)
        if found is None:
            self.put(kind, value, mark)
        return found or mark

    def has(self, kind: str, value: str) -> bool:
        """Whether a row has it."""
        return self.get(kind, value) is not None

    def _far(self, kind: str, value: str) -> Mark | None:
        assert self._file  # noqa: S101
        query = "SELECT number, line, owner FROM marks WHERE kind = ? AND value = ?"
        row = self._file.execute(query, (kind, scratch.stored(value))).fetchone()
        return Mark(*row) if row else None

    def _put_away(self) -> None:
        if self._file is None:
            self._file = scratch.opened(f"CREATE TABLE marks ({COLUMNS}) WITHOUT ROWID")
        rows = ((kind, scratch.stored(value), *mark) for (kind, value), mark in self._near.items())
        self._file.executemany("INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?, ?)", rows)
        self._near = {}
