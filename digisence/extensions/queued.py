"""A job as Redis holds it: JSON, one function, nothing that could call out; and the list on which jobs wait.

Whoever can write to Redis can put anything there. Nothing in it is ever imported, unpickled or called.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, cast

import structlog
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSilent
from rq import Queue as RqQueue
from rq.exceptions import NoSuchJobError
from rq.intermediate_queue import IntermediateQueue
from rq.job import JOB_ID_PATTERN
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer
from rq.utils import import_attribute, utcformat

log = structlog.get_logger(__name__)

NAME = "digisence"
FUNCTION = "digisence.jobs.run"  # the only function a worker ever calls
RESULT_SECONDS = 3600
FAILURE_SECONDS = 7 * 24 * 3600
POISON_SECONDS = 7 * 24 * 3600
CLEANING_SECONDS = 60  # so long a worker that is killed while it cleans up holds up the others (RQ: 15 minutes)
TAKEN_SECONDS = 10  # a job that was taken off the queue and not begun for so long goes back to its head

CANCEL = """
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[2], 'status', 'canceled', 'ended_at', ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
"""


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

    def asked(self) -> dict[str, Any]:
        """`name` and `arguments` as they stand in Redis; empty for foreign data of any form."""
        try:
            return dict(self.kwargs)
        except Exception as error:  # noqa: BLE001 the worker refuses it, whatever it is
            log.warning("a job cannot be read", job=self.id, error=repr(error)[:200])
            return {}

    def told(self) -> dict[str, Any]:
        """The job in its public form, for the wire and for the terminal."""
        outcome = self.latest_result()
        return {
            "id": self.id,
            "name": self.description,
            "state": self.get_status(refresh=False).value,
            "arguments": self.asked().get("arguments") or {},
            "progress": self.meta or {},
            "enqueuedAt": self.enqueued_at,
            "startedAt": self.started_at,
            "endedAt": self.ended_at,
            "result": outcome.return_value if outcome else None,
            "error": outcome.exc_string if outcome else None,
        }

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


def mend_keys(queue: RqQueue) -> None:
    """Set aside what stands under a key of the queue and has another type: every command on it would fail for ever."""
    lists = dict.fromkeys((queue.key, queue.intermediate_queue_key), b"list")
    registries = (queue.started_job_registry, queue.finished_job_registry, queue.failed_job_registry)
    sets = {f"rq:workers:{queue.name}": b"set", "rq:workers": b"set", "rq:queues": b"set"}
    wanted = {**lists, **{registry.key: b"zset" for registry in registries}, **sets}
    with queue.connection.pipeline(transaction=False) as pipe:
        for key in wanted:
            pipe.type(key)
        types = pipe.execute()
    for (key, kind), found in zip(wanted.items(), types, strict=True):
        if found not in (kind, b"none"):
            set_aside(queue.connection, key, TypeError(f"{found.decode()} instead of {kind.decode()}"))


def is_id(entry: bytes) -> bool:
    """True for what can be a job's id."""
    return bool(JOB_ID_PATTERN.fullmatch(entry.decode(errors="replace")))


class Taken(IntermediateQueue):
    """Where a job stands between the queue and its beginning. Its worker may have died there: it goes back, once."""

    def get_job_ids(self) -> list[str]:
        """The ids there; what can be none is dropped."""
        entries = cast("list[bytes]", self.connection.lrange(self.key, 0, -1))
        for entry in entries:
            if not is_id(entry):
                self.drop(entry)
        return [entry.decode() for entry in entries if is_id(entry)]

    def drop(self, entry: bytes) -> None:
        """Remove what can be no job's id."""
        self.connection.lrem(self.key, 0, entry)  # type: ignore[arg-type]  # it takes bytes
        log.error("dropped what is no job's id", entry=repr(entry[:80]))

    def cleanup(self, worker: Any, queue: RqQueue) -> None:
        """Put back what was taken and not begun; what is taken so a second time fails, as RQ has it."""
        for job_id in self.get_job_ids():
            first = self.get_first_seen(job_id)
            begun = job_id in queue.started_job_registry or not self.connection.exists(QueuedJob.key_for(job_id))
            if begun or first is None or self.connection.exists(self._back_key(job_id)):
                continue
            if (datetime.now(UTC) - first).total_seconds() > TAKEN_SECONDS:
                self._put_back(job_id)
        super().cleanup(worker, queue)

    def _put_back(self, job_id: str) -> None:
        with self.connection.pipeline() as pipe:
            pipe.lrem(self.key, 1, job_id)
            pipe.lpush(self.queue_key, job_id)
            pipe.set(self._back_key(job_id), 1, ex=FAILURE_SECONDS)
            pipe.delete(self.get_first_seen_key(job_id))
            pipe.execute()
        log.warning("a job was taken and not begun; it is on the queue again", job=job_id)

    def _back_key(self, job_id: str) -> str:
        return f"{self.key}:put_back:{job_id}"


class JobQueue(RqQueue):
    """RQ's queue, JSON always, whose jobs are QueuedJobs."""

    job_class = QueuedJob

    def __init__(self, name: str = NAME, connection: Redis | None = None, **options: Any) -> None:
        options |= {"job_class": QueuedJob, "serializer": JSONSerializer}
        super().__init__(name, connection=connection, **options)

    @classmethod
    def lmove(cls, connection: Redis, queue_key: str, timeout: int | None) -> Any:
        """Take the next job's id. What can be none is dropped: RQ's worker would end at it."""
        while (found := super().lmove(connection, queue_key, timeout)) and not is_id(found[1]):
            Taken(queue_key, connection).drop(found[1])
        return found

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

    @property
    def intermediate_queue(self) -> IntermediateQueue:
        """Jobs that a worker has taken and not begun."""
        return Taken(self.key, connection=self.connection)

    def acquire_maintenance_lock(self) -> bool:
        """Let one worker at a time clean up; one that dies meanwhile does not hold up the others for long."""
        return bool(self.connection.set(self.registry_cleaning_key, 1, nx=True, ex=CLEANING_SECONDS))

    def withdraw(self, job_id: str) -> bool:
        """Take a waiting job off the queue and mark it cancelled, both or neither; False when it waits no more."""
        keys = [self.key, QueuedJob.key_for(job_id)]
        return bool(self._cancel(keys=keys, args=[job_id, utcformat(datetime.now(UTC)), RESULT_SECONDS]))

    @cached_property
    def _cancel(self) -> Any:
        return self.connection.register_script(CANCEL)
