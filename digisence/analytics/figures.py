"""What a measuring came to, before it is written down."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

Key = tuple[str, str, datetime, str]


class Figures:
    """Values and counts by metric, step, time and label."""

    def __init__(self) -> None:
        self._found: dict[Key, tuple[float, int]] = {}

    def add(self, metric: str, step: str, at: datetime, label: str, value: int) -> None:
        """Add to a sum, whose count is the sum."""
        before, counted = self._found.get((metric, step, at, label), (0, 0))
        self._found[metric, step, at, label] = (before + value, counted + value)

    def put(self, metric: str, step: str, at: datetime, label: str, value: float, count: int = 0) -> None:
        """A value that tells `count` things."""
        self._found[metric, step, at, label] = (float(value), count)

    def rows(self, start: datetime, end: datetime) -> list[Mapping[str, Any]]:
        """Those between two times, as rows of the table."""
        return list(_rows((key, told) for key, told in self._found.items() if start <= key[2] < end))

    def __len__(self) -> int:
        return len(self._found)


def _rows(items: Iterable[tuple[Key, tuple[float, int]]]) -> Iterator[Mapping[str, Any]]:
    for (metric, step, at, label), (value, count) in items:
        yield {"metric": metric, "step": step, "at": at, "label": label, "value": value, "count": count}
