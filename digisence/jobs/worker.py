"""RQ's worker, so set that a dead one is noticed within a minute and never leaves a work-horse behind."""

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import structlog
from flask import current_app
from redis import Redis, RedisError
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSilent
from rq import Worker as RqWorker
from rq import worker_registration
from rq.executions import Execution
from rq.job import Job as RqJob
from rq.queue import Queue as RqQueue
from rq.serializers import JSONSerializer
from sqlalchemy.exc import SQLAlchemyError

from ..changes.drainer import at_rest
from ..errors import Problem
from ..extensions.queued import RESULT_SECONDS, JobQueue, QueuedJob, mend_keys
from ..extensions.telling import tell
from . import JOBS
from .tether import tether

log = structlog.get_logger(__name__)

# An idle worker wakes every WORKER_TTL - 15 s, a busy one every MONITORING s; both say so in Redis.
# A started job whose worker is silent for MONITORING + SLACK s is abandoned; another worker sees it at its
# next maintenance, which an idle one looks for every 5 s: 5 + 15 + 20 + 5 = 45 s at most.
WORKER_TTL = 20
MONITORING = 5
SLACK = 15
MAINTENANCE = 20
LONGEST_WAIT_FOR_REDIS = 5.0


class Worker(RqWorker):
    """Works off the queue `digisence`. SIGTERM lets the running job end; a second one does not."""

    log_result_lifespan = False
    max_connection_wait_time = LONGEST_WAIT_FOR_REDIS

    def __init__(
        self,
        connection: Redis,
        *,
        monitoring: int = MONITORING,
        slack: int = SLACK,
        maintenance: int = MAINTENANCE,
        chore: Callable[[], object] = lambda: None,
    ) -> None:
        self._slack, self._chore = slack, chore
        self._forking = threading.RLock()
        super().__init__(
            [JobQueue(connection=connection)],
            connection=connection,
            job_class=QueuedJob,
            queue_class=JobQueue,
            serializer=JSONSerializer,
            default_result_ttl=RESULT_SECONDS,
            worker_ttl=WORKER_TTL,
            job_monitoring_interval=monitoring,
            maintenance_interval=maintenance,
        )

    def register_birth(self) -> None:
        """Say that we are there, whatever stands under the keys for it."""
        mend_keys(self.queues[0])
        super().register_birth()  # type: ignore[no-untyped-call]

    def run_maintenance_tasks(self) -> None:
        """At the start and every MAINTENANCE s: mend what stands in Redis, bury the dead, and do the chore.

        The chore may fail; the worker goes on.
        """
        mend_keys(self.queues[0])
        abandoned = self.queues[0].started_job_registry.get_expired_job_ids()
        super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        for job_id in abandoned:
            tell(job_id)
        try:
            self._chore()
        except (Problem, RedisError, SQLAlchemyError) as error:
            log.warning("the chore failed; trying again later", error=str(error).partition("\n")[0][:200])

    def execute_job(self, job: RqJob, queue: RqQueue) -> None:
        """Run it in a work-horse, within the time-out its row declares, whatever Redis says."""
        row = JOBS.get(str(job.asked().get("name"))) if isinstance(job, QueuedJob) else None
        job.timeout = row.timeout if row else MONITORING
        super().execute_job(job, queue)

    def fork_work_horse(self, job: RqJob, queue: RqQueue) -> None:
        """Fork, but never amid a drain."""
        with at_rest(current_app._get_current_object()), self._forking:  # type: ignore[attr-defined]
            super().fork_work_horse(job, queue)

    def kill_horse(self, sig: signal.Signals = signal.SIGKILL) -> None:
        """Kill the work-horse, which may have begun before the worker knows its number.

        RQ takes no number for 0 then, and kills the worker and all that was started with it.
        """
        with self._forking:
            if self.horse_pid:
                super().kill_horse(sig)

    def main_work_horse(self, job: RqJob, queue: RqQueue) -> None:
        """In the forked child: die with the worker, then work."""
        tether(int(self.pid or os.getppid()))
        super().main_work_horse(job, queue)

    def prepare_job_execution(self, job: RqJob, remove_from_intermediate_queue: bool = False) -> None:
        """Say that it begins, here and on the feed."""
        super().prepare_job_execution(job, remove_from_intermediate_queue)
        tell(job.id)

    def handle_job_success(self, job: RqJob, *rest: Any, **named: Any) -> None:
        """Keep what it returned, and tell the feed."""
        super().handle_job_success(job, *rest, **named)
        tell(job.id)

    def handle_job_failure(self, job: RqJob, *rest: Any, **named: Any) -> None:
        """Keep why it failed or that it was stopped, and tell the feed."""
        super().handle_job_failure(job, *rest, **named)
        tell(job.id)

    def get_heartbeat_ttl(self, job: RqJob, working_time: float = 0.0) -> int:  # noqa: ARG002
        """Seconds after which a silent work-horse counts as dead (RQ has 60 hard-coded)."""
        return int(self.job_monitoring_interval) + self._slack

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Say that we live; and who we are, because Redis may have come back empty."""
        super().heartbeat(timeout, pipeline)
        if self.birth_date is not None:
            worker_registration.register(self, pipeline)
            (self.connection if pipeline is None else pipeline).hset(self.key, mapping=self.serialize())

    def maintain_heartbeats(self, job: RqJob, execution: Execution) -> None:
        """Say that job and worker live. Redis away for a while does not end the work in hand."""
        try:
            super().maintain_heartbeats(job, execution)
        except (RedisAway, RedisSilent) as error:
            log.warning("Redis is away; the job goes on", job=job.id, error=str(error)[:200])
