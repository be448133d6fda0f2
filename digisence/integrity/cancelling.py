"""Calling off a job: one that waits never begins, one that runs stops between two batches, nothing half done."""

from sqlalchemy import select

from ..changes import Context
from ..errors import Conflict
from ..extensions import db, queue
from ..extensions.queue import RUNNING, QueuedJob
from ..models import Run
from . import revival
from .runner import SWEEP

CANCELLED = "cancelled by {actor}"


def cancel(job_id: str, context: Context) -> QueuedJob:
    """Call off a job; returns it as it stands then: `canceled`, or `started` until it notices.

    A run loses its turn at once: it can write nothing more and ends at its next step. A job without a run is killed.
    NotFound; Problem 409 `job-ended`. Raises redis.RedisError.
    """
    job = queue.job(job_id)
    run_id = _run_of(job)
    waited = queue.withdraw(job_id)
    closed = run_id is not None and revival.close(run_id, context, CANCELLED.format(actor=context.actor))
    if not waited and not closed and not _stop(job_id):
        raise Conflict("job-ended", "The job has ended; there is nothing to cancel.")
    return queue.job(job_id)


def _stop(job_id: str) -> bool:
    """Kill the work-horse of a job that is running and has no run, or whose run has yet to begin."""
    return queue.state(job_id) == RUNNING and queue.stop(job_id)


def _run_of(job: QueuedJob) -> str | None:
    asked = job.asked()
    arguments = asked.get("arguments") or {}
    if asked.get("name") == SWEEP:
        occurrence = f"{SWEEP}-{arguments.get('occurrence') or f'asked-{job.id}'}"
        return db.session.scalar(select(Run.id).where(Run.occurrence == occurrence))
    return str(arguments["run_id"]) if "run_id" in arguments else None
