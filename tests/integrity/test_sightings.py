"""A finding that is seen again is not written, and tells nonetheless how often it was seen, when last, and by whom."""

import time
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from digisence.changes import unit_of_work
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.integrity import detection, findings, runner, runs
from digisence.integrity.checks import orphaned_user
from digisence.integrity.isolation import RuleBroken
from digisence.integrity.predicate import checked
from digisence.integrity.query import Query
from digisence.models import Check, Finding, User

from .conftest import TEST, save, user
from .ground import ground, standing  # noqa: F401

CHECK = "orphaned_user"
pytestmark = pytest.mark.usefixtures("ground")


def full() -> str:
    """One full run; its id."""
    run_id = str(runs.create(TEST))
    assert runner.execute(run_id)
    db.session.rollback()
    return run_id


def rows() -> list[Any]:
    with db.engine.connect() as connection:
        return list(connection.execute(text("SELECT * FROM findings ORDER BY id")))


def told(record: str) -> Finding:
    query = select(Finding).where(Finding.record_id == record, Finding.check_id == CHECK)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def settled(state: str) -> None:
    with unit_of_work(TEST) as session:
        findings.settle(session, CHECK, ["orphan"], state)


def test_a_full_look_that_sees_what_it_saw_writes_no_finding() -> None:
    save(user("orphan"))
    full()
    first, kept = told("orphan").last_seen, rows()
    assert told("orphan").sightings == 1
    run_id = full()
    assert rows() == kept
    again = told("orphan")
    assert (again.state, again.sightings, again.first_seen) == ("open", 2, first)
    assert again.last_seen > first
    assert findings.to_json(again)["sightings"] == 2
    assert findings.eligible(CHECK, run_id, 2) == ["orphan"]
    assert findings.eligible(CHECK, run_id, 3) == findings.eligible(CHECK, "another", 1) == []


def test_one_that_begins_later_has_its_own_count() -> None:
    save(user("orphan"))
    full()
    save(user("later"))
    run_id = full()
    assert (told("orphan").sightings, told("later").sightings) == (2, 1)
    assert findings.eligible(CHECK, run_id, 2) == ["orphan"]
    assert findings.eligible(CHECK, run_id, 1) == ["later", "orphan"]


@pytest.mark.parametrize("state", ["repaired", "quarantined"])
def test_what_ended_keeps_how_often_and_when_it_was_seen(state: str) -> None:
    save(user("orphan"), user("other"))
    full(), full()
    seen = told("orphan").last_seen
    settled(state)
    with unit_of_work(TEST) as session:
        session.delete(session.get_one(User, "orphan"))
    full()
    ended = told("orphan")
    assert (ended.state, ended.sightings, ended.last_seen) == (state, 2, seen)
    assert told("other").sightings == 3


def test_what_is_opened_again_by_a_repair_goes_on_from_where_it_was() -> None:
    save(user("orphan"))
    full(), full()
    settled("quarantined")
    settled("open")
    assert told("orphan").sightings == 2
    full()
    assert told("orphan").sightings == 3


def test_what_healed_begins_anew_and_keeps_when_it_was_seen_last() -> None:
    save(user("orphan"))
    full(), full()
    seen = told("orphan").last_seen
    with unit_of_work(TEST) as session:  # within grace
        session.get_one(User, "orphan").name = "Somebody works on it"
    full()
    assert (told("orphan").state, told("orphan").sightings, told("orphan").last_seen) == ("healed", 0, seen)
    with unit_of_work(TEST) as session:
        session.get_one(Check, CHECK).grace_seconds = 0
    full()
    assert (told("orphan").state, told("orphan").sightings) == ("open", 1)
    assert told("orphan").last_seen == told("orphan").first_seen > seen


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("attempt to write a readonly database", "it tries to write, on a session that only reads: attempt to write"),
        ("cannot execute DELETE in a read-only transaction\nDETAIL: x", "it tries to write, on a session that only reads"),
        ("interrupted", "its SELECT took longer than"), ("canceling statement due to statement timeout", "its SELECT took longer than"),
        ("no such column: x", "the database refuses its SELECT after 1.5 s: no such column: x"),
    ],
)  # fmt: skip
def test_why_the_database_would_not_is_told(said: str, told: str) -> None:
    found = detection._told(OperationalError("SELECT", None, Exception(said)), 1.5)
    assert (found.startswith(told), "DETAIL" in found) == (True, False)


def test_a_scan_whose_time_is_over_is_stopped_between_two_pages() -> None:
    save(user("orphan"))
    whole = checked("users", orphaned_user(Query(utcnow()))).scans()[-1]
    with db.engine.connect() as connection:
        found = detection._drawn(connection, whole, utcnow(), time.monotonic() + 60, None) or []
        assert [key for key, _version in found] == ["orphan"]
        with pytest.raises(RuleBroken, match=r"it took longer than .* s and was stopped"):
            detection._drawn(connection, whole, utcnow(), time.monotonic() - 1, None)
