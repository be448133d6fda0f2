"""Jobs go on the queue by declared name, as data; who asks whether anybody is at work gets an answer without Redis too."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis

from digisence import create_app
from digisence.errors import Invalid, NotFound, Problem
from digisence.extensions.queue import DUE_KEY, NAME, TICK_KEY, definition_id, queue
from tests.conftest import SECRET


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    client = Redis.from_url(redis_url)
    yield client
    client.close()


@pytest.fixture
def bare(redis_url: str, tmp_path: Path) -> Flask:
    """The app on a real Redis and no database: the queue needs none."""
    return create_app(instance=tmp_path, redis_url=redis_url, secret_key=SECRET)


@pytest.fixture
def alone(tmp_path: Path) -> Flask:
    """The app where no Redis answers."""
    return create_app(instance=tmp_path, redis_url=f"unix://{tmp_path}/none.sock", secret_key=SECRET)


def test_enqueues_data_not_code(bare: Flask, redis: Redis) -> None:
    made = queue.enqueue("integrity-run", {"run_id": "r1"})
    job = queue.job(made)
    assert (job.func_name, job.args, job.kwargs) == (
        "digisence.jobs.run",
        [],
        {"name": "integrity-run", "arguments": {"run_id": "r1"}},
    )
    assert redis.lrange(f"rq:queue:{NAME}", 0, -1) == [made.encode()]
    assert (job.timeout, job.result_ttl, job.failure_ttl) == (1800, 3600, 7 * 24 * 3600)


def test_an_id_that_is_known_is_enqueued_once(bare: Flask, redis: Redis) -> None:
    assert queue.enqueue("integrity-run", {"run_id": "r1"}, job_id="run-r1") == "run-r1"
    assert queue.enqueue("integrity-run", {"run_id": "other"}, job_id="run-r1") == "run-r1"
    assert redis.lrange(f"rq:queue:{NAME}", 0, -1) == [b"run-r1"]
    assert queue.job("run-r1").kwargs["arguments"] == {"run_id": "r1"}


@pytest.mark.parametrize(
    ("name", "arguments", "job_id", "field"),
    [
        ("os.system", {}, None, "name"),
        ("integrity-run", {}, None, "arguments.run_id"),
        ("integrity-run", {"run_id": 5}, None, "arguments.run_id"),
        ("integrity-run", {"run_id": "r1", "more": 1}, None, "arguments.more"),
        ("integrity-run", {"run_id": "r1", "name": "x"}, None, "arguments.name"),
        ("integrity-run", {"run_id": "r1", "self": "x"}, None, "arguments.self"),
        ("integrity-run", {"run_id": "r1", "job_id": "x"}, None, "arguments.job_id"),
        ("integrity-run", {"run_id": "r1"}, "a:b", "jobId"),
        ("integrity-run", {"run_id": "r1"}, "", "jobId"),
    ],
)
def test_refuses_what_is_not_declared(
    bare: Flask, redis: Redis, name: str, arguments: dict[str, object], job_id: str | None, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        queue.enqueue(name, arguments, job_id=job_id)
    assert field in caught.value.fields
    assert not redis.exists(f"rq:queue:{NAME}")


def test_names_the_declared_jobs_in_the_refusal(bare: Flask) -> None:
    with pytest.raises(Invalid) as caught:
        queue.enqueue("swep")
    assert "integrity-run, measure, send-mails, sweep" in caught.value.fields["name"]


@pytest.mark.parametrize("job_id", ["none", "a:b", "ü", ""])
def test_an_unknown_job_is_not_found(bare: Flask, job_id: str) -> None:
    with pytest.raises(NotFound):
        queue.job(job_id)


def test_knows_waiting_jobs(bare: Flask) -> None:
    made = {queue.enqueue("integrity-run", {"run_id": str(number)}) for number in range(3)}
    assert {job.id for job in queue.known()} == made


def test_nobody_is_at_work(bare: Flask) -> None:
    assert (queue.worker_alive(), queue.scheduler_alive(), queue.next_due("sweep")) == (False, False, None)


def test_a_tick_and_a_due_time_are_seen(bare: Flask, redis: Redis) -> None:
    redis.set(TICK_KEY, "{}", px=300)
    redis.zadd(DUE_KEY, {definition_id("sweep"): 1_763_892_000})
    assert queue.scheduler_alive()
    assert queue.next_due("sweep") == datetime(2025, 11, 23, 10, 0, tzinfo=UTC)
    time.sleep(0.4)  # the key's life is the thing under test
    assert not queue.scheduler_alive()


def test_without_redis_nothing_hangs(alone: Flask) -> None:
    begun = time.monotonic()
    assert (queue.worker_alive(), queue.scheduler_alive(), queue.next_due("sweep")) == (False, False, None)
    with pytest.raises(Problem) as caught:
        queue.enqueue("integrity-run", {"run_id": "r1"})
    assert (caught.value.status, caught.value.code) == (503, "queue-unavailable")
    assert time.monotonic() - begun < 5
