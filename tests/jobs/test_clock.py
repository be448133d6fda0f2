"""The clock may jump and the host may live anywhere: due times stay on one grid, in UTC, and none comes twice."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from flask import Flask
from redis import Redis

from digisence.extensions.queue import DUE_KEY, definition_id, queue
from digisence.extensions.redis import connect
from digisence.integrity import schedule as service
from digisence.jobs import JOBS, scheduler
from digisence.jobs.schedule import current, following
from tests.jobs.test_scheduler import QUEUE

NOON = 1_763_899_200.0  # a multiple of 600


class Clock:
    """A scheduler whose clock can be set."""

    def __init__(self, url: str, plan: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOON
        monkeypatch.setattr(scheduler, "time", SimpleNamespace(time=lambda: self.now))
        self.scheduler = scheduler.Scheduler(connect(url), lambda: plan)

    def tick(self, now: float) -> None:
        self.now = now
        self.scheduler.tick()


@pytest.fixture
def clock(redis_url: str, plan: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> Clock:
    for name in ("beat-1", "beat-2"):
        del plan[name]
    return Clock(redis_url, plan, monkeypatch)


@pytest.fixture(params=["Asia/Kolkata", "America/St_Johns", "UTC"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A host that lives there."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def pushed(redis: Redis) -> list[int]:
    return [int(told.decode().rpartition("-")[2]) for told in redis.lrange(QUEUE, 0, -1)]


def due(redis: Redis) -> float | None:
    return redis.zscore(DUE_KEY, definition_id("beat-0"))


def test_a_clock_that_jumps_ahead_pushes_once_and_goes_on_on_the_grid(clock: Clock, redis: Redis) -> None:
    clock.tick(NOON)
    clock.tick(NOON + 86_400 + 7)
    assert pushed(redis) == [NOON, NOON + 600]
    assert due(redis) == NOON + 86_400 + 600


def test_a_clock_that_jumps_back_waits_for_no_future_and_names_no_time_twice(clock: Clock, redis: Redis) -> None:
    clock.tick(NOON + 86_400)
    clock.tick(NOON + 1)
    assert due(redis) == NOON + 600
    clock.tick(NOON + 600)
    clock.tick(NOON + 599)  # a second back, across a due time
    clock.tick(NOON + 600)
    assert pushed(redis)[:2] == [NOON + 86_400, NOON + 600]
    assert set(pushed(redis)) == {NOON + 86_400, NOON + 600}
    clock.tick(NOON + 1200)
    assert pushed(redis)[-1] == NOON + 1200


def test_a_due_job_is_pushed_at_its_time_not_at_the_tick_after_it(clock: Clock) -> None:
    clock.tick(NOON + 599.7)
    assert clock.scheduler._until_due() == pytest.approx(0.3)
    clock.now = NOON + 599.9999
    assert clock.scheduler._until_due() == scheduler.SHORTEST_WAIT
    clock.now = NOON + 600.5  # another scheduler has the lock: no reason to turn in circles
    assert clock.scheduler._until_due() == scheduler.TICK_SECONDS


@pytest.mark.usefixtures("zone")
def test_where_the_host_lives_changes_no_due_time(
    product: Flask, redis: Redis, redis_url: str, plan: dict[str, int]
) -> None:
    before = time.time()
    scheduler.Scheduler(connect(redis_url), lambda: {"sweep": 600}).tick()
    told = queue.next_due("sweep")
    assert told is not None
    assert told.tzinfo is UTC
    assert told.timestamp() in {following(before, 600), following(time.time(), 600)}
    job = queue.job(redis.lindex(QUEUE, 0).decode())
    assert job.enqueued_at is not None
    assert abs((datetime.now(UTC) - job.enqueued_at).total_seconds()) < 60
    assert job.id in {f"sweep-{current(before, 600)}", f"sweep-{current(time.time(), 600)}"}
    assert service.status()["nextSync"] == told


def test_no_job_is_declared_by_a_calendar(product: Flask) -> None:
    every = [row.every(product.config["SETTINGS"]) for row in JOBS.values() if row.every]
    assert every
    assert all(isinstance(seconds, int) and seconds > 0 for seconds in every)
