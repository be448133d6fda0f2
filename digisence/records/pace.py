"""How much one transaction of long work takes on: as much as fits into a moment, so that others get their turn."""

import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

from ..extensions.db import db
from .tables import PORTION, portions

FIRST, LEAST = 150, 150  # below that, most of a transaction is not about records any more
MOMENT = 0.02  # seconds that a transaction may hold what others wait for
BREATH = 0.003  # SQLite has one write lock and no queue before it: let go of it long enough for another to ask

Item = TypeVar("Item")


def paced(items: Sequence[Item], moment: float = MOMENT) -> Iterator[Sequence[Item]]:
    """`items` in slices of at most PORTION; on SQLite each takes the caller about `moment` seconds, with a breath
    between.
    """
    if db.engine.dialect.name != "sqlite":  # others wait for the very records only
        yield from portions(items)
        return
    size, start = FIRST, 0
    while start < len(items):
        # Our own work: smaller slices do not make a busy machine less so
        began = time.thread_time()
        yield items[start : start + size]
        took = max(time.thread_time() - began, 0.001)
        start += size
        size = max(LEAST, min(PORTION, int(size * min(2.0, moment / took))))
        if start < len(items):
            time.sleep(BREATH)
