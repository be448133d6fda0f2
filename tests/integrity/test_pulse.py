"""A run at long work is not taken for dead, one that hangs is; one whose machine is gone is followed within its life."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from digisence.extensions import db
from digisence.integrity import lease, pulse, revival, runner, runs
from digisence.models import Run

from .conftest import TEST
from .ground import ground, put, run, standing  # noqa: F401

LIFE = 1.0
ELSEWHERE = "elsewhere:1@another-boot.1/5"


@pytest.fixture(autouse=True)
def short(ground: Flask, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """A life of a second, told five times in it."""
    monkeypatch.setattr(lease, "LIFE_SECONDS", LIFE)
    monkeypatch.setattr(pulse, "EVERY_SECONDS", LIFE / 5)
    monkeypatch.setattr(lease.process, "here", lambda: ELSEWHERE)
    put(run("later"))


def at_work(seconds: float, then: Callable[[], object] = lambda: None) -> Any:
    """A run whose check takes so long."""
    waited = []

    def wait(progress: dict[str, Any]) -> None:
        if not waited:
            waited.append(time.sleep(seconds))
            then()

    return runner.execute(str(runs.create(TEST)), wait)


def still_ours() -> None:
    with pytest.raises(lease.LeaseBusy):
        lease.take("later", TEST, 0)


def test_long_work_keeps_its_turn() -> None:
    assert at_work(2 * LIFE, still_ours)["state"] == "passed"


def test_a_run_that_makes_no_step_loses_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    made = pulse.Pulse.__init__

    def impatient(self: Any, *arguments: Any) -> None:
        made(self, *arguments)
        self.patience = 0.0

    monkeypatch.setattr(pulse.Pulse, "__init__", impatient)
    assert at_work(1.5 * LIFE, lambda: lease.take("later", TEST, 0))["state"] == "abandoned"


def test_a_database_that_is_away_for_a_moment_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    say, tried = pulse.Pulse._say, []

    def away(self: Any) -> None:
        tried.append(1)
        if len(tried) < 2:
            raise OperationalError("UPDATE", None, Exception("locked"))
        say(self)

    monkeypatch.setattr(pulse.Pulse, "_say", away)
    assert at_work(2 * LIFE, still_ours)["state"] == "passed"


def test_one_whose_machine_is_gone_is_followed_when_its_life_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    put(run("dead", "queued", occurrence="sweep-sweep-1763892000"))
    followed: list[str] = []
    monkeypatch.setattr(revival.queue, "enqueue", lambda _name, _arguments, job_id: followed.append(job_id) or job_id)
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.exec_driver_sql("DELETE FROM runs WHERE id = 'later'")
    runs.start("dead", TEST)
    lease.take("dead", TEST)
    assert revival.revive(TEST) == []
    began = time.monotonic()
    while not revival.revive(TEST):
        assert time.monotonic() - began < 5 * LIFE
        time.sleep(0.05)
    assert (followed, db.session.get_one(Run, "dead").state) == (["again-dead"], "abandoned")


def test_as_it_is_shipped_the_next_run_goes_on_within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    from digisence.jobs import worker

    assert lease.LIFE_SECONDS + worker.MAINTENANCE + 5 <= 60
    assert pulse.EVERY_SECONDS * 3 < lease.LIFE_SECONDS
