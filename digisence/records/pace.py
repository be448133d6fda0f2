"""How much one transaction of long work takes on: as much as fits into a moment, so that others get their turn."""

import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TypeVar

from ..extensions.db import db
from .tables import PORTION

FIRST, LEAST = 120, 120  # below that, most of a transaction is not about records any more
# Seconds that a transaction may hold what others wait for: on SQLite, who misses a gap waits for the relay's turn,
# too, and for the next one
MOMENT = 0.016
BREATH = 0.003  # SQLite has one write lock and no queue before it: let go of it long enough for another to ask
# A writer that is none of ours leaves its waiting to SQLite, which at first looks every 25 ms at most, then ever less:
# after so much holding, so long a breath, and it misses none
HELD, LONG_BREATH = 0.03, 0.033
FEW = 30  # records at least, where each is dear

Item = TypeVar("Item")


class Pace:
    """`with pace:` measures what a transaction took; `size`, at most `most`, follows, and `breathe` lets others in.

    `gentle`: strangers, too, and from the first record on.
    """

    def __init__(self, most: int, moment: float = MOMENT, *, gentle: bool = False) -> None:
        self._alone = db.engine.dialect.name == "sqlite"  # elsewhere others wait for the very records only
        self._most, self._moment, self._began = most, moment, 0.0
        self._least, self._gentle = FEW if gentle else LEAST, gentle
        self._entered = self._held = 0.0
        self.size = (FEW if gentle else FIRST) if self._alone else most

    def __enter__(self) -> None:
        self._entered = time.perf_counter()
        # Our own work: smaller slices do not make a busy machine less so
        self._began = time.thread_time()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        took = max(time.thread_time() - self._began, 0.001)
        self._held += time.perf_counter() - self._entered
        if self._alone:
            self.size = max(self._least, min(self._most, int(self.size * min(2.0, self._moment / took))))

    def breathe(self) -> None:
        """Between two transactions."""
        if self._alone:
            long = self._gentle and self._held >= HELD
            self._held = 0.0 if long else self._held
            time.sleep(LONG_BREATH if long else BREATH)


def paced(items: Sequence[Item], moment: float = MOMENT, *, gentle: bool = False) -> Iterator[Sequence[Item]]:
    """`items` in slices of at most PORTION; on SQLite each takes the caller about `moment` seconds, with a breath
    between.
    """
    pace, start = Pace(PORTION, moment, gentle=gentle), 0
    while start < len(items):
        end = start + pace.size
        with pace:
            yield items[start:end]
        start = end
        if start < len(items):
            pace.breathe()
