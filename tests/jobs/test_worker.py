"""A worker does declared jobs only, survives what stands in Redis, and leaves nothing behind when it is killed."""

import json
import os
import pickle
import signal
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from flask import Flask
from redis import Redis
from rq import Callback
from rq import Queue as PlainQueue
from rq.job import Job as PlainJob
from rq.serializers import JSONSerializer

from digisence.extensions.queue import FUNCTION, NAME, queue
from tests.jobs.conftest import Start

Work = Callable[[], None]


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """A file that a foreign function would make."""
    return tmp_path / "trace"


@pytest.fixture
def work(redis_url: str, start: Start, tmp_path: Path) -> Work:
    """Work off the queue, by a worker that ends when it is empty."""

    def off() -> None:
        worker = start("tests.jobs.labour", redis_url, 1, 2, 1, "burst", DIGISENCE_INSTANCE=str(tmp_path))
        said, _ = worker.communicate(timeout=30)
        assert worker.returncode == 0, said

    return off


def put(redis: Redis, job_id: str, data: bytes, **fields: bytes | str) -> None:
    """Put a job on the queue as somebody with access to Redis could."""
    redis.hset(f"rq:job:{job_id}", mapping={"data": data, "origin": NAME, "status": "queued", **fields})
    redis.rpush(f"rq:queue:{NAME}", job_id)


def call(function: str, *arguments: object, instance: object = None, **named: object) -> bytes:
    return zlib.compress(json.dumps([function, instance, arguments, named]).encode())


def state(redis: Redis, job_id: str) -> str:
    return str(PlainJob.fetch(job_id, connection=redis, serializer=JSONSerializer).get_status().value)


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)


def test_does_a_declared_job(product: Flask, plan: dict[str, int], work: Work, trace: Path) -> None:
    made = queue.enqueue("note", {"path": str(trace)})
    work()
    job = queue.job(made)
    assert (job.get_status().value, job.return_value()) == ("finished", "noted")
    assert trace.with_suffix(".done").exists()


def foreign(trace: Path) -> dict[str, bytes]:
    """What somebody could put on the queue, each of which would make `trace` if it were called."""
    path = str(trace)
    mine = {"path": path}
    return {
        "another-function": call("os.mkdir", path),
        "a-function-of-ours": call("tests.jobs.beats.note", path=path),
        "an-undeclared-name": call(FUNCTION, name="os.mkdir", arguments=mine),
        "an-unknown-argument": call(FUNCTION, name="note", arguments={**mine, "unknown": 1}),
        "positional": call(FUNCTION, "note", mine),
        "more-than-asked": call(FUNCTION, name="note", arguments=mine, more=1),
        "bound": call(FUNCTION, instance="bound", name="note", arguments=mine),
        "bound-method": call("upper", instance="bound"),
        "pickle": zlib.compress(pickle.dumps(("os.mkdir", None, (path,), {}))),
        "noise": b"neither JSON nor pickle",
        "short": zlib.compress(b"[1, 2]"),
        "no-arguments": zlib.compress(json.dumps([FUNCTION, None, [], 5]).encode()),
    }


def test_refuses_everything_else(redis: Redis, work: Work, trace: Path) -> None:
    jobs = foreign(trace)
    for job_id, data in jobs.items():
        put(redis, job_id, data, timeout="-1")
    work()
    assert not trace.exists()
    assert {job_id: redis.hget(f"rq:job:{job_id}", "status") for job_id in jobs} == dict.fromkeys(jobs, b"failed")


def test_calls_no_callback_that_stands_in_redis(redis: Redis, work: Work, trace: Path) -> None:
    plain = PlainQueue(NAME, connection=redis, serializer=JSONSerializer)
    for name, arguments in (("note", {"path": str(trace)}), ("no-such-job", {})):
        kwargs = {"name": name, "arguments": arguments}
        back = Callback("tests.jobs.test_worker.was_called")
        plain.enqueue(FUNCTION, kwargs=kwargs, job_id=name, on_success=back, on_failure=back)
    work()
    assert (state(redis, "note"), state(redis, "no-such-job")) == ("finished", "failed")
    assert not redis.exists("called")


def was_called(_job: object, connection: Redis, *_rest: object) -> None:
    connection.set("called", "1")


def test_an_unreadable_job_is_set_aside_and_the_next_one_done(
    product: Flask, redis: Redis, plan: dict[str, int], work: Work, trace: Path
) -> None:
    put(redis, "broken", b"x", created_at="yesterday", status="no such state")
    redis.set("rq:job:not-a-hash", "text")
    redis.rpush(f"rq:queue:{NAME}", "not-a-hash", "missing", "note:with:colons")
    made = queue.enqueue("note", {"path": str(trace)})
    work()
    assert queue.job(made).get_status().value == "finished"
    assert redis.hget("digisence:poison:rq:job:broken", "created_at") == b"yesterday"
    assert redis.get("digisence:poison:rq:job:not-a-hash") == b"text"


def test_the_declared_time_out_holds_whatever_redis_says(
    product: Flask, redis: Redis, plan: dict[str, int], work: Work, trace: Path
) -> None:
    put(redis, "slow", call(FUNCTION, name="hasty", arguments={"path": str(trace), "seconds": 30.0}), timeout="-1")
    work()
    assert state(redis, "slow") == "failed"
    assert trace.exists()
    assert "JobTimeoutException" in str(queue.job("slow").latest_result().exc_string)


def test_a_killed_worker_takes_its_work_horse_along_and_is_noticed(
    product: Flask, redis: Redis, redis_url: str, plan: dict[str, int], start: Start, trace: Path, tmp_path: Path
) -> None:
    made = queue.enqueue("note", {"path": str(trace), "seconds": 60.0})
    worker = start("tests.jobs.labour", redis_url, 1, 2, 1, DIGISENCE_INSTANCE=str(tmp_path))
    until(lambda: trace.exists() and trace.read_text())
    horse = int(trace.read_text())
    assert psutil.Process(horse).ppid() == worker.pid
    worker.kill()
    until(lambda: not psutil.pid_exists(horse) or psutil.Process(horse).status() == psutil.STATUS_ZOMBIE, 3)
    start("tests.jobs.labour", redis_url, 1, 2, 1, DIGISENCE_INSTANCE=str(tmp_path))
    until(lambda: queue.job(made).get_status().value == "failed")
    assert "AbandonedJobError" in str(queue.job(made).latest_result().exc_string)


def test_sigterm_lets_the_job_in_hand_end(
    product: Flask, redis_url: str, plan: dict[str, int], start: Start, trace: Path, tmp_path: Path
) -> None:
    made = queue.enqueue("note", {"path": str(trace), "seconds": 1.5})
    later = queue.enqueue("note", {"path": str(trace.with_name("later"))})
    worker = start("tests.jobs.labour", redis_url, 1, 2, 1, DIGISENCE_INSTANCE=str(tmp_path))
    until(lambda: trace.exists() and trace.read_text())
    os.kill(worker.pid, signal.SIGTERM)
    worker.communicate(timeout=15)
    assert queue.job(made).get_status().value == "finished"
    assert queue.job(later).get_status().value == "queued"


def test_an_emptied_redis_knows_its_worker_again(
    product: Flask, redis: Redis, redis_url: str, start: Start, tmp_path: Path
) -> None:
    start("tests.jobs.labour", redis_url, 1, 2, 1, DIGISENCE_INSTANCE=str(tmp_path))
    until(queue.worker_alive)
    redis.flushall()
    assert not queue.worker_alive()
    until(queue.worker_alive)


def test_a_stop_that_comes_amid_the_fork_kills_the_work_horse_alone(
    product: Flask, redis_url: str, plan: dict[str, int], start: Start, trace: Path, tmp_path: Path
) -> None:
    made = queue.enqueue("note", {"path": str(trace), "seconds": 60.0})
    worker = start("tests.jobs.labour", redis_url, 1, 2, 1, "burst", "tardy", DIGISENCE_INSTANCE=str(tmp_path))
    until(lambda: queue.stop(made))
    said, _ = worker.communicate(timeout=30)
    assert worker.returncode == 0, said
    assert queue.state(made) == "stopped"
