"""What operators see of jobs, for eyes and for programs."""

import gc
import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from digisence import create_app
from digisence.changes import Context, unit_of_work
from digisence.extensions.queue import queue
from digisence.jobs import JOBS
from digisence.models import Schedule
from tests.conftest import SECRET


@pytest.fixture
def product(redis_url: str, sqlite_template: Path, tmp_path: Path) -> Flask:
    (tmp_path / "digisence.sqlite").write_bytes(sqlite_template.read_bytes())
    return create_app(instance=tmp_path, redis_url=redis_url, secret_key=SECRET)


def run(product: Flask, *arguments: str) -> Result:
    return product.test_cli_runner().invoke(args=["jobs", *arguments])


def test_list_tells_declared_and_waiting(product: Flask) -> None:
    made = queue.enqueue("integrity-run", {"run_id": "r1"})
    told = json.loads(run(product, "list", "--json").stdout)
    assert {"name": "integrity-run", "title": "A run of checks that somebody asked for", "arguments": "run_id"} in told[
        "declared"
    ]
    assert [(job["id"], job["name"], job["state"]) for job in told["jobs"]] == [(made, "integrity-run", "queued")]
    assert made in run(product, "list").stdout


def test_enqueue_warns_when_nobody_works(product: Flask) -> None:
    done = run(product, "enqueue", "integrity-run", "-a", "run_id=r1", "--id", "mine", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (2, {"id": "mine"})
    assert "digisence worker" in done.stderr
    assert queue.job("mine").kwargs == {"name": "integrity-run", "arguments": {"run_id": "r1"}}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no-such-job"], f"declared are: {', '.join(sorted(JOBS))}"),
        (["integrity-run"], "run_id"),
        (["integrity-run", "-a", "run_id=r1", "-a", "more=1"], "more"),
        (["sweep", "-a", "name=x"], "arguments.name"),
        (["sweep", "-a", "job_id=x"], "arguments.job_id"),
        (["integrity-run", "-a", "nonsense"], "KEY=VALUE"),
    ],
)
def test_enqueue_says_what_is_wrong(product: Flask, arguments: list[str], words: str) -> None:
    done = run(product, "enqueue", *arguments)
    assert done.exit_code == 64
    assert words in done.stderr


def test_show_tells_one_job(product: Flask) -> None:
    made = queue.enqueue("integrity-run", {"run_id": "r1"})
    told = json.loads(run(product, "show", made, "--json").stdout)
    assert (told["state"], told["arguments"], told["result"]) == ("queued", {"run_id": "r1"}, None)
    assert "queued" in run(product, "show", made).stdout


def test_show_of_an_unknown_job(product: Flask) -> None:
    done = run(product, "show", "none")
    assert done.exit_code == 64
    assert "'none'" in done.stderr


def test_cancel_calls_off_what_waits_and_what_waits_only(product: Flask) -> None:
    made = queue.enqueue("integrity-run", {"run_id": "r1"})
    assert json.loads(run(product, "cancel", made, "--json").stdout)["state"] == "canceled"
    assert json.loads(run(product, "show", made, "--json").stdout)["state"] == "canceled"
    again = run(product, "cancel", made)
    assert again.exit_code == 1
    assert "nothing to cancel" in again.stderr
    assert f"{(other := queue.enqueue('sweep'))} will not begin" in run(product, "cancel", other).stdout


def test_schedule_tells_a_stopped_job(product: Flask) -> None:
    with product.app_context(), unit_of_work(Context("system:test")) as unit:
        unit.merge(Schedule(name="sweep", enabled=False, interval_seconds=60, changed_by="system:test"))
    items = json.loads(run(product, "schedule", "--json").stdout)["items"]
    assert {"name": "sweep", "everySeconds": None, "nextDue": None} in items
    assert "stopped" in run(product, "schedule").stdout


def test_schedule_says_when_nobody_is_there(product: Flask) -> None:
    done = run(product, "schedule", "--json")
    assert done.exit_code == 2
    told = json.loads(done.stdout)
    assert (told.pop("workerAlive"), told.pop("schedulerAlive")) == (False, False)
    assert {row["name"] for row in told["items"]} == {name for name, job in JOBS.items() if job.every}
    assert {"name": "sweep", "everySeconds": 600, "nextDue": None} in told["items"]
    assert {"name": "drill", "everySeconds": 7 * 86_400, "nextDue": None} in told["items"]
    assert {row["nextDue"] for row in told["items"]} == {None}
    assert "not running" in run(product, "schedule").stdout


@pytest.mark.parametrize(
    ("command", "place"), [("worker", "digisence.jobs.worker.Worker.work"), ("relay", "digisence.cli.relay.Relay.run")]
)
def test_what_a_long_lived_process_is_made_of_is_not_looked_through_for_garbage(
    command: str, place: str, product: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a work-horse that holds SQLite's lock, such a look would hold up every writer."""
    kept: list[int] = []
    monkeypatch.setattr(place, lambda *_, **__: kept.append(gc.get_freeze_count()))
    monkeypatch.setattr(f"digisence.cli.{command}.leave_at_once", lambda: None)
    monkeypatch.setattr("digisence.cli.worker._log", lambda _: None)
    try:
        assert product.test_cli_runner().invoke(args=[command]).exit_code == 0
    finally:
        gc.unfreeze()
    assert kept[0] > 100_000
