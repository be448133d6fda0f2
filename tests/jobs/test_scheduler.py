"""No occurrence is lost or doubled, and nothing that stands in Redis can stop the scheduler."""

import json
import threading
import time
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy.exc import OperationalError

from digisence.extensions.queue import DUE_KEY, FUNCTION, NAME, TICK_KEY, QueuedJob, definition_id
from digisence.extensions.redis import connect
from digisence.jobs import JOBS
from digisence.jobs.schedule import current, following
from digisence.jobs.scheduler import Scheduler
from tests.servers import RedisServer

QUEUE = f"rq:queue:{NAME}"
Plan = dict[str, int]


@pytest.fixture
def scheduler(redis_url: str, plan: Plan) -> Scheduler:
    return Scheduler(connect(redis_url), lambda: plan)


def queued(redis: Redis) -> list[str]:
    return sorted(job_id.decode() for job_id in redis.lrange(QUEUE, 0, -1))


def due(redis: Redis) -> dict[str, float]:
    return {entry.decode(): at for entry, at in redis.zrange(DUE_KEY, 0, -1, withscores=True)}


def all_at(when: float, plan: Plan) -> dict[str, float]:
    return {definition_id(name): when for name in plan}


def test_a_first_tick_pushes_the_current_occurrence_and_plans_the_next(
    scheduler: Scheduler, redis: Redis, plan: Plan
) -> None:
    now = time.time()
    scheduler.tick()
    assert queued(redis) == [f"beat-{n}-{current(now, 600)}" for n in range(3)]
    assert due(redis) == all_at(following(now, 600), plan)


def test_a_patient_job_that_the_schedule_does_not_hold_waits_for_its_next_time(
    scheduler: Scheduler, redis: Redis, plan: Plan
) -> None:
    JOBS["beat-1"] = replace(JOBS["beat-1"], patient=True)
    now = time.time()
    scheduler.tick()
    assert queued(redis) == [f"beat-{n}-{current(now, 600)}" for n in (0, 2)]
    assert due(redis) == all_at(following(now, 600), plan)


def test_an_occurrence_is_json_and_calls_the_one_function(scheduler: Scheduler, redis: Redis) -> None:
    scheduler.tick()
    told = queued(redis)[0]
    data = json.loads(zlib.decompress(redis.hget(f"rq:job:{told}", "data")))
    assert data == [FUNCTION, None, [], {"name": "beat-0", "arguments": {"occurrence": told}}]


def test_a_second_tick_pushes_nothing(scheduler: Scheduler, redis: Redis) -> None:
    scheduler.tick()
    scheduler.tick()
    assert len(queued(redis)) == 3


def test_overdue_is_pushed_once_and_then_on_the_grid(scheduler: Scheduler, redis: Redis, plan: Plan) -> None:
    scheduler.tick()
    redis.delete(QUEUE)
    late = current(time.time(), 600) - 6_000
    redis.zadd(DUE_KEY, all_at(late, plan))
    scheduler.tick()
    assert queued(redis) == [f"beat-{n}-{late}" for n in range(3)]
    assert due(redis) == all_at(following(time.time(), 600), plan)


def test_an_emptied_redis_has_the_schedule_again_after_a_tick(scheduler: Scheduler, redis: Redis, plan: Plan) -> None:
    scheduler.tick()
    before = due(redis)
    redis.flushall()
    scheduler.tick()
    assert due(redis) == before
    assert queued(redis) == []  # what was pushed is not pushed again


def test_what_fell_due_while_redis_was_empty_is_not_missed(scheduler: Scheduler, redis: Redis, plan: Plan) -> None:
    scheduler.tick()
    missed = current(time.time(), 600) - 1_200
    scheduler._seen = all_at(missed, plan)
    redis.flushall()
    scheduler.tick()
    assert queued(redis) == [f"beat-{n}-{missed}" for n in range(3)]


def test_a_job_taken_off_the_plan_leaves_redis(scheduler: Scheduler, redis: Redis, plan: Plan) -> None:
    scheduler.tick()
    del plan["beat-1"]
    scheduler.tick()
    assert set(due(redis)) == {definition_id("beat-0"), definition_id("beat-2")}
    assert not redis.exists(QueuedJob.key_for(definition_id("beat-1")))


def test_a_new_interval_starts_at_its_next_time_on_the_grid(scheduler: Scheduler, redis: Redis, plan: Plan) -> None:
    scheduler.tick()
    plan.update(dict.fromkeys(plan, 7))
    now = time.time()
    scheduler.tick()
    assert all(now < at <= now + 7.1 and at % 7 == 0 for at in due(redis).values())
    assert len(queued(redis)) == 3


def test_a_lost_definition_comes_back_in_phase(scheduler: Scheduler, redis: Redis, plan: Plan) -> None:
    scheduler.tick()
    before = due(redis)
    redis.delete(QueuedJob.key_for(definition_id("beat-0")))
    scheduler.tick()
    assert due(redis) == before
    assert redis.exists(QueuedJob.key_for(definition_id("beat-0")))


@pytest.mark.parametrize(
    "poison",
    [
        {"data": b"\x80\x05garbage", "timeout": b"not a number"},
        {"created_at": b"yesterday", "data": b"{}"},
        {"data": b"x", "status": b"no such state"},
        {"other": b"fields"},
    ],
)
def test_an_unreadable_definition_is_made_anew(
    scheduler: Scheduler, redis: Redis, plan: Plan, poison: dict[str, bytes]
) -> None:
    scheduler.tick()
    key = QueuedJob.key_for(definition_id("beat-0"))
    redis.delete(key)
    redis.hset(key, mapping=poison)
    redis.zadd(DUE_KEY, {definition_id("beat-0"): 1.0, definition_id("beat-1"): 2.0})
    scheduler.tick()
    assert {"beat-0-1", "beat-1-2"} < set(queued(redis))
    assert due(redis) == all_at(following(time.time(), 600), plan)


def test_a_definition_of_the_wrong_type_is_set_aside(scheduler: Scheduler, redis: Redis) -> None:
    scheduler.tick()
    key = QueuedJob.key_for(definition_id("beat-0"))
    redis.set(key, "not a hash")
    scheduler.tick()
    assert redis.hget(key, "description") == b"beat-0"
    assert redis.get(f"digisence:poison:{key}") == b"not a hash"


def test_strange_entries_of_the_schedule_are_removed(scheduler: Scheduler, redis: Redis, plan: Plan) -> None:
    redis.zadd(DUE_KEY, {b"\xff\xfe": 1.0, "colon:id": 2.0, "foreign": 3.0, "endless": "+inf"})
    scheduler.tick()
    assert set(due(redis)) == {definition_id(name) for name in plan}


@pytest.mark.parametrize("score", ["-inf", "+inf", "-5", "99999999999999"])
def test_an_impossible_due_time_is_mended(scheduler: Scheduler, redis: Redis, plan: Plan, score: str) -> None:
    scheduler.tick()
    redis.zadd(DUE_KEY, {definition_id("beat-0"): score})
    scheduler.tick()
    assert due(redis) == all_at(following(time.time(), 600), plan)


def test_a_schedule_of_the_wrong_type_is_set_aside(scheduler: Scheduler, redis: Redis, plan: Plan) -> None:
    redis.set(DUE_KEY, "not a sorted set")
    scheduler.tick()
    assert set(due(redis)) == {definition_id(name) for name in plan}
    assert redis.get(f"digisence:poison:{DUE_KEY}") == b"not a sorted set"


def test_nobody_deletes_the_lock_of_another(redis_url: str, redis: Redis, plan: Plan) -> None:
    first, second = (Scheduler(connect(redis_url), lambda: plan) for _ in range(2))
    assert first.acquire_lock()
    assert not second.acquire_lock()
    redis.delete(first.scheduler_lock_key)  # it ran out while the first one was stuck
    assert second.acquire_lock()
    first.remove_lock()
    assert redis.exists(first.scheduler_lock_key)
    second.remove_lock()
    assert not redis.exists(first.scheduler_lock_key)


def test_without_the_lock_a_late_scheduler_still_doubles_nothing(redis_url: str, redis: Redis, plan: Plan) -> None:
    first, second = (Scheduler(connect(redis_url), lambda: plan) for _ in range(2))
    for scheduler in (first, second):
        scheduler.planned = plan
        scheduler.reconcile()
    for scheduler in (first, second):
        scheduler.enqueue_jobs()
    assert len(queued(redis)) == 3


def test_a_tick_leaves_a_sign_of_life_that_expires(scheduler: Scheduler, redis: Redis) -> None:
    scheduler.tick()
    assert 0 < redis.ttl(TICK_KEY) <= 15


def test_redis_away_is_waited_for(plan: Plan, tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    scheduler = Scheduler(connect(server.url), lambda: plan, 0.05)
    thread = threading.Thread(target=scheduler.run)
    thread.start()
    try:
        server.start()
        client = Redis.from_url(server.url)
        until(lambda: len(due(client)) == 3)
        server.kill()
        server.start()
        until(lambda: len(due(client)) == 3)
    finally:
        scheduler.stop()
        thread.join(10)
        server.stop()
    assert not thread.is_alive()


def test_a_database_away_is_waited_for(redis_url: str, redis: Redis, plan: Plan) -> None:
    answers = iter([OperationalError("SELECT", {}, Exception("gone")), plan])

    def ask() -> Plan:
        answer = next(answers, plan)
        if isinstance(answer, Exception):
            raise answer
        return answer

    scheduler = Scheduler(connect(redis_url), ask)
    scheduler.run(burst=True)
    assert due(redis) == {}
    scheduler.run(burst=True)
    assert len(due(redis)) == 3


def until(condition: object, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)
