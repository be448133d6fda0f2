"""Rows that name one another: whoever is named comes first, and those that name each other in a circle together."""

from collections.abc import Iterable, Iterator, Sequence

from .files import Row


def families(rows: Iterable[Row], names: Sequence[str]) -> Iterator[Sequence[Row]]:
    """`rows` in groups: a row comes after those that it names through the columns `names`, or with them in a circle.

    The same rows always give the same order. Holds them all: of such resources there are few records.
    """
    listed = list(rows)
    by_id: dict[str, Row] = {}
    for row in listed:
        if isinstance(row_id := row.values.get("id"), str):
            by_id.setdefault(row_id, row)
    done: set[int] = set()
    for row in listed:
        if row.number not in done:
            yield from _ancestors_first(row, by_id, names, done)


def _ancestors_first(start: Row, by_id: dict[str, Row], names: Sequence[str], done: set[int]) -> Iterator[list[Row]]:
    path: dict[int, int] = {}
    line: list[Row] = []
    current: Row | None = start
    while current is not None and current.number not in done and current.number not in path:
        path[current.number] = len(line)
        line.append(current)
        named = next((value for name in names if isinstance(value := current.values.get(name), str)), "")
        current = by_id.get(named)
    groups = [[row] for row in line]
    if current is not None and current.number in path:
        closed = path[current.number]
        groups[closed:] = [line[closed:]]
    done.update(path)
    yield from reversed(groups)
