"""The sweep as a service: switched on and off by a row, and told truly by what is in the database and in Redis."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from ..changes import Context, events, unit_of_work
from ..changes.context import Unit
from ..config import settings
from ..errors import Invalid
from ..extensions import db, queue
from ..models import Check, Run, Schedule
from ..models.run import ERRORED, FAILED, PASSED
from . import feed, runs
from .once import insert_once
from .reading import database_now
from .runner import SWEEP

SHORTEST_SECONDS, LONGEST_SECONDS = 10, 2**31 - 1


def status() -> dict[str, Any]:
    """Whether the service is on, when it ran and will run, how the last sweep ended, and whether anybody is at work.

    `isRunning`: it is switched on; `workerAlive` and `schedulerAlive` say whether that has an effect, and `overdue`
    whether two intervals have gone by without a sweep. A sweep here is any run that was to mend something.
    """
    row = db.session.get(Schedule, SWEEP, populate_existing=True)
    enabled = row is None or row.enabled
    interval = (row and row.interval_seconds) or settings().sync_interval
    last = _last(PASSED, FAILED, ERRORED)
    failed = last is not None and last.state == ERRORED
    return {
        "isRunning": enabled,
        "intervalSeconds": interval,
        "lastSync": last and last.finished_at,
        "nextSync": queue.next_due(SWEEP) if enabled else None,
        "lastResult": last and _result(last),
        "lastError": (last.error or "; ".join(runs.to_json(last)["errors"])) if last and failed else None,
        "workerAlive": queue.worker_alive(),
        "schedulerAlive": queue.scheduler_alive(),
        "overdue": enabled and _silence(row, last) > 2 * timedelta(seconds=interval),
    }


def _last(*states: str) -> Run | None:
    query = select(Run).where(Run.repair.is_(True), Run.dry_run.is_(False), Run.state.in_(states))
    return db.session.scalars(
        query.order_by(Run.finished_at.desc()).limit(1).execution_options(populate_existing=True)
    ).first()


def _result(run: Run) -> dict[str, Any]:
    told = runs.to_json(run)
    return {name: told[name] for name in ("success", "fixedRecords", "errors", "integrityChecks")} | {
        "runId": run.id,
        "state": run.state,
    }


def _silence(row: Schedule | None, last: Run | None) -> timedelta:
    now = database_now(db.session.connection())
    known: list[datetime] = [moment for moment in (row and row.changed_at, last and last.finished_at) if moment]
    if not known and (first := db.session.scalar(select(func.min(Check.registered_at)))):
        known = [first]  # never swept: since a worker found rules for the first time
    return now - max(known) if known else timedelta(0)


def start(context: Context, interval_seconds: int | None = None) -> dict[str, Any]:
    """Switch the service on, with another interval if one is given. Returns the status.

    Invalid for one under 10 s, or longer than a database holds.
    """
    if interval_seconds is not None and not SHORTEST_SECONDS <= interval_seconds <= LONGEST_SECONDS:
        raise Invalid({"intervalSeconds": f"from {SHORTEST_SECONDS} to {LONGEST_SECONDS}"})
    return _switch(context, True, interval_seconds)


def stop(context: Context) -> dict[str, Any]:
    """Switch the service off; a sweep under way ends by itself. Returns the status."""
    return _switch(context, False, None)


def _switch(context: Context, enabled: bool, interval_seconds: int | None) -> dict[str, Any]:
    with unit_of_work(context) as session:
        row = _row(session, context)
        row.enabled = enabled
        row.interval_seconds = interval_seconds or row.interval_seconds
        row.changed_at, row.changed_by = database_now(session.connection()), context.actor
        chosen = {"enabled": enabled, "intervalSeconds": row.interval_seconds}
        events.record(session, "setting-changed", resource="sync", record_id=SWEEP, detail=chosen)
    told = status()
    feed.publish("sync", told)
    return told


def _row(session: Unit, context: Context) -> Schedule:
    insert_once(
        session, Schedule, name=SWEEP, enabled=True, interval_seconds=None,
        changed_at=database_now(session.connection()), changed_by=context.actor,
    )  # fmt: skip
    row = session.get(Schedule, SWEEP, with_for_update=True, populate_existing=True)
    assert row is not None  # noqa: S101 inserted or found above
    return row


def ask(context: Context) -> str:
    """Queue a repairing run now; its id. Problem 503 without Redis."""
    run_id = runs.create(context, repair=True)
    assert run_id is not None  # noqa: S101 a run that is its own occurrence is always the first
    runs.enqueue(run_id, context)
    return run_id
