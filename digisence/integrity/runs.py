"""The rows of runs: asked for, claimed once, told to the feed, read in their public form."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, update

from ..changes import Context, unit_of_work
from ..changes.context import Unit
from ..errors import Invalid, NotFound, Problem
from ..extensions import db, queue
from ..models import Check, Run, new_id
from ..models.run import ABANDONED, ERRORED, QUEUED, RUNNING
from . import feed, lease, process
from .once import insert_once
from .reading import database_now

OFF = "off"
SWEEP_ACTOR, RUNNER = "system:sweep", "system:runner"
ENDED_EARLY = "its process ended before it did; the next run goes on"


def create(
    context: Context,
    *,
    checks: Sequence[str] | None = None,
    findings: Sequence[str] | None = None,
    repair: bool = False,
    dry_run: bool = False,
    occurrence: str | None = None,
) -> str | None:
    """A queued run; its id, or None when this occurrence has its run already. A run without an occurrence is its own.

    `checks`: these only; `findings`: repair the records of these only (ids). A dry run always rehearses the repair.
    Invalid names a check that is unknown or off.
    """
    run_id, repair = new_id(), repair or dry_run
    with unit_of_work(context, patience=None) as session:
        if checks is not None:
            _refuse(session, checks)
        made = insert_once(
            session, Run, id=run_id, occurrence=occurrence or run_id, scheduled=occurrence is not None, state=QUEUED,
            actor=context.actor, repair=repair, dry_run=dry_run, created_at=database_now(session.connection()),
            checks={"checks": checks and list(checks), "findings": findings and list(findings)},
        )  # fmt: skip
    if made:
        tell(run_id)
    return run_id if made else None


def _refuse(session: Unit, checks: Sequence[str]) -> None:
    known = dict(session.execute(select(Check.id, Check.mode)).all())
    unknown = sorted(set(checks) - known.keys())
    if unknown:
        listed = ", ".join(sorted(known)) or "none yet: the worker registers them at its first run"
        raise Invalid({"checks": f"unknown: {', '.join(unknown)}; there are: {listed}"}, "Some checks do not exist.")
    idle = sorted(check_id for check_id in set(checks) if known[check_id] == OFF)
    if idle:
        raise Invalid({"checks": f"off: {', '.join(idle)}; set it to observe first"}, "Some checks are off.")


def enqueue(run_id: str, context: Context) -> None:
    """Put a queued run before the worker. Without Redis the run is marked errored, and the Problem 503 says so."""
    try:
        queue.enqueue("integrity-run", {"run_id": run_id}, job_id=job_of(run_id))
    except Problem as problem:
        finish(run_id, context, ERRORED, error=problem.detail)
        raise Problem(problem.status, problem.code, problem.detail, runId=run_id) from problem


def job_of(run_id: str) -> str:
    """The id of the job that executes a run which was asked for."""
    return f"run-{run_id}"


def begin(run_id: str) -> tuple[Run | None, int | None]:
    """Claim a queued run for this process and take its turn: the run, None when it was claimed before; and its fence,
    None while another run is under way.
    """
    with unit_of_work(Context(RUNNER), patience=None) as session:
        now = database_now(session.connection())
        if not _claim(session, run_id, now):
            return None, None
        fence = lease.attempt(session, run_id, now)
        buried = [] if fence is None else _bury(session, run_id, fence, now)
    for dead_id in buried:
        tell(dead_id)
    tell(run_id)
    return read(run_id), fence


def start(run_id: str, context: Context) -> Run | None:
    """Claim a queued run for this process; None when it was claimed before."""
    with unit_of_work(context, patience=None) as session:
        if not _claim(session, run_id, database_now(session.connection())):
            return None
    tell(run_id)
    return read(run_id)


def _claim(session: Unit, run_id: str, now: datetime) -> bool:
    values = {"state": RUNNING, "started_at": now, "heartbeat_at": now, "host": process.here()}
    mine = update(Run).where(Run.id == run_id, Run.state == QUEUED).values(values)
    return bool(session.execute(mine.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]


def bury(run_id: str, fence: int, context: Context) -> None:
    """Whoever holds the lease marks as abandoned every run that cannot go on any more."""
    with unit_of_work(context, patience=None) as session:
        buried = _bury(session, run_id, fence, database_now(session.connection()))
    for dead_id in buried:
        tell(dead_id)


def _bury(session: Unit, run_id: str, fence: int, now: datetime) -> list[str]:
    silent = Run.heartbeat_at < now - lease.life()
    dead = and_(Run.state == RUNNING, Run.id != run_id, or_(Run.fence < fence, silent))
    ids = list(session.scalars(select(Run.id).where(dead)))
    if ids:
        values = {"state": ABANDONED, "finished_at": now, "error": ENDED_EARLY}
        session.execute(update(Run).where(Run.id.in_(ids)).values(values).execution_options(synchronize_session=False))
    ours = update(Run).where(Run.id == run_id).values(fence=fence)
    session.execute(ours.execution_options(synchronize_session=False))
    return ids


def advance(run_id: str, fence: int, context: Context, **progress: Any) -> None:
    """Say where a run stands, and stay in turn. LeaseLost when another has taken over."""
    with unit_of_work(context, patience=None) as session:
        beat(session, run_id, progress, lease.keep(session, run_id, fence))
    tell(run_id)


def beat(session: Unit, run_id: str, progress: Any, now: datetime) -> None:
    """Within a unit of work: note that a run lives, and where it stands. LeaseLost when it was closed."""
    values = {"progress": progress, "heartbeat_at": now}
    moved = update(Run).where(Run.id == run_id, Run.state == RUNNING).values(values)
    if session.execute(moved.execution_options(synchronize_session=False)).rowcount != 1:  # type: ignore[attr-defined]
        raise lease.LeaseLost("it was closed by somebody else")


def finish(
    run_id: str, context: Context, state: str, *, fence: int | None = None, result: Any = None, error: str | None = None
) -> None:
    """Close a run, unless it was closed before, and let the next one in."""
    came_to = {"state": state, "error": error} | ({} if result is None else {"result": result})
    with unit_of_work(context, patience=None) as session:
        close(session, run_id, came_to, fence=fence)
    tell(run_id)


def close(session: Unit, run_id: str, came_to: Mapping[str, Any], *, fence: int | None = None) -> None:
    """The same, within a unit of work."""
    if fence is not None:
        lease.give_back(session, run_id, fence)
    values = {**came_to, "finished_at": database_now(session.connection())}
    closed = update(Run).where(Run.id == run_id, Run.state.in_((QUEUED, RUNNING))).values(values)
    session.execute(closed.execution_options(synchronize_session=False))


def tell(run_id: str) -> None:
    """Publish the run as it stands."""
    feed.publish("integrity", to_json(read(run_id)))


def read(run_id: str) -> Run:
    """One run. NotFound."""
    run = db.session.get(Run, run_id, populate_existing=True)
    if run is None:
        raise NotFound("runs", run_id)
    return run


def page(number: int, limit: int, *, repairs_only: bool = False) -> tuple[list[Run], int]:
    """Runs, the newest first, and how many there are; with `repairs_only` those that were to mend something."""
    conditions = [Run.repair.is_(True), Run.dry_run.is_(False)] if repairs_only else []
    query = select(Run).where(*conditions).order_by(Run.created_at.desc(), Run.id.desc())
    found = db.session.scalars(
        query.offset((number - 1) * limit).limit(limit).execution_options(populate_existing=True)
    )
    return list(found), db.session.scalar(select(func.count()).select_from(Run).where(*conditions)) or 0


def to_json(run: Run) -> dict[str, Any]:
    """The run in its public form, with the summary of its checks; `success` is null until it has ended."""
    result = run.result or {}
    ended = run.state not in (QUEUED, RUNNING)
    scope = run.checks or {}
    return {
        "id": run.id,
        "occurrence": run.occurrence,
        "state": run.state,
        "repair": run.repair,
        "dryRun": run.dry_run,
        "scheduled": run.scheduled,
        "actor": run.actor,
        "checks": scope.get("checks"),
        "findings": scope.get("findings"),
        "progress": run.progress,
        "error": run.error,
        "createdAt": run.created_at,
        "startedAt": run.started_at,
        "finishedAt": run.finished_at,
        "counts": result.get("counts", []),
        "success": bool(result.get("success")) if ended else None,
        "fixedRecords": result.get("fixedRecords", 0),
        "errors": result.get("errors", [run.error] if run.error else []),
        "held": result.get("held"),
        "integrityChecks": result.get("integrityChecks", []),
    }
