"""Imports whose worker died go on, and those whose job Redis lost begin; what was called off is closed."""

from collections.abc import Callable
from datetime import timedelta

import structlog

from ...clock import utcnow
from ...extensions import queue
from ...models import Import
from ...models.transfer import CANCELLED, DONE, QUEUED, UNDOING
from . import imports

log = structlog.get_logger(__name__)

SILENCE = timedelta(seconds=60)
UNSTARTED = timedelta(seconds=15)  # from an import's row to its job on the queue
CALLED_OFF = ("stopped", "canceled")


def revive(gone: Callable[[str | None], bool]) -> list[str]:
    """Put them on the queue again; returns their ids. `gone` tells whether a process surely died.

    Raises redis.RedisError.
    """
    return [one.id for one in imports.open_ones() if _revive(one, gone)]


def _revive(one: Import, gone: Callable[[str | None], bool]) -> bool:
    name = imports.UNDO if one.state == UNDOING else imports.IMPORT
    waits = one.state == QUEUED or one.host is None
    job = queue.state(imports.job_of(name, one.id, one.attempt if waits else one.attempt - 1))
    if not waits and not gone(one.host) and not _silent(one):
        return False
    if job in CALLED_OFF:
        imports.finish(one, one.state, DONE if one.state == UNDOING else CANCELLED, "its job was called off")
        return False
    if waits:
        lost = job is None and one.created_at < utcnow() - UNSTARTED
    else:
        log.warning("an import's process died; it goes on", id=one.id, rows=one.rows, host=one.host)
        lost = imports.again(one)
    if lost:
        imports.enqueue(name, one.id)
    return lost


def _silent(one: Import) -> bool:
    return one.heartbeat_at is not None and one.heartbeat_at < utcnow() - SILENCE
