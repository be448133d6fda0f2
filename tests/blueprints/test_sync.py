"""The service that sweeps, as its door tells it: never made up."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from digisence.extensions import sse
from digisence.extensions.queue import DUE_KEY, definition_id
from digisence.extensions.redis import redis_client
from digisence.extensions.sse import Position
from digisence.integrity import runner

SYNC = "/api/admin/sync"

pytestmark = pytest.mark.usefixtures("installed")


def test_it_is_on_until_it_is_stopped_and_remembers(app: Flask, client: FlaskClient, headers: dict[str, str]) -> None:
    status = client.get(SYNC, headers=headers).json
    assert (status["isRunning"], status["intervalSeconds"], status["lastSync"], status["nextSync"]) == (
        True,
        600,
        None,
        None,
    )
    assert (status["workerAlive"], status["schedulerAlive"], status["overdue"]) == (False, False, False)
    assert client.post(f"{SYNC}/stop", headers=headers).json["isRunning"] is False
    with app.app_context():
        assert runner.sweep("1") is None
    started = client.post(f"{SYNC}/start", json={"intervalSeconds": 30}, headers=headers).json
    assert (started["isRunning"], started["intervalSeconds"]) == (True, 30)
    assert client.post(f"{SYNC}/start", json={"intervalSeconds": 1}, headers=headers).status_code == 422
    assert client.get(SYNC, headers=headers).json["intervalSeconds"] == 30


def test_it_tells_the_last_sweep_and_the_next(app: Flask, client: FlaskClient, headers: dict[str, str]) -> None:
    with app.app_context():
        swept = runner.sweep("1")
        redis_client.get().zadd(DUE_KEY, {definition_id("sweep"): 1900000000})
    assert swept is not None
    status = client.get(SYNC, headers=headers).json
    assert status["nextSync"] == "2030-03-17T17:46:40.000Z"
    assert (status["lastSync"], status["lastError"]) == (
        client.get(f"{SYNC}/log", headers=headers).json["items"][0]["finishedAt"],
        None,
    )
    assert (status["lastResult"]["success"], status["lastResult"]["runId"]) == (True, swept["id"])


def test_a_sweep_asked_for_is_queued_and_logged(client: FlaskClient, headers: dict[str, str]) -> None:
    asked = client.post(f"{SYNC}/run", headers=headers)
    assert asked.status_code == 202
    (logged,) = client.get(f"{SYNC}/log", headers=headers).json["items"]
    assert (logged["id"], logged["repair"], logged["scheduled"], logged["state"]) == (
        asked.json["runId"],
        True,
        False,
        "queued",
    )
    (job,) = client.get("/api/admin/jobs", headers=headers).json["items"]
    assert (job["name"], job["arguments"], job["state"]) == ("integrity-run", {"run_id": asked.json["runId"]}, "queued")
    assert client.get(f"/api/admin/jobs/{job['id']}", headers=headers).json["id"] == job["id"]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_is_not_read_is_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.get(f"{SYNC}?x=1", headers=headers).json["errors"][0]["field"] == "x"
    assert client.get("/api/admin/jobs/none?x=1", headers=headers).status_code == 422
    for door in ("stop", "run"):
        for body in ({"x": 1}, [], 5):
            refused = client.post(f"{SYNC}/{door}", json=body, headers=headers)
            assert refused.status_code == 422, (door, body)
    assert client.get(SYNC, headers=headers).json["isRunning"] is True
    assert client.get(f"{SYNC}/log", headers=headers).json["total"] == 0
    assert client.post(f"{SYNC}/stop", json={}, headers=headers).json["isRunning"] is False
    assert client.post(f"{SYNC}/start", json={"intervalSeconds": 2**31}, headers=headers).status_code == 422


def test_jobs_are_declared_or_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.post("/api/admin/jobs", json={"name": "sweep"}, headers=headers).status_code == 202
    arguments = ({"x": 1}, {"name": "x"}, {"self": "x"}, {"job_id": "hello"})
    strange = [{"name": "sweep", "arguments": each} for each in arguments]
    for wrong in ({"name": "rm"}, {}, {"name": "sweep", "extra": 1}, *strange):
        assert client.post("/api/admin/jobs", json=wrong, headers=headers).status_code == 422, wrong
    assert client.get("/api/admin/jobs/none", headers=headers).status_code == 404


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_job_that_waits_is_cancelled_once(client: FlaskClient, headers: dict[str, str]) -> None:
    run_id = client.post(f"{SYNC}/run", headers=headers).json["runId"]
    job = f"/api/admin/jobs/run-{run_id}"
    assert client.post(f"{job}/cancel").status_code == 401
    cancelled = client.post(f"{job}/cancel", headers=headers)
    assert (cancelled.status_code, cancelled.json["state"]) == (200, "canceled")
    assert client.get(job, headers=headers).json == cancelled.json
    run = client.get(f"/api/admin/integrity/runs/{run_id}", headers=headers).json
    assert (run["state"], run["error"].startswith("cancelled by user:")) == ("abandoned", True)
    again = client.post(f"{job}/cancel", headers=headers)
    assert (again.status_code, again.json["code"]) == (409, "job-ended")
    assert client.post("/api/admin/jobs/none/cancel", headers=headers).status_code == 404


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_feed_is_told(app: Flask, client: FlaskClient, headers: dict[str, str]) -> None:
    client.post(f"{SYNC}/stop", headers=headers)
    client.post(f"{SYNC}/start", headers=headers)
    with app.app_context():
        runner.sweep("1")
        messages = [json.loads(stored.data) for stored in sse.stored(Position.parse("0-0")) if stored.data]
    told = [message for message in messages if message.get("type") in ("sync", "integrity")]
    assert [message["isRunning"] for message in told if message["type"] == "sync"] == [False, True]
    states = [message["state"] for message in told if message["type"] == "integrity"]
    assert (states[0], states[-1], set(states)) == ("queued", "passed", {"queued", "running", "passed"})
    assert all(message["timestamp"].endswith("Z") for message in told)


def test_tells_every_declared_job_and_when_it_comes_by_itself(client: FlaskClient, headers: dict[str, str]) -> None:
    redis_client.get().zadd(DUE_KEY, {definition_id("sweep"): 1_795_564_800})
    told = client.get("/api/admin/jobs/declared?limit=100", headers=headers).json
    jobs = {job["name"]: job for job in told["items"]}
    assert told["total"] == len(jobs)
    assert (jobs["sweep"]["everySeconds"], jobs["sweep"]["nextDue"]) == (600, "2026-11-25T00:00:00.000Z")
    assert list(jobs["import"]["argumentsSchema"]["properties"]) == ["import_id"]
    assert (jobs["import"]["periodic"], jobs["import"]["everySeconds"]) == (False, None)
    client.post(f"{SYNC}/stop", headers=headers)
    stopped = client.get("/api/admin/jobs/declared", headers=headers).json["items"][0]
    assert (stopped["name"], stopped["periodic"], stopped["everySeconds"]) == ("sweep", True, None)
