"""How many rows one transaction of an import takes, so that other writers get their turn."""

import time
from types import TracebackType

from ...extensions.db import db
from ..pace import BREATH, FIRST, LEAST, MOMENT

LARGE = 1000  # PostgreSQL: others wait for the very records only; and over 500 the feed is told in one message


class Pace:
    """`with pace:` measures what a transaction took; `size` follows, and `breathe` lets others in."""

    def __init__(self) -> None:
        self._alone = db.engine.dialect.name == "sqlite"
        self.size = FIRST if self._alone else LARGE
        self._began = 0.0

    def __enter__(self) -> None:
        # Our own work: smaller slices do not make a busy machine less so
        self._began = time.thread_time()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        took = max(time.thread_time() - self._began, 0.001)
        if self._alone:
            self.size = max(LEAST, min(LARGE, int(self.size * min(2.0, MOMENT / took))))

    def breathe(self) -> None:
        """SQLite has one write lock and no queue before it."""
        if self._alone:
            time.sleep(BREATH)
