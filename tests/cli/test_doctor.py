"""`digisence doctor` finds each fault and tells its cure."""

import json
import sqlite3
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import text

from digisence.changes import Context, tally, unit_of_work
from digisence.changes.relay import HEARTBEAT
from digisence.cli import doctor
from digisence.cli.output import FAILED, OK, WARNINGS
from digisence.clock import utcnow
from digisence.config import load_settings, settings
from digisence.extensions import db, queue
from digisence.models import Mail
from tests import outsider

from .conftest import Program, Run


def verdicts(found: Any) -> dict[str, tuple[str, str]]:
    return {item["part"]: (item["state"], item["cure"]) for item in json.loads(found.stdout)}


@pytest.fixture
def everything_runs(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker, scheduler and relay have been heard of, and Redis keeps its data."""
    Redis.from_url(redis_url).set(HEARTBEAT, str(time.time()))
    Redis.from_url(redis_url).config_set("appendonly", "yes")
    monkeypatch.setattr(queue, "worker_alive", lambda: True)
    monkeypatch.setattr(queue, "scheduler_alive", lambda: True)


@pytest.mark.usefixtures("everything_runs")
def test_all_is_well(run: Run, redis_url: str) -> None:
    found = run("doctor")
    assert found.exit_code == OK, found.output
    assert found.output.rstrip().endswith("All is well.")
    Redis.from_url(redis_url).config_set("appendonly", "no")
    found = run("doctor", "--json")
    assert found.exit_code == WARNINGS
    assert verdicts(found)["redis persistence"][0] == "warning"


def test_what_does_not_run_is_a_warning(run: Run) -> None:
    found = run("doctor", "--json")
    assert found.exit_code == WARNINGS
    for name in ("worker", "scheduler", "relay"):
        assert verdicts(found)[name] == ("warning", f"Start `digisence up`, or `digisence {name}` by itself.")


def test_a_missing_trigger_is_a_fault(app: Flask, run: Run) -> None:
    with app.app_context(), db.engine.execution_options(writes=True).begin() as connection:
        on = " ON users" if connection.dialect.name == "postgresql" else ""
        name = "digisence_users_capture" if on else "digisence_users_update"
        connection.execute(text(f"DROP TRIGGER {name}{on}"))
    found = run("doctor", "--json")
    assert found.exit_code == FAILED
    assert verdicts(found)["triggers"][0] == "fault"
    assert "digisence db upgrade" in verdicts(found)["triggers"][1]


def test_an_old_schema_is_a_fault(app: Flask, run: Run) -> None:
    with app.app_context(), db.engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert verdicts(run("doctor", "--json"))["migrations"] == ("fault", "Run `digisence db upgrade`.")


def test_an_outbox_that_does_not_move_is_a_fault(run: Run, database: str) -> None:
    assert verdicts(run("doctor", "--json"))["outbox"] == ("ok", "")
    outsider.write(database, "INSERT INTO users (id, email) VALUES ('u1', 'u1@example.org')")
    outsider.tamper(database, "UPDATE changes SET committed_at = '2020-01-01 00:00:00.000'")
    found = run("doctor", "--json")
    assert found.exit_code == FAILED
    state, cure = verdicts(found)["outbox"]
    assert (state, cure.startswith("1 change waits")) == ("fault", True)


def test_a_count_that_drifted_is_a_warning(app: Flask, run: Run, database: str) -> None:
    with app.app_context():
        tally.verify(db.engine, "users")
        assert verdicts(run("doctor", "--json"))["counts"] == ("ok", "")
        outsider.write(database, "UPDATE tallies SET count = 3 WHERE resource = 'users'")
        tally.verify(db.engine, "users")
    found = next(item for item in json.loads(run("doctor", "--json").stdout) if item["part"] == "counts")
    assert (found["state"], found["found"].partition(",")[0]) == ("warning", "users had drifted by -3")
    assert "wrote past the triggers" in found["cure"]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_loose_references_on_sqlite(app: Flask, run: Run) -> None:
    with sqlite3.connect(settings(app).database_url.removeprefix("sqlite:///")) as outsider:
        outsider.execute("INSERT INTO businesses (id, name, admin_id) VALUES ('b', 'B', 'nobody')")
    state, cure = verdicts(run("doctor", "--json"))["references"]
    assert (state, "digisence integrity run" in cure) == ("warning", True)


def test_an_evicting_redis(run: Run, redis_url: str) -> None:
    Redis.from_url(redis_url).config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert verdicts(run("doctor", "--json"))["redis memory"][0] == "warning"
    finally:
        Redis.from_url(redis_url).config_set("maxmemory-policy", "noeviction")


def test_nothing_set_up_yet(program: Program) -> None:
    found = program("doctor", "--json")
    assert found.returncode == FAILED
    told = verdicts(found)
    assert told["migrations"] == ("fault", "Run `digisence db upgrade`.")
    assert told["redis"] == ("warning", "`digisence up` runs it, and every other part.")


def test_servers_that_are_away(program: Program) -> None:
    urls = {"DATABASE_URL": "postgresql://me:hush@localhost:1/x", "REDIS_URL": "redis://localhost:1/0"}
    found = program("doctor", "--json", **urls)
    assert found.returncode == FAILED
    assert {part: state for part, (state, _) in verdicts(found).items() if state == "fault"} == {
        "database": "fault", "redis": "fault",
    }  # fmt: skip
    assert "hush" not in found.stdout + found.stderr


@pytest.mark.parametrize(
    ("url", "host", "state"),
    [
        ("", "127.0.0.1", "ok"),
        ("https://panel.example.org", "0.0.0.0", "ok"),
        ("http://panel.example.org", "127.0.0.1", "warning"),
        ("", "0.0.0.0", "warning"),
        ("panel.example.org", "127.0.0.1", "fault"),
    ],
)
def test_the_public_address(tmp_path: Path, url: str, host: str, state: str) -> None:
    assert doctor._public_url(load_settings(instance=tmp_path, public_url=url, host=host)).state == state


def test_a_secret_that_others_may_read(tmp_path: Path) -> None:
    chosen = load_settings(instance=tmp_path)
    assert doctor._secret(chosen).state == "ok"
    (tmp_path / "secret.key").chmod(0o640)
    assert doctor._secret(chosen).cure == f"Others may read it: chmod 600 {tmp_path / 'secret.key'}"


@pytest.mark.usefixtures("everything_runs")
def test_mails_that_nobody_sends_or_gets_are_told(app: Flask, run: Run) -> None:
    def told() -> tuple[str, str, str]:
        [found] = [one for one in json.loads(run("doctor", "--json").stdout) if one["part"] == "mails"]
        return found["state"], found["found"], found["cure"]

    def ready() -> Any:
        return app.test_client().get("/readyz").json["warnings"].get("mails")

    def put(**values: Any) -> None:
        with app.app_context(), unit_of_work(Context("system:test"), patience=None) as session:
            session.add(Mail(template="received", recipient="a@example.org", **values))

    assert told() == ("ok", "printed to the console; 0 wait, 0 failed, 0 uncertain", "")
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"public_url": "https://panel.example.org"})
    state, _found, cure = told()
    assert (state, "DIGISENCE_MAIL_URL" in cure) == ("warning", True)
    smtp = {"mail_url": "smtp://ann:secret@mail.example.org:25"}
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update=smtp)
    assert told() == ("ok", "by mail.example.org; 0 wait, 0 failed, 0 uncertain", "")
    put(state="failed")
    state, found, cure = told()
    assert (state, "1 failed" in found, "again" in cure) == ("warning", True, True)
    put(tries=2, due_at=utcnow() + timedelta(hours=1), error="451 later")
    state, found, cure = told()
    assert (state, "1 could not be sent yet" in found, "451 later" in cure) == ("warning", True, True)
    assert ready() is None
    put(due_at=utcnow() - timedelta(minutes=11))
    put(state="claimed", lease_until=utcnow() - timedelta(minutes=11))
    put(due_at=utcnow() - timedelta(minutes=2))
    state, found, cure = told()
    assert (state, "2 due for more than 10 minutes" in found, "digisence worker" in cure) == ("fault", True, True)
    assert ready() == "2 mails are due and nobody sends them: start `digisence worker`."
