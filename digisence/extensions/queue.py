"""Work for later, by declared name: RQ in JSON, with one door through which every job must go.

Whoever can write to Redis can put anything on a queue. So a job here is data: the name of a declared job and its
arguments. Nothing else in Redis is ever imported, unpickled or called.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Flask
from pydantic import BaseModel, ConfigDict, ValidationError
from redis import Redis, RedisError
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSilent
from rq import Queue as RqQueue
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import JOB_ID_PATTERN
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer
from rq.utils import import_attribute, utcparse

from ..config import Settings
from ..errors import Invalid, NotFound, Problem
from .redis import redis_client

log = structlog.get_logger(__name__)

NAME = "digisence"
FUNCTION = "digisence.jobs.run"  # the only function a worker ever calls
RESULT_SECONDS = 3600
FAILURE_SECONDS = 7 * 24 * 3600
POISON_SECONDS = 7 * 24 * 3600
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
    only asked for. A periodic function is told its `occurrence` and must bear to be told the same one twice.
    """

    name: str
    function: str
    title: str
    timeout: int
    every: Callable[[Settings], int] | None = None
    arguments: type[BaseModel] = Arguments


class RefusedCall(Exception):
    """A job on the queue asks for something else than a declared job."""


class QueuedJob(RqJob):
    """RQ's job, JSON always, that can only call `digisence.jobs.run`. Callbacks and webhooks in Redis are dropped."""

    def __init__(self, id: str | None = None, connection: Redis | None = None, serializer: Any = None) -> None:  # noqa: A002, ARG002
        super().__init__(id, connection, serializer=JSONSerializer)

    @property
    def func(self) -> Callable[..., Any]:
        """The one function. RefusedCall, logged, for any other, for a bound instance or positional arguments."""
        ours = self.func_name == FUNCTION and self.instance is None and not self.args
        if not ours or set(self.kwargs) != {"name", "arguments"}:
            log.error("refused a job that is none of ours", job=self.id, function=str(self.func_name)[:200])
            raise RefusedCall(f"a worker of digisence only calls {FUNCTION}, not {str(self.func_name)[:200]!r}")
        return import_attribute(FUNCTION)

    def restore(self, raw_data: Any) -> None:
        """Read the Redis hash, without what could call out."""
        super().restore(raw_data)
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks = []

    def refresh(self) -> None:
        """Read the job from Redis. An unreadable one is set aside for a week and counts as gone: NoSuchJobError."""
        try:
            super().refresh()  # type: ignore[no-untyped-call]
        except (NoSuchJobError, RedisAway, RedisSilent):
            raise
        except Exception as error:
            set_aside(self.connection, self.key, error)
            raise NoSuchJobError(f"job {self.id} is unreadable") from error


def set_aside(connection: Redis, key: str, error: Exception) -> None:
    """Move an unreadable Redis value out of the way, keep it a week for whoever looks, and log it."""
    kept = f"digisence:poison:{key}"
    if connection.exists(key):
        connection.rename(key, kept)
        connection.expire(kept, POISON_SECONDS)
    log.error("set an unreadable entry of the queue aside", key=key, kept=kept, error=repr(error)[:300])


class JobQueue(RqQueue):
    """RQ's queue, JSON always, whose jobs are QueuedJobs."""

    job_class = QueuedJob

    def __init__(self, name: str = NAME, connection: Redis | None = None, **options: Any) -> None:
        options |= {"job_class": QueuedJob, "serializer": JSONSerializer}
        super().__init__(name, connection=connection, **options)

    def call(self, name: str, arguments: Mapping[str, Any], timeout: int, job_id: str | None = None) -> QueuedJob:
        """A job of ours, not yet on the queue."""
        job = self.create_job(
            FUNCTION,
            kwargs={"name": name, "arguments": dict(arguments)},
            timeout=timeout,
            result_ttl=RESULT_SECONDS,
            failure_ttl=FAILURE_SECONDS,
            description=name,
            job_id=job_id,
        )
        assert isinstance(job, QueuedJob)  # noqa: S101
        return job


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

    def enqueue(self, name: str, *, job_id: str | None = None, **arguments: Any) -> str:
        """Put a declared job on the queue; returns its id.

        A `job_id` that is still known is left as it is: enqueuing it again does nothing. Raises Invalid for an unknown
        name, wrong arguments or an id with other characters than letters, digits, `_`, `-`; Problem 503 without Redis.
        """
        job = self.find(name)
        if job_id is not None and not JOB_ID_PATTERN.fullmatch(job_id):
            raise Invalid({"jobId": "only letters, digits, _ and - may stand in a job id"})
        checked = validate(job, arguments)
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
