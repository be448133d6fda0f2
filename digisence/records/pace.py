"""How much one transaction of long work takes on: as much as fits into a moment, so that others get their turn."""

import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

from ..extensions.db import db
from .tables import PORTION

FIRST, LEAST = 100, 20
MOMENT = 0.03  # seconds that a transaction may hold what others wait for
BREATH = 0.003  # SQLite has one write lock and no queue before it: let go of it long enough for another to ask

Item = TypeVar("Item")


def paced(items: Sequence[Item], moment: float = MOMENT) -> Iterator[Sequence[Item]]:
    """`items` in slices that take the caller about `moment` seconds each, at most PORTION of them, with a breath
    between.
    """
    breath = BREATH if db.engine.dialect.name == "sqlite" else 0.0
    size, start = FIRST, 0
    while start < len(items):
        began = time.monotonic()
        yield items[start : start + size]
        took = max(time.monotonic() - began, 0.001)
        start += size
        size = max(LEAST, min(PORTION, int(size * min(2.0, moment / took))))
        if breath and start < len(items):
            time.sleep(breath)
