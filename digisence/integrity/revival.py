"""What a killed process leaves behind goes on: its run is closed honestly, and its sweep begins anew, once."""

from datetime import timedelta

import structlog
from sqlalchemy import and_, select, update

from ..changes import Context, unit_of_work
from ..extensions import db, queue
from ..extensions.queue import ALIVE
from ..models import Lease, Run
from ..models.run import ABANDONED, QUEUED, RUNNING
from . import feed, lease, process, runs
from .reading import database_now

log = structlog.get_logger(__name__)

AGAIN = "again-"  # begins the occurrence of a sweep that follows one whose process died
UNSTARTED = timedelta(seconds=15)  # from a run's row to its job on the queue, or its start, on a busy machine
NEVER_BEGAN = "its job ended before it began"


def revive(context: Context) -> list[str]:
    """Close every run whose process died, put its sweep on the queue again, and the jobs that Redis lost.

    Returns the ids of the jobs that were enqueued. Whoever calls it, and however often: a run is followed once. A
    sweep that followed a dead one and dies too is not followed: the next occurrence is. Problem 503 without Redis.
    """
    try:
        return [*_follow_dead(context), *_find_lost(context)]
    finally:
        db.session.rollback()


def _follow_dead(context: Context) -> list[str]:
    now = database_now(db.session.connection())
    running = db.session.scalars(select(Run).where(Run.state == RUNNING).execution_options(populate_existing=True))
    dead = [run for run in running if process.gone(run.host) or _silent(run, now - lease.life())]
    enqueued = []
    for run in dead:
        log.warning("a run's process died", run=run.id, occurrence=run.occurrence, host=run.host)
        if _is_sweep(run):
            again = f"{AGAIN}{run.id}"
            enqueued.append(queue.enqueue("sweep", {"occurrence": again}, job_id=again))
        close(run.id, context, runs.ENDED_EARLY)
    return enqueued


def _silent(run: Run, since: object) -> bool:
    return run.heartbeat_at is not None and run.heartbeat_at < since  # type: ignore[operator]


def _is_sweep(run: Run) -> bool:
    """True for a run of everything that was to mend, and is not the follower of a dead one itself."""
    scope = run.checks or {}
    whole = not (run.dry_run or scope.get("checks") or scope.get("findings"))
    return run.repair and whole and AGAIN not in run.occurrence


def _find_lost(context: Context) -> list[str]:
    """Runs that were asked for and wait, but for whom no job waits: Redis was emptied, or their job died unbegun."""
    before = database_now(db.session.connection()) - UNSTARTED
    waiting = select(Run.id, Run.scheduled).where(Run.state == QUEUED, Run.created_at < before)
    enqueued = []
    for run_id, scheduled in db.session.execute(waiting).all():
        state = None if scheduled else queue.state(runs.job_of(run_id))
        if state is None and not scheduled:
            enqueued.append(queue.enqueue("integrity-run", {"run_id": run_id}, job_id=runs.job_of(run_id)))
        elif state not in ALIVE:
            close(run_id, context, NEVER_BEGAN)
    return enqueued


def close(run_id: str, context: Context, why: str) -> bool:
    """Mark a run that has not ended as abandoned and let the next one in: from now on it can write nothing more.

    False when it had ended by itself.
    """
    with unit_of_work(context) as session:
        now = database_now(session.connection())
        open_still = and_(Run.id == run_id, Run.state.in_((QUEUED, RUNNING)))
        closed = update(Run).where(open_still).values(state=ABANDONED, finished_at=now, error=why)
        freed = update(Lease).where(Lease.run_id == run_id).values(run_id=None, expires_at=None)
        done = session.execute(closed.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined]
        if done:
            session.execute(freed.execution_options(synchronize_session=False))
    if done:
        feed.publish("integrity", runs.to_json(runs.read(run_id)))
    return bool(done)
