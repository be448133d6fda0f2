"""Where a check with an interval of its own stands on the grid of due times: late starts never make it skip a turn."""

import re
from datetime import UTC, datetime, timedelta

NAMED = re.compile(r"-(\d{9,11})$")  # an occurrence ends with its due time: `sweep-sweep-1763892000`
SLACK = timedelta(seconds=5)  # so much the database's clock may be behind the scheduler's


def due_at(occurrence: str, otherwise: datetime | None) -> datetime | None:
    """The due time that an occurrence is named by, whenever it really started; `otherwise` for one that names none."""
    found = NAMED.search(occurrence)
    return datetime.fromtimestamp(int(found[1]), UTC) if found else otherwise


def has_turn(last: datetime | None, due: datetime, interval: int | None) -> bool:
    """True when the occurrence due at `due` lies in a later slot of `interval` seconds than the last run did.

    Counted from the last run instead, a run that started a second late would push the next one a whole sweep away.
    """
    if last is None or not interval:
        return True
    slack = min(SLACK, timedelta(seconds=interval) / 10)
    return int(due.timestamp()) // interval > int((last + slack).timestamp()) // interval
