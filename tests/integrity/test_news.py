"""What may have another verdict than at the last look, and for which checks a look at that will do."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection

from digisence.changes import unit_of_work
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.integrity import incremental, looks
from digisence.integrity.checks import missing_business, orphaned_user
from digisence.integrity.incremental import News, concerned, fingerprint, partly
from digisence.integrity.predicate import Predicate, checked
from digisence.integrity.query import Query
from digisence.integrity.reach import Link, reach
from digisence.models import Acknowledgement, Business, Look, User

from .conftest import OLD, TEST, business, user
from .ground import ago, check, finding, ground, put, run, standing, stranger  # noqa: F401

pytestmark = pytest.mark.usefixtures("ground")
OWN = Link("businesses", "id", "id", ("admin_id", "id"))
ADMIN = Link("users", "id", "admin_id", ("id",))
LED = Link("businesses", "admin_id", "id", ("admin_id",))


@pytest.fixture
def reading(ground: Flask) -> Iterator[Connection]:  # noqa: F811
    """A connection that reads what is committed."""
    with db.engine.connect() as connection:
        yield connection


def settled() -> None:
    """Forget that anything was changed."""
    stranger("DELETE FROM outbox")


def change(model: Any, key: str, **values: Any) -> None:
    with unit_of_work(TEST) as session:
        record = session.get_one(model, key)
        for name, value in values.items():
            setattr(record, name, value)


def predicate(rule: Any) -> Predicate:
    return checked(rule.resource, rule(Query(utcnow())))


def test_changes_are_told_by_what_they_are_matched_by_before_and_after(reading: Connection) -> None:
    put(*(user(key) for key in "abcd"), business("moved", "a"), business("named", "b"), business("gone", "c"))
    settled()
    change(Business, "moved", admin_id="d")
    change(Business, "named", name="Another")
    stranger("DELETE FROM businesses WHERE id = 'gone'")
    put(business("made", "c"))
    news = News.since(reading, 0)
    assert news.values(reading, LED) == ({"a", "c", "d"}, {"named"})
    assert news.values(reading, OWN) == ({"moved", "gone", "made"}, {"named"})
    assert news.values(reading, Link("businesses", "id", "id", ("id",))) == ({"gone", "made"}, {"moved", "named"})
    assert news.values(reading, ADMIN) == (set(), set())
    assert news.values(reading, Link("users", "email", "email", ("email",))) == (set(), set())


def test_nothing_is_known_of_too_much_or_of_what_is_kept_as_a_digest_or_sealed_afresh(
    reading: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(user("a"), user("b"))
    assert News.since(reading, 1).rows is None
    monkeypatch.setattr(incremental, "MOST", 1)
    assert News.since(reading, 0).rows is None
    monkeypatch.setattr(incremental, "MOST", 2)
    assert {row.record_id for row in (News.since(reading, 0).rows or {})["users"]} == {"a", "b"}
    nothing = concerned(reading, predicate(orphaned_user), (), News(0, None), None, OLD)
    assert nothing is None


def concerning(reading: Connection, rule: Any, since: Any = OLD, before: Any = OLD) -> Any:
    asked = predicate(rule)
    links = reach(asked)
    assert links is not None
    reading.rollback()
    return concerned(reading, asked, links, News.since(reading, 0), SimpleNamespace(before=since), before)


def test_those_that_a_change_matters_to_and_those_touched(reading: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    put(user("a"), user("b"), user("c"), business("x", "a"), business("y", "b"))
    settled()
    assert concerning(reading, missing_business) == (set(), set())
    change(User, "a", name="Another")
    assert concerning(reading, missing_business) == (set(), set())
    assert concerning(reading, orphaned_user) == (set(), {"a"})
    change(Business, "x", admin_id="c")
    assert concerning(reading, orphaned_user) == ({"a", "c"}, set())
    assert concerning(reading, missing_business) == ({"x"}, set())
    stranger("PRAGMA foreign_keys=OFF", "DELETE FROM users WHERE id = 'b'")
    assert concerning(reading, missing_business)[0] >= {"x", "y"}
    monkeypatch.setattr(incremental, "MOST", 3)
    assert concerning(reading, orphaned_user) == ({"a", "b", "c"}, set())
    monkeypatch.setattr(incremental, "_aged", lambda *_: {"d"})
    assert concerning(reading, orphaned_user) is None


def test_grace_ends_after_the_last_look_and_up_to_now_and_begins_again_where_it_was_lengthened(
    reading: Connection,
) -> None:
    day = timedelta(days=1)
    put(
        user("same", at=OLD),
        user("within", at=OLD + day),
        user("end", at=OLD + 2 * day),
        user("later", at=OLD + 3 * day),
    )
    put(User(id="touched", email="t@x.org", role="BUSINESS_ADMIN", created_at=OLD - day, updated_at=OLD + day))
    settled()
    assert concerning(reading, orphaned_user, OLD, OLD + 2 * day) == ({"within", "end", "touched"}, set())
    assert concerning(reading, orphaned_user, OLD + 2 * day, OLD) == ({"within", "end", "touched"}, set())


def test_another_text_or_value_or_way_to_mend_is_another_select(reading: Connection) -> None:
    def asked(phone: str, *, active: bool = False) -> str:
        q = Query(OLD)
        one = checked("businesses", q.select(q.businesses.id).where(q.businesses.phone == phone))
        return fingerprint(reading, Predicate(one.model, one.base, one.key, active))

    assert asked("1") == asked("1")
    assert len({asked("1"), asked("2"), asked("1", active=True), fingerprint(reading, predicate(orphaned_user))}) == 4


def look(key: str, **values: Any) -> Look:
    usual = {"at": OLD, "full_at": OLD, "seal": 0, "before": OLD, "fingerprint": "f", "partial": 0}
    return Look(check_id=key, **usual | values)


@pytest.mark.parametrize(("partial", "will_do"), [(0, True), (1, True), (2, False), (3, False)])
def test_every_so_many_looks_one_is_at_everything(ground: Flask, partial: int, will_do: bool) -> None:  # noqa: F811
    chosen = ground.config["SETTINGS"]
    ground.config["SETTINGS"] = chosen.model_copy(update={"full_every": 3})
    checks = [check("told"), check("strange"), check("new")]
    put(look("told", partial=partial), look("strange", fingerprint=None), look("other"))
    assert set(partly(checks, repair=False).looks) == ({"told"} if will_do else set())
    ground.config["SETTINGS"] = chosen


ENDED = {"repair": True, "finished_at": ago(hours=1)}


@pytest.mark.parametrize(
    ("last", "full"),
    [
        ({}, False), ({"state": "passed"}, False), ({"state": "errored"}, True), ({"state": "abandoned"}, True),
        ({"state": "abandoned", "repair": False}, False), ({"state": "abandoned", "dry_run": True}, False),
        ({"state": "abandoned", "finished_at": None}, False), ({"state": "abandoned", "finished_at": ago(hours=9)}, False),
    ],
)  # fmt: skip
def test_after_a_repair_that_was_cut_short_all_that_may_mend_is_looked_at(last: dict[str, Any], full: bool) -> None:
    put(run("before", "passed", **ENDED | {"finished_at": ago(hours=5)}), look("acts"), look("says"), look("watches"))
    if last:
        put(run("last", **ENDED | last))
    checks = [check("acts"), check("says", remedy="report"), check("watches", mode="observe")]
    assert set(partly(checks, repair=True).looks) == ({"says", "watches"} | (set() if full else {"acts"}))
    assert set(partly(checks, repair=False).looks) == {"acts", "says", "watches"}


@pytest.mark.parametrize(("used", "hours", "full"), [(None, 1, True), (None, -1, False), (OLD, 1, False)])
def test_a_word_that_holds_is_waited_for(used: Any, hours: int, full: bool) -> None:
    put(look("acts"), look("other"))
    put(Acknowledgement(check_id="acts", set_hash="h", count=4, actor="a", used_at=used, expires_at=ago(hours=-hours)))
    assert set(partly([check("acts"), check("other")], repair=True).looks) == ({"other"} if full else {"acts", "other"})


def test_disagreements_add_up_and_are_told_by_check(monkeypatch: pytest.MonkeyPatch) -> None:
    put(look("a", disagreed=2), look("b"))
    (family,) = looks.series()
    assert {one.labels["check"]: one.value for one in family.samples} == {"a": 2.0, "b": 0.0}

    def away(*_: Any) -> Any:
        raise looks.SQLAlchemyError("away")

    monkeypatch.setattr(looks, "select", away)
    assert list(looks.series()) == []


@pytest.mark.parametrize(
    ("begun", "values", "full"),
    [
        (2, {}, True), (1, {}, False), (2, {"state": "healed"}, False), (2, {"state": "blocked"}, False),
        (2, {"key": "other"}, False),
    ],
)  # fmt: skip
def test_a_finding_that_was_not_seen_often_enough_is_waited_for(begun: int, values: dict[str, Any], full: bool) -> None:
    """It takes two sightings, and there were three full looks."""
    put(look("acts", fulls=3), look("other", fulls=3))
    put(finding("early", "acts", sightings=0), finding("asked", **{"key": "acts", "sightings": -begun, **values}))
    assert set(partly([check("acts"), check("other", mode="observe")], repair=True).looks) == (
        {"other"} if full else {"acts", "other"}
    )
