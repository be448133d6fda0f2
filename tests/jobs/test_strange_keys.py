"""Whatever stands under the queue's keys, and wherever a worker died: jobs are done, none is stuck."""

import time
from pathlib import Path

import psutil
import pytest
from redis import Redis

from digisence.extensions.queue import DUE_KEY, NAME, queue
from digisence.extensions.queued import CLEANING_SECONDS, JobQueue
from digisence.extensions.redis import connect
from digisence.jobs.scheduler import Scheduler
from tests.jobs.conftest import Start
from tests.jobs.test_worker import Work, state, until, work  # noqa: F401 fixture

QUEUE, TAKEN = f"rq:queue:{NAME}", f"rq:queue:{NAME}:intermediate"
pytestmark = pytest.mark.usefixtures("product")


def take(redis: Redis, seconds_ago: float) -> None:
    """What a worker that dies between taking and beginning leaves."""
    job_id = redis.lmove(QUEUE, TAKEN).decode()
    redis.set(f"{TAKEN}:first_seen:{job_id}", time.time() - seconds_ago)


def test_keys_of_the_wrong_type_are_set_aside(
    redis: Redis,
    redis_url: str,
    plan: dict[str, int],
    work: Work,  # noqa: F811
    tmp_path: Path,
) -> None:
    strange = (QUEUE, TAKEN, f"rq:wip:{NAME}", f"rq:finished:{NAME}", f"rq:failed:{NAME}", f"rq:workers:{NAME}")
    for key in strange:
        redis.set(key, "what is this")
    Scheduler(connect(redis_url), lambda: plan).tick()
    assert redis.llen(QUEUE) == len(plan)  # nothing was lost between the push and the next due time
    for key in strange[1:]:
        redis.set(key, "again")
    made = queue.enqueue("note", {"path": str(tmp_path / "trace")})
    work()
    assert state(redis, made) == "finished"
    assert redis.get(f"digisence:poison:{QUEUE}") == b"what is this"
    assert not queue.worker_alive()


def test_wherever_a_worker_died_its_job_is_done_once_it_is_known(
    redis: Redis,
    work: Work,  # noqa: F811
    tmp_path: Path,
    plan: object,
) -> None:
    taken, often, waits = (
        queue.enqueue("note", {"path": str(tmp_path / name)}, job_id=name) for name in ("taken", "often", "waits")
    )
    redis.set(f"{TAKEN}:put_back:{often}", 1)  # it was taken and not begun before: who begins it dies
    take(redis, seconds_ago=120)
    take(redis, seconds_ago=120)
    for key in (QUEUE, TAKEN):
        redis.lpush(key, b"\xff\xfe", "with:colons", "", "unknown")  # can be no job
    work()
    assert (state(redis, taken), state(redis, often), state(redis, waits)) == ("finished", "failed", "finished")
    assert not (tmp_path / "often").exists()
    assert (redis.llen(QUEUE), redis.llen(TAKEN)) == (0, 0)


def test_a_worker_that_dies_while_it_cleans_up_holds_up_nobody_for_long(redis: Redis) -> None:
    rq = JobQueue(connection=redis)
    assert rq.acquire_maintenance_lock()
    assert not rq.acquire_maintenance_lock()
    assert 0 < redis.ttl(rq.registry_cleaning_key) <= CLEANING_SECONDS


def test_a_running_job_that_is_stopped_leaves_the_worker_at_work(
    redis: Redis, redis_url: str, start: Start, tmp_path: Path, plan: object
) -> None:
    long = queue.enqueue("note", {"path": str(tmp_path / "long"), "seconds": 60.0})
    start("tests.jobs.labour", redis_url, 1, 2, 1, DIGISENCE_INSTANCE=str(tmp_path))
    until(lambda: (tmp_path / "long").exists() and (tmp_path / "long").read_text())
    horse = int((tmp_path / "long").read_text())
    until(lambda: queue.stop(long))
    until(lambda: state(redis, long) == "stopped")
    assert not psutil.pid_exists(horse) or psutil.Process(horse).status() == psutil.STATUS_ZOMBIE
    assert not queue.stop(long)
    after = queue.enqueue("note", {"path": str(tmp_path / "after")})
    until(lambda: state(redis, after) == "finished")


def test_one_occurrence_stands_for_those_that_wait(redis: Redis, redis_url: str, plan: dict[str, int]) -> None:
    scheduler = Scheduler(connect(redis_url), lambda: plan)
    now = int(time.time()) // 600 * 600
    for due in (now - 1200, now - 600, now):
        scheduler.tick()
        redis.zadd(DUE_KEY, {f"{NAME}-beat-0": due, f"{NAME}-beat-1": due})
    scheduler.tick()
    queue.enqueue("note", {"path": "none"}, job_id="beat-0-mine")
    missed = [f"beat-0-{due}" for due in (now, now - 1200, now - 600)]
    assert set(queue.merge("beat-0")) == set(missed)
    left = {entry.decode() for entry in redis.lrange(QUEUE, 0, -1)}
    assert {name for name in left if name.startswith("beat-0")} == {"beat-0-mine"}
    assert {f"beat-1-{now - 600}", f"beat-2-{now}"} <= left
    assert {state(redis, job_id) for job_id in missed} == {"canceled"}
    assert all(0 < redis.ttl(f"rq:job:{job_id}") <= 3600 for job_id in missed)
    assert queue.merge("beat-0") == []
