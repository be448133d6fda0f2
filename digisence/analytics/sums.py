"""What happened in each hour, by the actions of changes and events: these stay when changes are compacted."""

from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, bindparam, text

from ..changes.context import Unit
from ..models import RECORDS
from ..models.measure import HOUR
from ..models.types import UtcTime
from . import buckets
from .figures import Figures
from .metrics import ACTIONS

TIMES = ("start", "end")


def timed(statement: str) -> TextClause:
    """SQL with a `start` and an `end`."""
    return text(statement).bindparams(*(bindparam(name, type_=UtcTime()) for name in TIMES))


def statement(dialect: str) -> str:
    """Counts by hour, resource and action."""
    listed = ", ".join(f"'{action}'" for action in ACTIONS)
    return f"""
SELECT {buckets.sql("committed_at", HOUR, dialect)} AS bucket, resource, action, count(*) FROM changes
WHERE committed_at >= :start AND committed_at < :end AND action IN ({listed}) GROUP BY 1, 2, 3"""  # noqa: S608


def read(session: Unit, start: datetime, end: datetime, into: Figures) -> None:
    """Add the sums of the hours between two times to `into`."""
    asked = timed(statement(session.get_bind().dialect.name))
    rows: Any = session.execute(asked, {"start": start, "end": end})
    for bucket, resource, action, count in rows:
        metric, label = ACTIONS[action]
        if label or resource in RECORDS:
            into.add(metric, HOUR, buckets.parsed(bucket), label or resource, count)
