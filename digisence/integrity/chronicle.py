"""Writing history down: a row a check and run, a row a run for the directory; older ones drawn together by the day.

A row counts the findings that ended since the check's row before it, so each is counted once, also one that comes back
later. A run draws one day together at most, so that no run is held up by a long past.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Float, and_, cast, delete, extract, false, func, insert, or_, select

from ..changes.context import Unit
from ..models import CheckHistory, Finding, HealthHistory
from ..models.finding import HEALED, REPAIRED, SET_ASIDE
from ..records.tables import table
from .history import FIGURES, RECORDS, SUMS

KEPT = timedelta(days=7)
DAY = timedelta(days=1)
ENDS = (HEALED, REPAIRED, SET_ASIDE)
NONE = (0, 0.0)
EVER = datetime(1, 1, 1, tzinfo=UTC)


def write_down(
    session: Unit, run_id: str, at: datetime, lines: Sequence[Mapping[str, Any]], figures: Mapping[str, Any]
) -> None:
    """Within a unit of work: write down what a run came to. `lines` are its counts, `figures` the statistics of now."""
    ended = _ended(session, [line["check"] for line in lines], at)
    rows = [_row(run_id, at, line, ended.get(line["check"], {})) for line in lines]
    if rows:
        session.execute(insert(table(CheckHistory)), rows)
    defects = {column: figures[name] for name, column in FIGURES.items()}
    records = sum(figures[name] for name in RECORDS)
    scores = {"score": figures["score"], "lowest": figures["score"]}
    session.execute(insert(table(HealthHistory)).values(at=at, run_id=run_id, records=records, **defects, **scores))
    compact(session, at)


def _row(run_id: str, at: datetime, line: Mapping[str, Any], ended: Mapping[str, tuple[int, float]]) -> dict[str, Any]:
    counts = {state: ended.get(state, NONE)[0] for state in ENDS}
    took = {state: ended.get(state, NONE)[1] for state in ENDS}
    return {
        "check_id": line["check"], "at": at, "run_id": run_id, "open": line["open"], "peak": line["open"],
        "new": line["new"], **counts, "broken": int(line["detail"] is not None), "healed_seconds": took[HEALED],
        "mended_seconds": took[REPAIRED] + took[SET_ASIDE], "seconds": line["seconds"],
    }  # fmt: skip


def _ended(session: Unit, check_ids: Sequence[str], at: datetime) -> dict[str, dict[str, tuple[int, float]]]:
    """Check → state → how many findings came into it since the check's last row, and the seconds they had stood."""
    newest = select(CheckHistory.check_id, func.max(CheckHistory.at)).where(CheckHistory.check_id.in_(check_ids))
    before = {row[0]: row[1] for row in session.execute(newest.group_by(CheckHistory.check_id))}
    since = [
        and_(Finding.check_id == check_id, Finding.resolved_at > before.get(check_id, EVER)) for check_id in check_ids
    ]
    stood = _seconds(session, Finding.resolved_at) - _seconds(session, Finding.first_seen)
    query = select(Finding.check_id, Finding.state, func.count(), func.sum(stood)).where(
        or_(false(), *since), Finding.resolved_at <= at, Finding.state.in_(ENDS)
    )
    found: dict[str, dict[str, tuple[int, float]]] = {}
    for check_id, state, count, took in session.execute(query.group_by(Finding.check_id, Finding.state)):
        found.setdefault(check_id, {})[state] = (count, float(took))
    return found


def compact(session: Unit, now: datetime) -> None:
    """Within a unit of work: draw the oldest day that is older than KEPT together into one row a check."""
    limit = _day(now - KEPT)
    for model in (CheckHistory, HealthHistory):
        oldest = session.scalar(select(func.min(model.at)).where(model.at < limit, model.run_id.is_not(None)))
        if oldest is not None:
            _compact(session, model, _day(oldest))


def _day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _compact(session: Unit, model: type[CheckHistory] | type[HealthHistory], day: datetime) -> None:
    columns = table(model).c
    this_day = (columns.at >= day, columns.at < day + DAY)
    identity = [columns.check_id] if model is CheckHistory else []
    rows = session.execute(select(table(model)).where(*this_day).order_by(*identity, columns.at)).mappings().all()
    session.execute(delete(table(model)).where(*this_day))
    groups = groupby(rows, key=lambda row: row.get("check_id"))
    session.execute(insert(table(model)), [_together([dict(row) for row in group]) for _, group in groups])


def _together(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One row for several of a day: the last one's state, the sums, the extremes."""
    sums = {name: sum(row[name] for row in rows) for name in SUMS if name in rows[0]}
    extremes = {"peak": max, "lowest": min}
    ends = {name: extreme(row[name] for row in rows) for name, extreme in extremes.items() if name in rows[0]}
    return {**rows[-1], "run_id": None, **sums, **ends}


def _seconds(session: Unit, moment: Any) -> ColumnElement[float]:
    """SQL for seconds since 1970."""
    if session.connection().dialect.name == "sqlite":
        return (func.julianday(moment) - 2440587.5) * 86400.0
    return cast(extract("epoch", moment), Float)
