"""Writers in one another's way: whoever loses lets the other pass, and tries again."""

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError

log = structlog.get_logger(__name__)

TRIES = 5
PAUSE = 0.2  # seconds, times the number of the try
PASSING = ("40P01", "40001", "55P03")  # deadlock, serialization failure, lock not available

Result = TypeVar("Result")


def tried(transaction: Callable[[], Result], **about: str) -> Result:
    """What `transaction`, a whole one, gives, at the last of TRIES at the latest. `about` stands in the log."""
    for attempt in range(1, TRIES):
        try:
            return transaction()
        except DBAPIError as error:
            if not _passes(error):
                raise
            log.info("a transaction was in somebody's way; trying again", attempt=attempt, **about)
            time.sleep(PAUSE * attempt)
    return transaction()


def _passes(error: DBAPIError) -> bool:
    return "database is locked" in str(error.orig) or getattr(error.orig, "sqlstate", None) in PASSING
