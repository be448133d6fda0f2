"""What the checks found, by the hours in which they ran: from their history, which draws old days together."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_

from ..changes.context import Unit
from ..models import CheckHistory
from ..models.measure import DAY, HOUR
from ..records.tables import table
from . import buckets
from .figures import Figures

SUMS = {
    "findings-found": ("new",),
    "findings-ended": ("healed", "repaired", "quarantined"),
    "clean-ups": ("repaired", "quarantined"),
}


def read(session: Unit, start: datetime, end: datetime, into: Figures) -> None:
    """Add what the runs between two times told to `into`."""
    for rows in _by_check(session, buckets.floor(start, DAY), end):
        _sums(rows, start, end, into)
        _levels(rows, start, end, into)


def _by_check(session: Unit, start: datetime, end: datetime) -> Iterator[Sequence[Any]]:
    """The rows of each check in order of time, with the last one before."""
    history = table(CheckHistory)
    before = select(history.c.check_id, func.max(history.c.at)).where(history.c.at < start).group_by(history.c.check_id)
    last = select(history).where(tuple_(history.c.check_id, history.c.at).in_(before))
    these = select(history).where(history.c.at >= start, history.c.at < end).order_by(history.c.at)
    found: dict[str, list[Any]] = defaultdict(list)
    for row in [*session.execute(last), *session.execute(these)]:
        found[row.check_id].append(row)
    yield from found.values()


def _together(row: Any) -> bool:
    """Whether a row tells of several runs of its day, so that their hours are not known."""
    return row.run_id is None and row.runs > 1


def _sums(rows: Sequence[Any], start: datetime, end: datetime, into: Figures) -> None:
    first, days = buckets.floor(rows[0].at, HOUR), {buckets.floor(row.at, DAY) for row in rows if _together(row)}
    check = rows[0].check_id
    for hour in buckets.buckets(max(start, first), end, HOUR):
        if buckets.floor(hour, DAY) not in days:
            for metric in SUMS:
                into.add(metric, HOUR, hour, check, 0)
    for row in rows:
        step = DAY if _together(row) or buckets.floor(row.at, DAY) in days else HOUR
        at = buckets.floor(row.at, step)
        if at >= buckets.floor(start, step):
            for metric, columns in SUMS.items():
                into.add(metric, step, at, check, sum(getattr(row, column) for column in columns))


def _levels(rows: Sequence[Any], start: datetime, end: datetime, into: Figures) -> None:
    waiting = list(rows)
    last: Any = None
    for hour in buckets.buckets(start, end, HOUR):
        while waiting and waiting[0].at < hour + buckets.LENGTH[HOUR]:
            last = waiting.pop(0)
        drawn = waiting and _together(waiting[0]) and buckets.floor(waiting[0].at, DAY) == buckets.floor(hour, DAY)
        if last is not None and not drawn:
            into.put("findings-open", HOUR, hour, last.check_id, last.open)
