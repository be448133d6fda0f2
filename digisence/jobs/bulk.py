"""The job of a bulk action on many records, or of its undo: the work is the records'."""

import time
from typing import Any

import structlog
from redis import RedisError
from rq import get_current_job

log = structlog.get_logger(__name__)

TELL_SECONDS = 0.5  # between two messages about how far it is


def carry_out(bulk_id: str) -> Any:
    """Do what is left of a bulk action; its numbers, or None when it has ended or another process has it."""
    from ..accounts.leaving import sign_out
    from ..records import bulk_told, carrying

    action = carrying.carry_out(bulk_id, sign_out, Progress())
    return action and bulk_told.summary(action)


class Progress:
    """Tells the feed how far the job is, now and then. Without Redis it is only logged: the rows hold the truth."""

    def __init__(self) -> None:
        self._told = 0.0

    def __call__(self, progress: dict[str, int]) -> None:
        """Keep `progress` with the job and tell the feed, unless that was done a moment ago."""
        from ..extensions.telling import tell

        job = get_current_job()
        if job is None or time.monotonic() - self._told < TELL_SECONDS:
            return
        self._told = time.monotonic()
        try:
            job.meta.update(progress)
            job.save_meta()  # type: ignore[no-untyped-call]
        except RedisError as error:
            log.warning("how far a bulk action is was not told", job=job.id, error=str(error)[:200])
            return
        tell(job.id)
