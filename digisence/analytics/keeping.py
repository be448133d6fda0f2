"""Writing measures down: what was told of more stays, so that nothing known is lost when its source is compacted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects import postgresql, sqlite

from ..changes.context import Unit
from ..models import Measure
from ..models.measure import DAY
from ..models.types import UtcTime
from ..records.tables import portions, table
from . import buckets
from .metrics import LEVEL, MEAN, MOST, SUM, of_kind

INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
ROWS = 5_000
IDENTITY = ["metric", "step", "at", "label"]
AGAIN = (
    "ON CONFLICT (metric, step, at, label) DO UPDATE SET value = excluded.value, count = excluded.count "
    "WHERE excluded.count >= measures.count"
)


def put(session: Unit, rows: Sequence[Mapping[str, Any]]) -> None:
    """Within a unit of work: write measures, again where they stand already."""
    measures, connection = table(Measure), session.connection()
    fresh: Any = INSERT[connection.dialect.name](measures)
    told = {"value": fresh.excluded.value, "count": fresh.excluded["count"]}
    statement = fresh.on_conflict_do_update(
        index_elements=IDENTITY, set_=told, where=fresh.excluded["count"] >= measures.c["count"]
    )
    for portion in portions(rows, ROWS):
        connection.execute(statement, list(portion))


def days(session: Unit, start: datetime, end: datetime) -> None:
    """Within a unit of work: make the days between two times of their hours, all but percentiles."""
    span = {"start": buckets.floor(start, DAY), "end": end}
    connection = session.connection()
    for statement in (_added_up, _last):
        asked = text(statement(connection.dialect.name))
        connection.execute(asked.bindparams(*(bindparam(name, type_=UtcTime()) for name in span)), span)


def _listed(*kinds: str) -> str:
    return ", ".join(f"'{name}'" for kind in kinds for name in of_kind(kind))


def _added_up(dialect: str) -> str:
    return f"""
INSERT INTO measures (metric, step, at, label, value, count)
SELECT metric, 'day', {buckets.day_sql("at", dialect)}, label,
  CASE WHEN metric IN ({_listed(SUM)}) THEN sum(value) WHEN metric IN ({_listed(MOST)}) THEN max(value)
    ELSE sum(value * count) / sum(count) END, sum(count)
FROM measures WHERE step = 'hour' AND metric IN ({_listed(SUM, MOST, MEAN)}) AND at >= :start AND at < :end
GROUP BY metric, {buckets.day_sql("at", dialect)}, label {AGAIN}"""  # noqa: S608


def _last(dialect: str) -> str:
    day = buckets.day_sql("at", dialect)
    return f"""
INSERT INTO measures (metric, step, at, label, value, count)
SELECT metric, 'day', day, label, value, count FROM (
  SELECT metric, {day} AS day, label, value, count,
    row_number() OVER (PARTITION BY metric, label, {day} ORDER BY at DESC) AS place
  FROM measures WHERE step = 'hour' AND metric IN ({_listed(LEVEL)}) AND at >= :start AND at < :end
) AS standing WHERE place = 1 {AGAIN}"""  # noqa: S608
