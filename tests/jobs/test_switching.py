"""Start, stop and intervals stand in the database: by whatever door they are changed, the next tick obeys."""

import json
import time
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import update

from digisence.changes import Context, unit_of_work
from digisence.cli.worker import made
from digisence.clock import utcnow
from digisence.extensions import sse
from digisence.extensions.queue import DUE_KEY, definition_id
from digisence.extensions.sse import Position
from digisence.integrity import catalogue, runner, schedule
from digisence.models import Check
from tests.blueprints.conftest import Caller, boss, superadmin  # noqa: F401 fixtures
from tests.integrity.conftest import installed  # noqa: F401 a fixture

TEST = Context("system:test")
SWEEP = definition_id("sweep")


class Tick:
    """A scheduler as `digisence scheduler` makes it."""

    def __init__(self, app: Flask, redis_url: str) -> None:
        self._app, self._redis = app, Redis.from_url(redis_url)
        with app.app_context():
            self._scheduler = made()

    def __call__(self) -> float | None:
        """Tick; the due time of the sweep that Redis has then."""
        with self._app.app_context():
            self._scheduler.tick()
        return self._redis.zscore(DUE_KEY, SWEEP)


@pytest.fixture
def tick(app: Flask, redis_url: str) -> Tick:
    return Tick(app, redis_url)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_api_switches_the_sweep(boss: Caller, tick: Tick) -> None:  # noqa: F811
    assert tick() is not None
    boss.post("sync/stop")
    assert tick() is None
    boss.post("sync/start", {"intervalSeconds": 7200})
    due = tick()
    assert due is not None
    assert due % 7200 == 0
    assert boss.get("sync").json["nextSync"].startswith(f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(due))}")
    assert time.time() < due <= time.time() + 7200


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_when_the_sweep_comes_next_is_told_as_soon_as_it_is_planned(app: Flask, boss: Caller, tick: Tick) -> None:  # noqa: F811
    boss.post("sync/stop")
    tick()
    boss.post("sync/start", {"intervalSeconds": 7200})
    tick()
    with app.app_context():
        messages = [json.loads(kept.data or b"{}") for kept in sse.stored(Position(0, 0))]
    told = [message["nextSync"] for message in messages if message.get("type") == "sync"]
    assert told[-2:] == [None, boss.get("sync").json["nextSync"]]


def test_the_command_line_switches_the_sweep(app: Flask, client: FlaskClient, tick: Tick) -> None:
    run = app.test_cli_runner().invoke
    assert run(args=["sync", "stop"]).exit_code == 0
    assert tick() is None
    told = json.loads(run(args=["sync", "start", "--interval", "3600", "--json"]).stdout)
    assert (told["isRunning"], told["intervalSeconds"]) == (True, 3600)
    due = tick()
    assert due is not None
    assert due % 3600 == 0
    assert run(args=["sync", "start", "--interval", "9"]).exit_code == 64
    status = run(args=["sync", "status", "--json"])
    assert (status.exit_code, json.loads(status.stdout)["intervalSeconds"]) == (2, 3600)  # no worker is at work


def test_a_check_keeps_to_its_own_interval(app: Flask, boss: Caller) -> None:  # noqa: F811
    with app.app_context():
        catalogue.register(TEST)
        slot = int(time.time()) // 3600 * 3600
    assert boss.patch("integrity/checks/orphaned_user", {"interval": "1h"}).json["interval"] == "1h"
    with app.app_context():
        checked = [_checked(runner.sweep(f"sweep-{due}")) for due in (slot - 600, slot, slot + 600, slot + 3600)]
    assert ["orphaned_user" in names for names in checked] == [True, False, False, True]
    assert all("missing_business" in names for names in checked)
    boss.patch("integrity/checks/orphaned_user", {"interval": None})
    with app.app_context():
        assert "orphaned_user" in _checked(runner.sweep(f"sweep-{slot + 4200}"))


def _checked(run: dict[str, object] | None) -> set[str]:
    assert run is not None
    return {line["check"] for line in run["counts"]}  # type: ignore[attr-defined]


def test_a_service_that_never_swept_is_overdue_too(app: Flask) -> None:
    with app.app_context():
        assert schedule.status()["overdue"] is False
        catalogue.register(TEST)
        assert schedule.status()["overdue"] is False
        with unit_of_work(TEST) as session:
            long_ago = update(Check).values(registered_at=utcnow() - timedelta(seconds=1201))
            session.execute(long_ago.execution_options(synchronize_session=False))
        assert schedule.status()["overdue"] is True
        assert runner.sweep("sweep-1763892000") is not None
        assert schedule.status()["overdue"] is False
