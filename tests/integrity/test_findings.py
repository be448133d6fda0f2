"""What becomes of findings: settled, noted, eligible, listed, one check's and no other's."""

from datetime import timedelta
from typing import Any

import pytest

from digisence.changes import unit_of_work
from digisence.clock import utcnow
from digisence.errors import Invalid
from digisence.extensions import db
from digisence.integrity import findings
from digisence.models import Finding

from .conftest import OLD, TEST
from .ground import check, finding, ground, put, standing  # noqa: F401

pytestmark = pytest.mark.usefixtures("ground")


def read(record: str, key: str = "orphaned_user") -> tuple[Any, ...]:
    """State, detail and whether it is resolved."""
    query = db.select(Finding).where(Finding.record_id == record, Finding.check_id == key)
    found = db.session.scalars(query.execution_options(populate_existing=True)).one()
    return found.state, found.detail, found.resolved_at is not None


def within(do: Any, *arguments: Any) -> None:
    with unit_of_work(TEST) as session:
        do(session, *arguments)


@pytest.mark.parametrize(("state", "resolved"), [
    ("open", False), ("blocked", False), ("ignored", False), ("healed", True), ("repaired", True), ("quarantined", True),
])  # fmt: skip
def test_a_repair_settles_its_own_findings(state: str, resolved: bool) -> None:
    put(finding("a", detail="before"), finding("b"), finding("c"), finding("a", "other"))
    within(findings.settle, "orphaned_user", ["a", "b"], state)
    assert read("a") == read("b") == (state, None, resolved)
    assert read("c") == read("a", "other") == ("open", None, False)
    within(findings.settle, "orphaned_user", ["a"], state, "why")
    assert read("a") == (state, "why", resolved)


def test_when_it_was_resolved_is_the_databases_now() -> None:
    put(finding("a"))
    within(findings.settle, "orphaned_user", ["a"], "healed")
    assert abs(db.session.scalars(db.select(Finding.resolved_at)).one() - utcnow()) < timedelta(seconds=5)


def test_what_is_left_alone_says_why_while_it_is_open() -> None:
    put(finding("a"), finding("b"), finding("c"), finding("d", state="blocked"), finding("a", "other"))
    within(findings.note, "orphaned_user", {"a": "one", "b": "two", "d": "one"})
    assert read("a") == ("open", "left alone: one", False)
    assert read("b") == ("open", "left alone: two", False)
    assert read("c") == read("a", "other") == ("open", None, False)
    assert read("d") == ("blocked", None, False)


def test_eligible_is_what_this_run_saw_often_enough_and_is_open() -> None:
    put(
        finding("b", sightings=2), finding("a", sightings=3), finding("few"), finding("other", "other", sightings=2),
        finding("earlier", sightings=2, last_run_id="before"), finding("closed", sightings=2, state="blocked"),
    )  # fmt: skip
    assert findings.eligible("orphaned_user", "run", 2) == ["a", "b"]
    assert findings.open_records("orphaned_user") == ["a", "b", "earlier", "few"]


def test_what_stands_is_open_or_blocked() -> None:
    put(
        *(
            finding(key, state=state)
            for key, state in (("c", "open"), ("b", "blocked"), ("a", "open"), ("d", "ignored"), ("e", "healed"))
        )
    )
    put(finding("f", "other"))
    assert findings.standing("orphaned_user", 2) == (3, ["a", "b"])
    assert findings.standing("nothing", 2) == (0, [])


def test_which_stand_and_how_many_is_told_by_check_and_of_none_it_is_none() -> None:
    put(*(finding(state, state=state, record_version=4) for state in ("open", "blocked", "ignored", "healed")))
    put(finding("open", "other", explanation="because"), finding("third", "third"))
    with db.engine.connect() as connection:
        stand = findings.known(connection, "orphaned_user")
        some = findings.known(connection, "orphaned_user", ["open", "healed", "third"])
        other = findings.known(connection, "other", ["open"])["open"]
        counted = findings.counts(connection, ["orphaned_user", "other", "none"])
    assert (stand.keys(), some.keys()) == ({"open", "blocked", "ignored"}, {"open"})
    assert (some["open"].told, some["open"].record_version, other.told) == (False, 4, True)
    assert counted == {"orphaned_user": 3, "other": 1, "none": 0}


def listed(key: str | None = None, state: str = "all", number: int = 1, limit: int = 20) -> tuple[list[str], int]:
    found, total = findings.page(key, state, number, limit)
    return [one.record_id for one in found], total


def test_the_gravest_come_first_then_the_newest() -> None:
    put(*(check(key, severity=key) for key in ("low", "high", "medium")))
    put(
        finding("l", "low", last_seen=utcnow() + timedelta(days=1)), finding("h1", "high"), finding("h2", "high", last_seen=utcnow()), finding("m", "medium", last_seen=utcnow()),
        finding("x", "none"), finding("healed", "low", state="healed"),
    )  # fmt: skip
    assert listed() == (["h2", "h1", "m", "l", "healed", "x"], 6)
    assert listed("low") == (["l", "healed"], 2)
    assert listed("low", "open") == (["l"], 1)
    assert listed(state="healed") == (["healed"], 1)
    assert listed(number=2, limit=2) == (["m", "l"], 6)
    assert listed("low", "blocked") == ([], 0)


def test_without_a_check_nothing_found_is_no_fault() -> None:
    assert listed() == ([], 0)


def test_a_check_that_never_was_is_refused_and_those_there_are_named() -> None:
    with pytest.raises(Invalid) as refused:
        listed("unheard")
    assert refused.value.fields == {
        "check": "there is no check 'unheard'; there are: none yet: the worker registers them at its first run"
    }
    put(check("b"), check("a"), finding("x", "another"))
    with pytest.raises(Invalid) as refused:
        listed("unheard")
    assert refused.value.fields == {"check": "there is no check 'unheard'; there are: a, b"}
    put(finding("x", "forgotten", state="healed"))
    assert listed("forgotten", "open") == ([], 0)
    findings.refuse_unknown("a")


def test_a_finding_that_nobody_judges_any_more_says_so() -> None:
    put(
        check("gone", missing_since=OLD, health="broken", health_detail="not installed"),
        check("there", health_detail="x"),
    )
    put(
        finding("a", "gone"),
        finding("b", "gone", state="healed"),
        finding("c", "unheard", detail="old"),
        finding("d", "there"),
    )
    told = {one.record_id: findings.to_json(one)["detail"] for one in findings.page(None, "all", 1, 20)[0]}
    assert told == {"a": "unowned: not installed", "b": None, "c": "unowned: there is no such check; old", "d": None}


def test_its_public_form() -> None:
    put(check(), finding("a", explanation="because", detail="d", sightings=3))
    (one,), _ = findings.page(None, "open", 1, 20)
    assert findings.to_json(one) == {
        "id": one.id, "check": "orphaned_user", "resource": "users", "recordId": "a", "state": "open", "sightings": 3,
        "firstSeen": OLD, "lastSeen": OLD, "resolvedAt": None, "explanation": "because", "detail": "d",
    }  # fmt: skip
