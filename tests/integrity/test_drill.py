"""The drill: held on a scratch database like the one in use, kept, red when anything is not as it must be."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select

from digisence.changes import unit_of_work
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.integrity import checks, drill, exercise, scratch
from digisence.integrity.rule import REPORT, Rule
from digisence.models import Change, Check, Drill, Run, User

from .conftest import TEST, healthy, save, user


def counts() -> dict[str, Any]:
    """What a drill must leave alone in the live database."""
    return {model.__name__: db.session.scalar(select(func.count()).select_from(model)) for model in (User, Change, Run)}


def figures() -> dict[str, float]:
    return {metric.name: metric.samples[0].value for metric in drill.series()}


@pytest.mark.usefixtures("inside")
def test_a_drill_passes_and_leaves_the_live_database_alone(engine_name: str, database: str) -> None:
    healthy(3)
    save(user("orphan"))
    before = counts()
    assert drill.last() is None
    assert figures() == {}
    told = drill.hold()
    assert told is not None
    assert told["passed"], told
    assert told["detail"].startswith(f"on {'SQLite' if engine_name == 'sqlite' else 'PostgreSQL'}: 9 defects found")
    assert [step["name"] for step in told["steps"]] == ["find", "mend", "restore", "breaker"]
    assert drill.last() == told
    assert counts() == before
    assert figures()["digisence_drill_passed"] == 1
    assert 0 <= figures()["digisence_drill_last_success_seconds"] < 60
    if engine_name == "postgresql":
        with psycopg.connect(database) as connection:
            left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'digisence_scratch_%'")
            assert left.fetchall() == []


@pytest.fixture
def played(tuned: Callable[..., Flask]) -> Callable[[], list[dict[str, Any]]]:
    """The drill's parts in this process, on this test's own database, so that a fault can be put into the product."""
    facts = {
        "tag": "drill-test", "checks": {check: {"grace": 86400} for check in exercise.PLANTS}, "sightings": 2,
        "breakerCount": 20, "breakerPercent": 1.0,
    }  # fmt: skip
    tuned(**exercise.settings(facts))

    def play() -> list[dict[str, Any]]:
        return [scratch._try(name, part) for name, part in exercise.parts(facts)]

    return play


def failing(results: list[dict[str, Any]]) -> list[str]:
    return [result["name"] for result in results if not result["success"]]


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("where", "name", "fault", "wrong", "says"),
    [
        ("breaker", "too_much", lambda _count, _total: None, ["breaker"], "breakers tripped: [] instead of"),
        ("protection", "reasons", lambda *_: {}, ["mend"], "records set aside"),
        ("exercise.quarantine", "restore", lambda *_: None, ["restore"], "records that came back different, or not"),
        ("detection", "still", lambda *_: {}, ["mend", "breaker"], "records set aside: [] instead of"),
    ],
    ids=["breaker", "never-list", "restore", "blind"],
)
def test_a_fault_in_the_product_makes_it_fail(
    played: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch, where: str, name: str, fault: Any,
    wrong: list[str], says: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(f"digisence.integrity.{where}.{name}", fault)
    results = played()
    assert set(wrong) <= set(failing(results)), results
    assert any(says in result["detail"] for result in results)


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.usefixtures("inside", "engine_name")
def test_an_occurrence_is_drilled_once_and_failure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {"success": False, "results": [{"name": "find", "success": False, "detail": "blind", "seconds": 1.0}]}
    monkeypatch.setattr(scratch, "tried", lambda *_: broken)
    told = drill.hold(occurrence="drill-1")
    assert told is not None
    assert (told["passed"], told["detail"]) == (False, "find: blind")
    assert drill.hold(occurrence="drill-1") is None
    assert figures() == {"digisence_drill_passed": 0}
    monkeypatch.setattr(scratch, "tried", lambda *_: {"success": False, "results": [], "error": "no more"})
    assert "could not be held: no more" in str(drill.hold())


def test_there_is_a_defect_to_plant_for_each_core_check_that_can_act() -> None:
    able = {found.name for found in vars(checks).values() if isinstance(found, Rule) and found.remedy != REPORT}
    assert able == set(exercise.PLANTS)


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.usefixtures("inside", "engine_name")
def test_what_acts_without_a_plant_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(
        scratch, "tried", lambda _module, facts, *_: asked.append(facts) or {"success": True, "results": []}
    )
    drill.catalogue.register(TEST)
    with unit_of_work(TEST) as session:
        session.get_one(Check, "missing_business").mode = "observe"
        session.get_one(
            Check, "digisence.email_case"
        ).mode = "act"  # it reports, whatever its mode: there is nothing to try
        about = {"severity": "low", "remedy": "quarantine", "distribution": "acme", "distribution_version": "1"}
        session.add(Check(id="acme.other", resource="users", title="t", mode="act", registered_at=utcnow(), **about))
    monkeypatch.setattr(drill.catalogue, "register", lambda _context: None)
    told = drill.hold()
    assert told is not None
    assert "not tried, for want of a defect to plant: acme.other" in told["detail"]
    assert set(asked[0]["checks"]) == {"orphaned_user", "missing_professional", "acme.other"}


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.usefixtures("inside", "engine_name")
def test_a_drill_that_died_has_failed_and_an_old_one_is_overdue() -> None:
    with unit_of_work(TEST) as session:
        session.add(Drill(id="a", occurrence="a", actor="system:drill", started_at=utcnow() - timedelta(days=20)))
        session.add(Drill(id="b", occurrence="b", actor="system:drill", started_at=utcnow()))
    told = drill.last()
    assert told is not None
    assert (told["passed"], told["detail"], told["overdue"]) == (False, drill.ENDED_EARLY, True)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_database_in_use_is_refused(database: str, engine_name: str) -> None:
    told = scratch.tried("digisence.integrity.selftest", {}, database)
    assert not told["success"]
    assert "nothing is tried on a database in use" in told["error"]
