"""rq-scheduler made trustworthy: no occurrence is lost or doubled by a kill, a second scheduler or an emptied Redis.

Upstream moves a due job with ZREM, push and ZADD as three commands, reuses one job for all occurrences, drifts, reads
pickles, dies of one unreadable entry and deletes locks of others. Here an occurrence is a job of its own, pushed in
the same MULTI that stores the next due time; what is due comes from JOBS and the database at every tick.
"""

import math
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import structlog
from redis import Redis, RedisError, WatchError
from redis.exceptions import ResponseError
from rq.exceptions import NoSuchJobError
from rq_scheduler import Scheduler as RqScheduler
from sqlalchemy.exc import SQLAlchemyError

from ..extensions.queue import DUE_KEY, TICK_KEY, definition_id, tick_value
from ..extensions.queued import FUNCTION, JobQueue, QueuedJob, mend_keys, set_aside
from . import JOBS
from .schedule import current, following, occurrence

log = structlog.get_logger(__name__)

TICK_SECONDS = 1.0
SHORTEST_WAIT = 0.005
SILENCE_SECONDS = 15  # without a tick for so long a scheduler counts as dead
LONGEST_WAIT = 15.0  # seconds between two tries while Redis or the database is away

UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"

Plan = dict[str, int]  # name of a periodic job -> seconds between two occurrences


class Scheduler(RqScheduler):  # type: ignore[misc]
    """Ticks until stopped. `plan` tells at every tick which jobs are periodic now; it may raise SQLAlchemyError.

    `told` hears the id of each job that was put on the queue.
    """

    scheduled_jobs_key = DUE_KEY
    scheduler_lock_key = "digisence:scheduler:lock"
    lock_milliseconds = 2_000  # so long a killed scheduler holds up the next one

    def __init__(
        self,
        connection: Redis,
        plan: Callable[[], Plan],
        interval: float = TICK_SECONDS,
        told: Callable[[str], object] = lambda _job_id: None,
        declared: Callable[[str], object] = lambda _name: None,
    ) -> None:
        """`told` hears of each occurrence that is pushed, `declared` of each periodic job that is given a due time."""
        queue = JobQueue(connection=connection)
        super().__init__(
            queue=queue, connection=connection, interval=interval, job_class=QueuedJob, queue_class=JobQueue
        )
        self.plan, self.planned, self._told, self._declared = plan, Plan(), told, declared
        self.stopping = threading.Event()
        self._token = uuid.uuid4().hex
        self._unlock = connection.register_script(UNLOCK)
        self._seen: dict[str, float] = {}  # definition id -> due time, as Redis had it last
        self._fresh: set[str] = set()  # declared and not told yet

    def run(self, burst: bool = False) -> None:
        """Tick until stopped; with `burst` once. Redis or the database away: try again, more and more patiently."""
        wait = self._interval
        while not self.stopping.is_set():
            try:
                self.tick()
                wait = self._until_due()
            except (RedisError, SQLAlchemyError) as error:
                wait = min(max(wait, 0.5) * 2, LONGEST_WAIT)
                log.warning("the tick failed; trying again", seconds=wait, error=str(error).partition("\n")[0][:200])
            if burst:
                return
            self.stopping.wait(wait)

    def _until_due(self) -> float:
        """Seconds until the next tick, or the next due time if that is sooner."""
        now = time.time()
        ahead = (at - now for at in self._seen.values() if at > now)
        return min(float(self._interval), max(SHORTEST_WAIT, min(ahead, default=math.inf)))

    def stop(self, *_signal: Any) -> None:
        """End after the tick at hand: a signal never cuts one in two."""
        self.stopping.set()

    def install_signal_handlers(self) -> None:
        """SIGTERM and SIGINT stop the scheduler."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)

    def tick(self) -> None:
        """Bring the schedule in line with the plan, push what is due, and leave a sign of life."""
        self.planned = self.plan()
        if self.acquire_lock():
            try:
                mend_keys(self._queue)
                self.reconcile()
                self.enqueue_jobs()
            finally:
                self.remove_lock()
        while self._fresh:
            self._declared(self._fresh.pop())
        self.connection.set(TICK_KEY, tick_value(socket.gethostname(), os.getpid()), ex=SILENCE_SECONDS)

    def acquire_lock(self) -> bool:
        """Take the lock unless another scheduler has it. It only saves work: what follows compares before it sets."""
        taken = self.connection.set(self.scheduler_lock_key, self._token, px=self.lock_milliseconds, nx=True)
        self._lock_acquired = bool(taken)
        return self._lock_acquired

    def remove_lock(self) -> None:
        """Give the lock back, if it is still ours."""
        self._lock_acquired = False
        self._unlock(keys=[self.scheduler_lock_key], args=[self._token])

    def reconcile(self) -> None:
        """Make Redis hold exactly the planned jobs: lost ones come back with the due time they had, others go."""
        due = self._due()
        wanted = {definition_id(name): (name, seconds) for name, seconds in self.planned.items()}
        for entry in set(due) - {key.encode() for key in wanted}:
            self._forget(entry)
        self._seen = {key: at for key, at in self._seen.items() if key in wanted}
        for key, (name, seconds) in wanted.items():
            at = due.get(key.encode())
            if at is None or self._interval_of(key) != seconds or at > following(time.time(), seconds):
                self._declare(key, name, seconds, at)
            else:
                self._seen[key] = at

    def _forget(self, entry: bytes) -> None:
        self.connection.zrem(self.scheduled_jobs_key, entry)
        if entry in {definition_id(name).encode() for name in JOBS}:
            self.connection.delete(QueuedJob.key_for(entry.decode()))
        log.info("took off the schedule", entry=repr(entry[:80]))

    def _due(self) -> dict[bytes, float | None]:
        try:
            found = self.connection.zrange(self.scheduled_jobs_key, 0, -1, withscores=True)
            return {entry: _possible(at) for entry, at in found}
        except ResponseError as error:
            set_aside(self.connection, self.scheduled_jobs_key, error)
            return {}

    def _interval_of(self, key: str) -> int | None:
        try:
            seconds = QueuedJob.fetch(key, connection=self.connection).meta.get("interval")
        except NoSuchJobError:
            return None
        return seconds if isinstance(seconds, int) else None

    def _plan_next(self, key: str, name: str, at: float | None, seconds: int) -> float:
        """A lost entry gets back the time it had, or else the current one (the occurrence may have been done: whoever
        does it knows). One that is overdue stays so. A new interval starts at its next time on the grid."""
        now = time.time()
        if at is None:
            return self._seen.get(key, (following if JOBS[name].patient else current)(now, seconds))
        return at if at <= now else min(at, following(now, seconds))

    def _declare(self, key: str, name: str, seconds: int, at: float | None) -> None:
        """Write definition and due time, both or neither; nothing when another scheduler moved it from `at`."""
        planned = self._plan_next(key, name, at, seconds)
        call = {"name": name, "arguments": {}}
        job = self._create_job(FUNCTION, kwargs=call, id=key, commit=False, result_ttl=-1, description=name)
        job.meta["interval"] = seconds
        with self.connection.pipeline() as pipe:
            try:
                pipe.watch(self.scheduled_jobs_key)
                if _possible(pipe.zscore(self.scheduled_jobs_key, key)) != at:
                    return
                pipe.multi()
                pipe.delete(job.key)
                job.save(pipeline=pipe)
                pipe.zadd(self.scheduled_jobs_key, {key: planned})
                pipe.execute()
            except WatchError:
                return
        self._seen[key] = planned
        self._fresh.add(name)
        log.info("scheduled", job=name, every=seconds, due=datetime.fromtimestamp(planned, UTC).isoformat())

    def get_jobs_to_queue(self, with_times: bool = False) -> Iterator[Any]:  # noqa: ARG002
        """The planned jobs that are due. What Redis holds of them beside the due time is not trusted, so not read."""
        for name in self.planned:
            at = self._seen.get(definition_id(name))
            if at is not None and at <= time.time():
                yield QueuedJob(definition_id(name), connection=self.connection)

    def enqueue_job(self, job: QueuedJob) -> None:
        """Push the due occurrence and store the next due time, both or neither; nothing when another scheduler did."""
        name = next(name for name in self.planned if definition_id(name) == job.id)
        with self.connection.pipeline() as pipe:
            try:
                pipe.watch(self.scheduled_jobs_key)
                due = pipe.zscore(self.scheduled_jobs_key, job.id)
                if due is None or due > time.time():
                    return
                pipe.multi()
                self._push(name, due, pipe)
                pipe.zadd(self.scheduled_jobs_key, {job.id: (after := following(time.time(), self.planned[name]))})
                pipe.execute()
                self._seen[job.id] = after
            except WatchError:
                log.info("another scheduler was quicker", job=name)
                return
        self._told(occurrence(name, due))

    def _push(self, name: str, due: float, pipe: Any) -> None:
        queue = self._queue
        told = occurrence(name, due)
        queue.enqueue_job(queue.call(name, {"occurrence": told}, JOBS[name].timeout, told), pipeline=pipe)


def _possible(at: float | None) -> float | None:
    """A due time as Redis has it; None for one that is none."""
    return at if at is not None and math.isfinite(at) and at > 0 else None
