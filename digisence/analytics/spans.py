"""How long things took: to answer an inquiry, to tell of a change. A day's percentiles are its own, not its hours'."""

from datetime import datetime

from ..changes.context import Unit
from ..models.measure import DAY, HOUR
from . import buckets
from .figures import Figures
from .levels import inside
from .metrics import ALL, PERCENTILES, UNANSWERED
from .sums import timed


def read(session: Unit, start: datetime, end: datetime, into: Figures) -> None:
    """Add what ended, or was told, in the hours and days between two times to `into`; days are read whole."""
    dialect = session.get_bind().dialect.name
    for name in PERCENTILES:
        for step, begin in ((HOUR, start), (DAY, buckets.floor(start, DAY))):
            asked = timed(statement(name, step, dialect))
            for bucket, label, count, mean, most, *shares in session.execute(asked, {"start": begin, "end": end}):
                at = buckets.parsed(bucket)
                told = dict(zip((f"p{share}" for share in PERCENTILES[name]), shares, strict=True))
                for part, value in {"mean": mean, "max": most, **told}.items():
                    into.put(f"{name}-{part}", step, at, label, round(float(value), 3), count)


def statement(name: str, step: str, dialect: str) -> str:
    """For each bucket and label: how many, the mean, the most, the percentiles."""
    inner = _freshness(step, dialect) if name == "freshness" else _response(step, dialect)
    shares = ", ".join(f"min(CASE WHEN place * 100 >= many * {share} THEN seconds END)" for share in PERCENTILES[name])
    return f"""
SELECT bucket, label, count(*), avg(seconds), max(seconds), {shares} FROM (
  SELECT bucket, label, seconds, row_number() OVER (PARTITION BY bucket, label ORDER BY seconds) AS place,
    count(*) OVER (PARTITION BY bucket, label) AS many FROM ({inner}) AS took
) AS placed GROUP BY bucket, label"""  # noqa: S608


def _freshness(step: str, dialect: str) -> str:
    """Negative where the clocks of Redis and the database differ: 0."""
    took = f"p.milliseconds / 1000.0 - {_epoch('c.committed_at', dialect)}"
    return f"""
    SELECT {buckets.sql("c.committed_at", step, dialect)} AS bucket, '{ALL}' AS label,
      CASE WHEN {took} > 0 THEN {took} ELSE 0 END AS seconds
    FROM changes c CROSS JOIN publications p
    WHERE p.change_id = c.id AND c.committed_at >= :start AND c.committed_at < :end"""  # noqa: S608


def _response(step: str, dialect: str) -> str:
    """First changes away. After one that is compacted, and may have been the first, nobody can tell."""
    resources = ", ".join(f"'{resource}'" for resource in UNANSWERED)
    created = inside("c.after", "created_at", dialect)
    time = created if dialect == "sqlite" else f"CAST({created} AS timestamptz)"
    return f"""
    SELECT {buckets.sql("c.committed_at", step, dialect)} AS bucket, c.resource AS label,
      {_epoch("c.committed_at", dialect)} - {_epoch(time, dialect)} AS seconds
    FROM changes c
    WHERE c.committed_at >= :start AND c.committed_at < :end AND c.resource IN ({resources}) AND {_away("c", dialect)}
      AND NOT EXISTS (SELECT 1 FROM changes e WHERE e.resource = c.resource AND e.record_id = c.record_id
        AND e.id < c.id AND e.action = 'updated' AND (e.before_digest IS NOT NULL OR ({_away("e", dialect)})))"""  # noqa: S608


def _away(name: str, dialect: str) -> str:
    words = " ".join(f"WHEN '{resource}' THEN '{status}'" for resource, status in UNANSWERED.items())
    first = f"CASE {name}.resource {words} END"
    before, after = (inside(f"{name}.{side}", "status", dialect) for side in ("before", "after"))
    return f"{name}.action = 'updated' AND {before} = {first} AND {after} <> {first}"


def _epoch(moment: str, dialect: str) -> str:
    if dialect == "sqlite":
        return f"round((julianday({moment}) - 2440587.5) * 86400.0, 3)"
    return f"CAST(extract(epoch FROM {moment}) AS double precision)"
