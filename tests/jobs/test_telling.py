"""The feed hears of a job when it is queued, begins, ends and is called off, in the words of its GET."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask import Flask, jsonify
from redis import RedisError

from digisence.extensions import telling
from digisence.extensions.queue import queue
from digisence.extensions.redis import connect
from digisence.extensions.sse import Position, sse
from digisence.extensions.telling import tell
from digisence.jobs.scheduler import Scheduler
from tests.jobs.conftest import Start
from tests.jobs.test_worker import until

Hire = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def hire(redis_url: str, start: Start, tmp_path: Path) -> Hire:
    """Start a worker."""
    return lambda *options: start("tests.jobs.labour", redis_url, 1, 2, 1, *options, DIGISENCE_INSTANCE=str(tmp_path))


def heard(job_id: str) -> list[dict[str, Any]]:
    """What the feed was told of the job."""
    stored = [orjson.loads(entry.data) for entry in sse.stored(Position(0, 0)) if entry.data]
    return [data for data in stored if data["type"] == "job" and data["id"] == job_id]


def states(job_id: str) -> list[str]:
    return [data["state"] for data in heard(job_id)]


def finish(worker: "subprocess.Popen[str]") -> None:
    said, _ = worker.communicate(timeout=30)
    assert worker.returncode == 0, said


def test_a_job_is_heard_of_from_the_queue_to_its_end(product: Flask, plan: dict[str, int], hire: Hire) -> None:
    made = queue.enqueue("report")
    finish(hire("burst"))
    assert states(made) == ["queued", "started", "finished"]
    last = heard(made)[-1]
    assert last["timestamp"].endswith("Z")
    assert last["result"] == {"at": "2026-11-23T10:00:00.000Z", "for": "0:01:30", "ids": ["a", "b"]}
    shown = jsonify(queue.job(made).told()).json
    assert {name: last[name] for name in shown} == shown
    assert set(last) == {"type", "timestamp", *shown}


def test_a_failure_is_heard_of(product: Flask, plan: dict[str, int], hire: Hire, tmp_path: Path) -> None:
    made = queue.enqueue("note", {"path": str(tmp_path / "none" / "trace")})
    finish(hire("burst"))
    assert states(made) == ["queued", "started", "failed"]
    assert "FileNotFoundError" in heard(made)[-1]["error"]


def test_a_job_called_off_is_heard_of(product: Flask, plan: dict[str, int], hire: Hire, tmp_path: Path) -> None:
    waiting = queue.enqueue("report")
    assert queue.withdraw(waiting)
    assert states(waiting) == ["queued", "canceled"]
    running = queue.enqueue("note", {"path": str(tmp_path / "trace"), "seconds": 60.0})
    hire()
    until(lambda: states(running) == ["queued", "started"])
    assert queue.stop(running)
    until(lambda: states(running) == ["queued", "started", "stopped"])


def test_a_job_whose_worker_died_is_heard_of(product: Flask, plan: dict[str, int], hire: Hire, tmp_path: Path) -> None:
    made = queue.enqueue("note", {"path": str(tmp_path / "trace"), "seconds": 60.0})
    worker = hire()
    until(lambda: states(made) == ["queued", "started"])
    worker.kill()
    hire()
    until(lambda: states(made)[-1] == "failed")


def test_a_periodic_job_is_heard_of(product: Flask, plan: dict[str, int], redis_url: str) -> None:
    Scheduler(connect(redis_url), lambda: plan, told=tell).tick()
    jobs = queue.known()
    assert len(jobs) == len(plan)
    assert [states(job.id) for job in jobs] == [["queued"]] * len(plan)


def test_what_happens_meanwhile_is_told_last(
    product: Flask, plan: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish, told = sse.publish, []

    def slowly(data: dict[str, Any]) -> str:
        told.append(data["state"])
        if len(told) == 1:
            queue.connect().withdraw(data["id"])  # between our look and our word
        return publish(data)

    monkeypatch.setattr(telling.sse, "publish", slowly)
    made = queue.enqueue("report")
    assert states(made) == told == ["queued", "canceled"]


def test_a_feed_that_is_away_fails_no_job(
    product: Flask, plan: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_data: object) -> str:
        raise RedisError("away")

    monkeypatch.setattr(telling.sse, "publish", away)
    made = queue.enqueue("report")
    assert queue.state(made) == "queued"
    assert heard(made) == []
