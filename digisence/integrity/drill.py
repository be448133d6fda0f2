"""The drill: does the product still find, set aside, bring back and stop itself? Tried weekly, on a scratch database.

A drill that does not pass is red wherever it is shown; it changes neither the score nor what the sweep may do.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import structlog
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, select, update
from sqlalchemy.exc import SQLAlchemyError

from ..changes import Context, unit_of_work
from ..clock import to_wire, utcnow
from ..config import settings
from ..extensions import db
from ..models import Drill, new_id
from . import catalogue, exercise, feed, schedule, scratch
from .once import insert_once
from .reading import database_now
from .rule import REPORT

log = structlog.get_logger(__name__)

ACTOR = "system:drill"
DRILL = Context(ACTOR)
ACT = "act"
ENDED_EARLY = "its process ended before it did"
LONGEST = timedelta(seconds=scratch.LIMIT_SECONDS + 60)


def hold(context: Context = DRILL, occurrence: str | None = None) -> dict[str, Any] | None:
    """Hold a drill here and now, once for an occurrence; its JSON, None when the occurrence had its drill."""
    drill_id = new_id()
    with unit_of_work(context) as session:
        now = database_now(session.connection())
        mine = insert_once(
            session, Drill, id=drill_id, occurrence=occurrence or drill_id, actor=context.actor, started_at=now
        )
    if not mine:
        return None
    answer = _tried(drill_id)
    passed, detail = bool(answer["success"]), _detail(answer)
    with unit_of_work(context) as session:
        values = {"finished_at": database_now(session.connection()), "passed": passed, "detail": detail}
        told = update(Drill).where(Drill.id == drill_id).values(**values, steps=answer["results"])
        session.execute(told.execution_options(synchronize_session=False))
    (log.info if passed else log.error)("the drill passed" if passed else "the drill failed", detail=detail)
    feed.publish("sync", schedule.status())  # whoever looks at the service asks for the statistics anew
    return to_json(read(drill_id))


def _tried(drill_id: str) -> dict[str, Any]:
    try:
        facts = _facts(drill_id)
        with scratch.database() as (url, where):
            answer = scratch.tried(exercise.__name__, facts, url)
    except Exception as error:  # noqa: BLE001 a drill that cannot be held has failed, and says so
        return {"success": False, "results": [], "error": f"{type(error).__name__}: {error}"[:2000]}
    return {**answer, "where": where, "untried": exercise.untried(facts)}


def _facts(drill_id: str) -> dict[str, Any]:
    """What the live product does: its checks that act, and the settings they act by. One that reports never acts."""
    catalogue.register(DRILL)
    chosen = settings()
    acting = [
        check for check in catalogue.listed()
        if check.mode == ACT and check.remedy != REPORT and catalogue.loaded(check)
    ]  # fmt: skip
    return {
        "tag": f"drill-{drill_id[-8:]}",
        "checks": {check.id: {"grace": int(catalogue.grace(check).total_seconds())} for check in acting},
        "sightings": chosen.sightings,
        "breakerCount": chosen.breaker_count,
        "breakerPercent": chosen.breaker_percent,
    }


def _detail(answer: dict[str, Any]) -> str:
    """One sentence: where and what was tried, or what failed first."""
    if "error" in answer:
        return f"it could not be held: {answer['error']}"
    for result in answer["results"]:
        if not result["success"]:
            return f"{result['name']}: {result['detail']}"
    untried = answer["untried"]
    beside = f"; not tried, for want of a defect to plant: {', '.join(untried)}" if untried else ""
    return f"on {answer['where']}: {'; '.join(result['detail'] for result in answer['results'])}{beside}"


def read(drill_id: str) -> Drill:
    """One drill, that exists."""
    return db.session.scalars(select(Drill).where(Drill.id == drill_id).execution_options(populate_existing=True)).one()


def last() -> dict[str, Any] | None:
    """The last drill that ended, or that must have died; None when there was none."""
    lost = utcnow() - LONGEST
    ended = Drill.finished_at.is_not(None) | (Drill.started_at < lost)
    query = select(Drill).where(ended).order_by(Drill.started_at.desc(), Drill.id.desc()).limit(1)
    found = db.session.scalars(query.execution_options(populate_existing=True)).first()
    return to_json(found) if found else None


def to_json(drill: Drill) -> dict[str, Any]:
    """The drill in its public form. `overdue`: two intervals have gone by since."""
    interval, at = settings().drill_interval, drill.finished_at or drill.started_at
    return {
        "at": to_wire(at),
        "passed": bool(drill.passed),
        "detail": drill.detail or ENDED_EARLY,
        "seconds": round((at - drill.started_at).total_seconds(), 1),
        "overdue": bool(interval) and utcnow() - at > 2 * interval,
        "steps": drill.steps or [],
    }


def series() -> Iterator[Metric]:
    """For Prometheus, read when asked for; nothing before the first drill, or while the database is away."""
    try:
        with db.engine.connect() as connection:
            newest = select(Drill.passed).where(Drill.finished_at.is_not(None)).order_by(Drill.started_at.desc())
            passed = connection.execute(newest.limit(1)).first()
            success: datetime | None = connection.scalar(
                select(func.max(Drill.finished_at)).where(Drill.passed.is_(True))
            )
    except SQLAlchemyError as error:
        log.warning("no figures of the drill", why=str(error).splitlines()[0])
        return
    if passed is not None:
        yield GaugeMetricFamily("digisence_drill_passed", "1 when the last drill passed, else 0", int(bool(passed[0])))
    if success is not None:
        since = max(0.0, (utcnow() - success).total_seconds())
        yield GaugeMetricFamily("digisence_drill_last_success_seconds", "Since a drill passed last", since)
