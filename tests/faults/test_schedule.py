"""Schedulers killed at the worst moments, and two at once: every occurrence is pushed once, in both."""

import json
import signal
from itertools import pairwise

import pytest
from redis import Redis

from digisence.extensions.queue import DUE_KEY, NAME, QueuedJob, definition_id
from digisence.jobs.schedule import following
from tests.jobs.conftest import Start, redis, start  # noqa: F401 fixtures

BEATS, INTERVAL, SECONDS = 120, 1, 7
JITTER = 0.3  # seconds from reading the clock to the push, on a busy machine


def pushed(client: Redis) -> dict[str, list[tuple[int, float]]]:
    """Name of a job -> its occurrences in the order of their pushes, as (due, time of the push)."""
    found: dict[str, list[tuple[int, float]]] = {}
    ids = [told.decode() for told in client.lrange(f"rq:queue:{NAME}", 0, -1)]
    for job in QueuedJob.fetch_many(ids, connection=client):
        assert job is not None
        assert job.enqueued_at is not None
        name, _, due = job.id.rpartition("-")
        found.setdefault(name, []).append((int(due), job.enqueued_at.timestamp()))
    return found


@pytest.mark.parametrize("schedulers", [1, 2])
def test_every_occurrence_once(redis_url: str, redis: Redis, start: Start, schedulers: int) -> None:  # noqa: F811
    running = [start("tests.jobs.clockwork", redis_url, BEATS, INTERVAL, SECONDS, seed) for seed in range(schedulers)]
    rounds = [int(process.communicate(timeout=60)[0].splitlines()[-1]) for process in running]
    assert min(rounds) >= SECONDS / 2
    done = pushed(redis)
    assert len(done) == BEATS
    for name, occurrences in done.items():
        assert len(occurrences) >= SECONDS / 2
        for (due, at), (after, _) in pairwise(occurrences):
            assert due <= at
            assert after in {following(at, INTERVAL), following(at + JITTER, INTERVAL)}, f"{name}: {occurrences}"
        _, at = occurrences[-1]
        waiting = redis.zscore(DUE_KEY, definition_id(name))
        assert waiting in {following(at, INTERVAL), following(at + JITTER, INTERVAL)}
        assert len({due for due, _ in occurrences}) == len(occurrences)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_blow_at_any_instruction_loses_and_doubles_nothing(redis_url: str, start: Start, number: int) -> None:  # noqa: F811
    said, _ = start("tests.jobs.anvil", redis_url, int(number)).communicate(timeout=120)
    told = json.loads(said.splitlines()[-1])
    assert told["faults"] == []
    assert told["instructions"] > 100
