"""Work for later, by declared name: one door through which every job must go.

A job is data: the name of a declared job and its arguments. How Redis holds it stands in `queued`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import structlog
from flask import Flask
from pydantic import BaseModel, ConfigDict, ValidationError
from redis import Redis, RedisError
from rq.command import send_command
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import JOB_ID_PATTERN
from rq.timeouts import BaseTimeoutException as JobTimeout
from rq.utils import utcparse

from ..config import Settings
from ..errors import Invalid, NotFound, Problem
from .queued import FUNCTION, NAME, JobQueue, QueuedJob
from .redis import redis_client
from .telling import tell

__all__ = ["FUNCTION", "NAME", "Arguments", "Job", "JobQueue", "JobTimeout", "Queue", "QueuedJob", "queue", "validate"]

log = structlog.get_logger(__name__)

WAITING, RUNNING = "queued", "started"  # what RQ calls the states of a job that has not ended
ALIVE = frozenset((WAITING, RUNNING))
WORKER_SILENCE_SECONDS = 30  # a worker speaks every 5 s, busy or idle

DUE_KEY = "digisence:scheduler:due"  # a sorted set: definition id -> next due time
TICK_KEY = "digisence:scheduler:tick"  # expires when no scheduler ticks


class Arguments(BaseModel):
    """What a declared job takes: JSON values, nothing unknown. The default takes nothing."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Job:
    """A declared job: a row of `digisence.jobs.JOBS`.

    `function` is dotted; `timeout` seconds; `every` tells the seconds between two occurrences, None for a job that is
    only asked for. A periodic function is told its `occurrence` and must bear to be told the same one twice. Where the
    schedule holds nothing of it, it begins with the occurrence that is due already; with `patient`, with the next one.
    """

    name: str
    function: str
    title: str
    timeout: int
    every: Callable[[Settings], int] | None = None
    arguments: type[BaseModel] = Arguments
    patient: bool = False


class Queue:
    """What the rest of the house knows of jobs: enqueue by name, look one up, and whether anybody is at work."""

    def __init__(self) -> None:
        self.declared: dict[str, Job] = {}

    def init_app(self, app: Flask) -> None:
        """Bind to `app`; connects on first use."""
        app.extensions["queue"] = self

    def declare(self, jobs: Mapping[str, Job]) -> None:
        """Tell which jobs there are. The rows stand above this layer, so they are handed down when the app is made."""
        self.declared = dict(jobs)

    def connect(self) -> JobQueue:
        """The RQ queue on the app's Redis."""
        return JobQueue(NAME, connection=redis_client.get())

    def enqueue(self, name: str, arguments: Mapping[str, Any] | None = None, *, job_id: str | None = None) -> str:
        """Put a declared job on the queue; returns its id.

        A `job_id` that is still known is left as it is: enqueuing it again does nothing. Raises Invalid for an unknown
        name, wrong arguments or an id with other characters than letters, digits, `_`, `-`; Problem 503 without Redis.
        """
        job = self.find(name)
        if job_id is not None and not JOB_ID_PATTERN.fullmatch(job_id):
            raise Invalid({"jobId": "only letters, digits, _ and - may stand in a job id"})
        checked = validate(job, arguments or {})
        try:
            rq = self.connect()
            made = rq.call(name, checked, job.timeout, job_id)
            rq.enqueue_job(made, unique=bool(made.id))
        except DuplicateJobError:
            log.info("the job is known already", job=job_id)
            return str(job_id)
        except RedisError as error:
            raise Problem(
                503, "queue-unavailable", "The job queue does not answer: try again when Redis is back."
            ) from error
        tell(made.id)
        return made.id

    def find(self, name: str) -> Job:
        """The declared job called `name`; Invalid, listing what there is, for any other."""
        if name not in self.declared:
            known = ", ".join(sorted(self.declared)) or "none"
            message = f"there is no job {name!r}; declared are: {known}"
            raise Invalid({"name": message}, "No such job.", code="unknown-job")
        return self.declared[name]

    def job(self, job_id: str) -> QueuedJob:
        """A job of ours that Redis still knows. NotFound for any other."""
        try:
            return QueuedJob.fetch(job_id, connection=redis_client.get())  # type: ignore[return-value]
        except (NoSuchJobError, ValueError) as error:
            raise NotFound("jobs", job_id) from error

    def known(self, limit: int = 100) -> list[QueuedJob]:
        """Jobs that Redis knows: waiting, running, failed, done; at most `limit` of each. Raises redis.RedisError."""
        rq = self.connect()
        done = (rq.started_job_registry, rq.failed_job_registry, rq.finished_job_registry)
        ids = rq.get_job_ids(0, limit)
        for registry in done:
            ids += [entry.partition(":")[0] for entry in registry.get_job_ids(-limit, -1, cleanup=False)]
        return [job for job_id in dict.fromkeys(ids) if isinstance(job := rq.fetch_job(job_id), QueuedJob)]

    def state(self, job_id: str) -> str | None:
        """Where a job stands; None for one that Redis does not know. Raises redis.RedisError."""
        try:
            return str(self.job(job_id).get_status(refresh=False).value)
        except NotFound:
            return None

    def withdraw(self, job_id: str) -> bool:
        """Cancel a job that waits; False when it waits no more. Raises redis.RedisError."""
        withdrawn = self.connect().withdraw(job_id)
        if withdrawn:
            tell(job_id)
        return withdrawn

    def stop(self, job_id: str) -> bool:
        """Have the work-horse of a running job killed; False when no worker has it. Raises redis.RedisError."""
        job = self.job(job_id)
        if job.get_status(refresh=False).value != RUNNING or not job.worker_name:
            return False
        send_command(redis_client.get(), job.worker_name, "stop-job", job_id=job_id)
        return True

    def merge(self, name: str) -> list[str]:
        """Withdraw the occurrences of a periodic job that wait: the one that begins now stands for them.

        So a worker that was away sweeps once when it comes back, not once for each time it missed.
        """

        def withdraw() -> list[str]:
            rq = self.connect()
            entries = cast("list[bytes]", rq.connection.lrange(rq.key, 0, -1))
            waiting = (entry.decode(errors="replace") for entry in entries)
            return [entry for entry in waiting if is_occurrence(name, entry) and rq.withdraw(entry)]

        merged: list[str] = _ask(withdraw) or []
        if merged:
            log.warning("nobody worked for a while; one occurrence stands for more", job=name, merged=merged)
        for job_id in merged:
            tell(job_id)
        return merged

    def backlog(self) -> tuple[int, float]:
        """How many jobs wait, and for how many seconds the first of them. Raises redis.RedisError."""
        rq = self.connect()
        count, first = rq.count, rq.get_job_ids(0, 1)
        job = rq.fetch_job(first[0]) if first and JOB_ID_PATTERN.fullmatch(first[0]) else None
        since = job.enqueued_at if job else None
        return count, max(0.0, (datetime.now(UTC) - since).total_seconds()) if since else 0.0

    def failures(self) -> int:
        """How many jobs failed in the last week. Raises redis.RedisError."""
        registry = self.connect().failed_job_registry
        return int(registry.connection.zcard(registry.key))

    def worker_alive(self) -> bool:
        """True when a worker was heard of in the last 30 s. False also without Redis."""
        silences = (datetime.now(UTC) - beat for beat in _beats(redis_client.get()))
        return any(silence.total_seconds() < WORKER_SILENCE_SECONDS for silence in silences)

    def scheduler_alive(self) -> bool:
        """True while a scheduler ticks. False also without Redis."""
        return bool(_ask(lambda: redis_client.get().exists(TICK_KEY)))

    def next_due(self, name: str) -> datetime | None:
        """When a periodic job is due next, in UTC; None when it is stopped, unknown or Redis is away."""
        score = _ask(lambda: redis_client.get().zscore(DUE_KEY, definition_id(name)))
        return None if score is None else datetime.fromtimestamp(float(score), UTC)


def is_occurrence(name: str, job_id: str) -> bool:
    """True for the id of an occurrence of this periodic job: `sweep-1763892000`."""
    return job_id.startswith(f"{name}-") and job_id.removeprefix(f"{name}-").isdecimal()


def definition_id(name: str) -> str:
    """The fixed id under which a periodic job is scheduled."""
    return f"{NAME}-{name}"


def validate(job: Job, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """`arguments` as the job declares them, ready for JSON; Invalid names each one at fault."""
    try:
        return job.arguments.model_validate(dict(arguments)).model_dump(mode="json", exclude_none=True)
    except ValidationError as error:
        faults = {".".join(("arguments", *map(str, item["loc"]))): item["msg"] for item in error.errors()}
        raise Invalid(faults, f"The job {job.name} does not take these arguments.") from error


def _beats(connection: Redis) -> list[datetime]:
    def read() -> list[datetime]:
        keys = connection.smembers(f"rq:workers:{NAME}")
        with connection.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.hmget(key, "last_heartbeat", "death")
            found = pipeline.execute()
        return [utcparse(beat.decode()) for beat, death in found if beat and not death]

    return _ask(read) or []


def _ask(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except RedisError as error:
        log.warning("Redis does not answer", error=str(error)[:200])
        return None


def tick_value(host: str, pid: int) -> str:
    """What a scheduler leaves under TICK_KEY."""
    return json.dumps({"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "host": host, "pid": pid})


queue = Queue()
