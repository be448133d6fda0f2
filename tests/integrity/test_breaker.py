"""What lets a set through and what stops it, at every limit; one word for one very set, once, for an hour."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from digisence.changes import unit_of_work
from digisence.clock import utcnow
from digisence.errors import Conflict, NotFound
from digisence.extensions import db
from digisence.integrity import breaker
from digisence.models import Acknowledgement, Breaker, Change

from .conftest import TEST
from .ground import ground, put, standing  # noqa: F401

pytestmark = pytest.mark.usefixtures("ground")
MANY = [f"r{number:02}" for number in range(21)]
COUNT, SHARE = "21 records are more than 20", "4 of 399 records are more than 1 %"
AGAIN = "it tripped before, and this is another set than the one it tripped for"


def asked(ids: list[str], total: int = 1_000_000, run: str = "run", **more: Any) -> bool:
    """Whether these may be touched."""
    with unit_of_work(TEST) as session:
        return breaker.lets_through(session, "c", ids, total, run, **more)


def held() -> tuple[Any, ...] | None:
    """State, count, reason and run of the breaker."""
    db.session.rollback()
    found = db.session.get(Breaker, "c", populate_existing=True)
    return found and (found.state, found.count, found.reason, found.run_id)


def word(ids: list[str]) -> Acknowledgement:
    return breaker.acknowledge("c", breaker.set_hash(ids), len(ids), TEST)


def test_a_set_is_told_by_its_sorted_ids() -> None:
    wanted = hashlib.sha256(b"a\nb").hexdigest()
    assert (breaker.set_hash(["b", "a"]), breaker.set_hash([])) == (wanted, hashlib.sha256(b"").hexdigest())


@pytest.mark.parametrize(
    ("count", "total", "why"),
    [
        (20, 2000, None), (21, 10**6, COUNT), (3, 3, None), (4, 400, None), (4, 399, SHARE), (0, 0, None),
        (4, 0, "4 of 0 records are more than 1 %"),
    ],
)  # fmt: skip
def test_what_is_too_much(count: int, total: int, why: str | None) -> None:
    assert breaker.too_much(count, total) == why


def test_few_go_through_and_leave_no_breaker() -> None:
    assert (asked(MANY[:20]), held(), breaker.listed()) == (True, None, [])


def test_many_trip_it_and_it_tells_the_set() -> None:
    before = utcnow() - timedelta(seconds=1)
    assert not asked(MANY[::-1])
    (told,) = breaker.listed()
    assert held() == ("tripped", 21, COUNT, "run")
    assert before < told.pop("trippedAt") < utcnow() + timedelta(seconds=1)
    assert told == {
        "check": "c", "state": "tripped", "setHash": breaker.set_hash(MANY), "count": 21, "records": MANY,
        "reason": COUNT, "runId": "run", "acknowledged": None,
    }  # fmt: skip


def test_at_most_a_hundred_ids_are_shown() -> None:
    asked([f"{number:03}" for number in range(101)])
    assert (len(breaker.listed()[0]["records"]), held()) == (
        100,
        ("tripped", 101, "101 records are more than 20", "run"),
    )


@pytest.mark.parametrize(("count", "through"), [(3, True), (4, False)])
def test_an_alarm_trips_it_for_more_than_a_few(count: int, through: bool) -> None:
    assert asked(MANY[:count], alarm="a table lost much") is through
    assert held() == (None if through else ("tripped", 4, "a table lost much", "run"))


def test_its_own_limit_is_told_before_an_alarm() -> None:
    asked(MANY, alarm="a table lost much")
    assert held() == ("tripped", 21, COUNT, "run")


def test_tripped_it_stays_so_for_a_smaller_set_and_for_the_same() -> None:
    asked(MANY)
    assert not asked(MANY, run="second")
    assert held() == ("tripped", 21, COUNT, "run")  # the same set: it says when it tripped
    assert not asked(MANY[:2], run="third")
    assert held() == ("tripped", 2, AGAIN, "third")
    assert not asked(MANY, run="fourth")
    assert held() == ("tripped", 21, COUNT, "fourth")


def test_nothing_left_closes_it() -> None:
    asked(MANY)
    assert asked([])
    assert held() == ("closed", 21, COUNT, "run")
    assert asked(MANY[:3])


def test_a_part_neither_closes_it_nor_becomes_its_set() -> None:
    asked(MANY)
    assert not asked(MANY[:2], part=True, run="second")
    assert not asked([], part=True)
    assert held() == ("tripped", 21, COUNT, "run")


def test_a_part_trips_one_that_was_closed() -> None:
    assert not asked(MANY, part=True)
    assert held() == ("tripped", 21, COUNT, "run")
    assert asked([], part=False)
    assert not asked(MANY, part=True, run="again")
    assert held() == ("tripped", 21, COUNT, "again")


def test_a_word_lets_its_very_set_through_once() -> None:
    asked(MANY)
    given = word(MANY)
    assert (given.actor, given.count) == ("system:test", 21)
    noted = db.session.scalars(select(Change).where(Change.action == "acknowledged").order_by(Change.id.desc())).first()
    assert (noted.resource, noted.record_id, noted.actor) == ("breakers", "c", "system:test")
    assert noted.after == {"setHash": breaker.set_hash(MANY), "count": 21}
    assert asked(MANY, run="second")
    assert held() == ("closed", 21, COUNT, "run")
    used = db.session.get(Acknowledgement, given.id, populate_existing=True)
    assert (used.used_by_run, used.used_at is None) == ("second", False)
    assert not asked(MANY, run="third")


def test_a_word_for_one_set_is_none_for_another() -> None:
    asked(MANY)
    word(MANY)
    assert not asked(MANY[:20], run="second")
    assert held() == ("tripped", 20, AGAIN, "second")
    assert asked(MANY, run="third")  # which is still good for its own, and that was all there is
    assert held() == ("closed", 20, AGAIN, "second")


@pytest.mark.parametrize(
    "other", [{"check_id": "d"}, {"set_hash": breaker.set_hash(MANY[1:])}, {"count": 20}, {"used_at": utcnow()}]
)
def test_a_word_for_anything_else_is_none(other: dict[str, Any]) -> None:
    asked(MANY)
    usual = {
        "check_id": "c",
        "set_hash": breaker.set_hash(MANY),
        "count": 21,
        "actor": "user:x",
        "created_at": utcnow(),
    }
    put(Acknowledgement(**usual | {"expires_at": utcnow() + timedelta(hours=1)} | other))
    assert breaker.listed()[0]["acknowledged"] is None
    assert asked(MANY) is False
    assert word(MANY).actor == "system:test"


def test_a_word_for_a_part_leaves_the_whole_tripped() -> None:
    asked(MANY[:5], total=100)
    word(MANY[:5])
    asked(MANY)
    assert asked(MANY[:5], part=True)
    assert held() == ("tripped", 21, COUNT, "run")


def test_a_word_for_a_part_that_is_the_very_set_closes_it() -> None:
    asked(MANY)
    word(MANY)
    assert asked(MANY, part=True)
    assert held() == ("closed", 21, COUNT, "run")


@pytest.mark.parametrize(("seconds", "good"), [(3590, True), (3610, False)])
def test_a_word_is_good_for_an_hour(seconds: int, good: bool) -> None:
    asked(MANY)
    given = word(MANY)
    assert timedelta(minutes=59) < given.expires_at - utcnow() <= timedelta(minutes=60)
    with unit_of_work(TEST) as session:
        session.get(Acknowledgement, given.id).expires_at -= timedelta(seconds=seconds)
    assert asked(MANY) is good


def test_a_word_given_again_lasts_longer_and_is_the_same() -> None:
    asked(MANY)
    first = word(MANY)
    with unit_of_work(TEST) as session:
        session.get(Acknowledgement, first.id).expires_at -= timedelta(minutes=30)
    again = word(MANY)
    assert (again.id, again.expires_at - utcnow() > timedelta(minutes=59)) == (first.id, True)
    told = breaker.to_json(breaker.read("c"))["acknowledged"]
    assert (told["by"], told["at"], told["until"]) == ("system:test", again.created_at, again.expires_at)


def test_what_cannot_be_acknowledged_says_why() -> None:
    for ask in (lambda: word(MANY), lambda: breaker.read("c")):
        with pytest.raises(NotFound, match="There is no record 'c' among the breakers"):
            ask()
    asked(MANY)
    for digest, count in ((breaker.set_hash(MANY), 20), (breaker.set_hash(MANY[:20]), 21)):
        with pytest.raises(Conflict, match="another set by now: 21 records") as refused:
            breaker.acknowledge("c", digest, count, TEST)
        assert refused.value.code == "other-set"
        assert refused.value.extra == {"setHash": breaker.set_hash(MANY), "count": 21}
    asked([])
    with pytest.raises(Conflict, match="not tripped") as refused:
        word(MANY)
    assert refused.value.code == "not-tripped"


def test_what_made_others_fail_trips_it_whatever_the_number() -> None:
    with unit_of_work(TEST) as session:
        breaker.trip(session, "c", ["b", "a"], "run", "it did harm")
    (told,) = breaker.listed()
    assert (told["records"], told["setHash"]) == (["a", "b"], breaker.set_hash(["a", "b"]))
    assert (held(), told["trippedAt"] > utcnow() - timedelta(seconds=5)) == (("tripped", 2, "it did harm", "run"), True)
    with unit_of_work(TEST) as session:
        breaker.trip(session, "c", ["a"], "second", "again")
    assert held() == ("tripped", 1, "again", "second")


def test_the_tripped_are_listed_first_then_the_newest() -> None:
    now = utcnow()
    put(*(
        Breaker(check_id=key, state=state, set_hash="", count=0, record_ids=[], reason="", run_id="r", tripped_at=now - timedelta(days=age))
        for key, state, age in (("closed", "closed", 0), ("a-older", "tripped", 2), ("newer", "tripped", 1), ("also", "tripped", 1))
    ))  # fmt: skip
    assert [told["check"] for told in breaker.listed()] == ["also", "newer", "a-older", "closed"]
    assert [told["check"] for told in breaker.listed(tripped_only=True)] == ["also", "newer", "a-older"]
