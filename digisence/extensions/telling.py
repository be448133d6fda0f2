"""Telling the feed how a job stands: after the fact, and never at its expense."""

from datetime import datetime
from typing import Any

import orjson
import structlog
from redis import RedisError
from rq.exceptions import NoSuchJobError

from ..clock import to_wire, utcnow
from .queued import QueuedJob
from .redis import redis_client
from .sse import sse

log = structlog.get_logger(__name__)


def tell(job_id: str) -> None:
    """Publish the job as it stands now. Its row in Redis holds the truth, so without the feed that is only logged.

    Who tells of the next state may be quicker than this: what changed meanwhile is told again, so that the last
    message of a job always says how it stands.
    """
    state = None
    try:
        while (told := _read(job_id))["state"] != state:
            sse.publish({"type": "job", "timestamp": to_wire(utcnow()), **told})
            state = told["state"]
    except (NoSuchJobError, RedisError, TypeError, ValueError) as error:
        log.warning("the feed is not told of the job", job=job_id, error=str(error)[:200])


def as_json(value: Any) -> Any:
    """`value` as JSON can hold it: times as on the wire, what has no form there as text. TypeError at its limits."""
    return orjson.loads(orjson.dumps(value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME))


def _read(job_id: str) -> dict[str, Any]:
    job = QueuedJob.fetch(job_id, connection=redis_client.get())
    assert isinstance(job, QueuedJob)  # noqa: S101
    return dict(as_json(job.told()))


def _plain(value: Any) -> str:
    return to_wire(value) if isinstance(value, datetime) else str(value)
