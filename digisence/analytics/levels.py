"""How many records there were at the end of each hour, told apart by status: from what there is now, back through what
changed since, all in one snapshot. So it holds also for hours in which nothing was measured.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, text

from ..changes.context import Unit
from ..models import RECORDS
from ..models.change import CREATED, DELETED, QUARANTINED, RESTORED, UPDATED
from ..models.measure import HOUR
from ..models.types import UtcTime
from ..models.wire import camel
from ..records.tables import table
from . import buckets
from .figures import Figures
from .metrics import ACTIVE, ALL, BY_STATUS, GROUPED, STATUS, UNANSWERED

NONE, UNKNOWN = "", "?"  # the group of a record that is not there; of one whose change was compacted
STATES = ("inactive", "active")
Groups = Counter[str]
Moves = Mapping[datetime, list[tuple[str, str, str, int]]]


def read(session: Unit, start: datetime, end: datetime, into: Figures) -> None:
    """Add the levels at the ends of the hours between two times to `into`; what cannot be known is left out."""
    groups = {resource: _present(session, resource) for resource in RECORDS}
    moves = _moves(session, start)
    known = dict.fromkeys(RECORDS, True)
    hours = {*buckets.buckets(start, end, HOUR), *moves}
    for hour in sorted(hours, reverse=True):
        if hour < end:
            for resource, standing in groups.items():
                _tell(hour, resource, standing, known[resource], into)
        for resource, before, after, count in moves.get(hour, ()):
            known[resource] &= UNKNOWN not in (before, after)
            groups[resource][before] += count
            groups[resource][after] -= count


def _tell(hour: datetime, resource: str, standing: Groups, known: bool, into: Figures) -> None:
    there = {group: count for group, count in standing.items() if group != NONE}
    into.put("records", HOUR, hour, resource, sum(there.values()))
    if not known or resource not in GROUPED:
        return
    if GROUPED[resource] == ACTIVE:
        for state in STATES:
            into.put(state, HOUR, hour, resource, there.get(state, 0))
        return
    metric = next(name for name, named in BY_STATUS.items() if named == resource)
    for status in RECORDS[resource].__table__.c.status.info["wire"].choices:
        into.put(metric, HOUR, hour, status, there.get(status, 0))
    into.put("waiting", HOUR, hour, resource, there.get(UNANSWERED[resource], 0))


def _present(session: Unit, resource: str) -> Groups:
    records, column = table(RECORDS[resource]), GROUPED.get(resource)
    if column is None:
        return Counter({ALL: session.execute(select(func.count()).select_from(records)).scalar_one()})
    found = session.execute(select(records.c[column], func.count()).group_by(records.c[column])).all()
    return Counter({STATES[group] if column == ACTIVE else group: count for group, count in found})


def _moves(session: Unit, start: datetime) -> Moves:
    """From `start` on, by hour: how many records of which resource went from which group to which."""
    asked = text(statement(session.get_bind().dialect.name)).bindparams(bindparam("start", type_=UtcTime()))
    found: dict[datetime, list[Any]] = defaultdict(list)
    for bucket, *move in session.execute(asked, {"start": start}):
        found[buckets.parsed(bucket)].append(tuple(move))
    return found


def statement(dialect: str) -> str:
    """Moves by hour. A change of a record that stays in its group is none."""
    actions = ", ".join(f"'{action}'" for action in (CREATED, UPDATED, DELETED, QUARANTINED, RESTORED))
    return f"""
SELECT bucket, resource, left_group, joined_group, count(*) FROM (
  SELECT {buckets.sql("committed_at", HOUR, dialect)} AS bucket, resource,
    {_group("before", dialect)} AS left_group, {_group("after", dialect)} AS joined_group
  FROM changes WHERE committed_at >= :start AND action IN ({actions})
) AS moved WHERE left_group <> joined_group OR left_group = '{UNKNOWN}' GROUP BY 1, 2, 3, 4"""  # noqa: S608


def _group(side: str, dialect: str) -> str:
    active = ", ".join(f"'{resource}'" for resource, column in GROUPED.items() if column == ACTIVE)
    by_status = ", ".join(f"'{resource}'" for resource, column in GROUPED.items() if column == STATUS)
    return f"""CASE WHEN {side} IS NULL AND {side}_digest IS NULL THEN '{NONE}'
      WHEN resource NOT IN ({active}, {by_status}) THEN '{ALL}' WHEN {side} IS NULL THEN '{UNKNOWN}'
      WHEN resource IN ({by_status}) THEN {inside(side, STATUS, dialect)}
      WHEN {inside(side, ACTIVE, dialect)} IN ('1', 'true') THEN '{STATES[1]}' ELSE '{STATES[0]}' END"""


def inside(side: str, column: str, dialect: str) -> str:
    """SQL for what a column held before or after a change, as text."""
    if dialect == "sqlite":
        return f"CAST(json_extract({side}, '$.{camel(column)}') AS TEXT)"
    return f"({side} ->> '{camel(column)}')"
