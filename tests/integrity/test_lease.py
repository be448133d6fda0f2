"""Whose turn it is: given to one, kept, lost, given back, taken from the dead; and what a run that lost it may write."""

import time
from datetime import timedelta
from typing import Any

import pytest

from digisence.changes import unit_of_work
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.integrity import lease, process, runs
from digisence.integrity.once import insert_once
from digisence.models import Lease, Run

from .conftest import TEST
from .ground import ago, ground, put, run, standing  # noqa: F401

pytestmark = pytest.mark.usefixtures("ground")


def take(key: str, patience: float = 0.0) -> int:
    return lease.take(key, TEST, patience)


def held() -> tuple[Any, ...]:
    """Holder and fence."""
    db.session.rollback()
    found = db.session.get_one(Lease, lease.NAME, populate_existing=True)
    return found.run_id, found.fence


def within(do: Any, *arguments: Any) -> Any:
    with unit_of_work(TEST) as session:
        return do(session, *arguments)


def expire(key: str, **spans: float) -> None:
    with unit_of_work(TEST) as session:
        session.get_one(Lease, lease.NAME).expires_at = ago(**spans)


def test_one_has_it_and_another_waits_in_vain() -> None:
    put(run("a", host=process.here()), run("b"))
    assert (take("a"), held()) == (1, ("a", 1))
    began = time.monotonic()
    with pytest.raises(lease.LeaseBusy, match="another run is under way"):
        take("b", 0.3)
    assert time.monotonic() - began > 0.25
    assert held() == ("a", 1)


def test_who_has_it_may_take_it_again_with_another_fence() -> None:
    put(run("a", host=process.here()))
    take("a")
    assert (take("a"), held()) == (2, ("a", 2))


def test_it_lasts_for_its_life_and_a_moment_of_work_prolongs_it() -> None:
    put(run("a", host=process.here()))
    fence = take("a")
    for _ in range(2):
        left = db.session.get_one(Lease, lease.NAME, populate_existing=True).expires_at - utcnow()
        assert lease.life() - timedelta(seconds=5) < left <= lease.life() + timedelta(seconds=1)
        expire("a", seconds=-1)
        within(lease.keep, "a", fence)


def test_a_silent_holder_loses_it() -> None:
    put(run("a", host=process.here()), run("b"))
    fence = take("a")
    expire("a", seconds=1)
    assert (take("b"), held()) == (2, ("b", 2))
    for do in (lease.keep, lease.fenced):
        with pytest.raises(lease.LeaseLost):
            within(do, "a", fence)
    within(lease.give_back, "a", fence)
    assert held() == ("b", 2)


@pytest.mark.parametrize(("state", "host", "free"), [
    ("running", "here", False), ("queued", "here", False), ("passed", "here", True), ("abandoned", "here", True),
    ("running", "dead", True), ("queued", "dead", True), ("running", "elsewhere:1@boot/1", False),
])  # fmt: skip
def test_the_dead_and_the_ended_are_not_waited_for(state: str, host: str, free: bool) -> None:
    hosts = {"here": process.here(), "dead": f"{process.here().rpartition('/')[0]}/-1"}
    put(run("a", state, host=hosts.get(host, host)), run("b"))
    take("a")
    if free:
        assert take("b") == 2
        return
    with pytest.raises(lease.LeaseBusy):
        take("b")


@pytest.mark.parametrize(("key", "fence"), [("a", 2), ("b", 1)])
def test_neither_another_fence_nor_another_run_will_do(key: str, fence: int) -> None:
    put(run("a", host=process.here()))
    take("a")
    within(lease.fenced, "a", 1)
    within(lease.keep, "a", 1)
    for do in (lease.keep, lease.fenced):
        with pytest.raises(lease.LeaseLost, match="another run has taken over"):
            within(do, key, fence)
    lease.check("a", 1)
    with pytest.raises(lease.LeaseLost, match="another run has taken over"):
        lease.check(key, fence)
    within(lease.give_back, key, fence)
    assert held() == ("a", 1)


def test_a_lease_of_another_name_is_another() -> None:
    until = ago(days=1)
    put(Lease(name="other", fence=1, run_id="a", expires_at=until), run("a", host=process.here()), run("b", "passed"))
    for do in (lease.keep, lease.fenced):
        with pytest.raises(lease.LeaseLost):
            within(do, "a", 1)
    assert (take("b"), take("a")) == (1, 2)
    within(lease.keep, "a", 2)
    within(lease.give_back, "a", 1)
    other = db.session.get_one(Lease, "other", populate_existing=True)
    assert (other.fence, other.run_id, other.expires_at) == (1, "a", until)


def test_what_is_claimed_once_is_not_claimed_again() -> None:
    assert [_claimed("x"), _claimed("x"), _claimed("y")] == [True, False, True]


def _claimed(name: str) -> bool:
    with unit_of_work(TEST) as session:
        return insert_once(session, Lease, name=name, fence=0)


def test_given_back_it_is_free_at_once() -> None:
    put(run("a", host=process.here()), run("b"))
    within(lease.give_back, "a", take("a"))
    assert held() == (None, 1)
    assert take("b") == 2


def test_whoever_has_it_buries_the_older_and_the_silent_and_no_other() -> None:
    now = utcnow()
    put(
        run("me", heartbeat_at=now), run("older", fence=1, heartbeat_at=now), run("mine", fence=2, heartbeat_at=now),
        run("silent", heartbeat_at=now - lease.life() - timedelta(seconds=5)),
        run("lively", heartbeat_at=now - lease.life() + timedelta(seconds=5)),
        run("waiting", "queued", fence=1), run("done", "passed", fence=1),
    )  # fmt: skip
    runs.bury("me", 2, TEST)
    db.session.expire_all()
    told = {one.id: one.state for one in db.session.scalars(db.select(Run))}
    assert {key for key, state in told.items() if state == "abandoned"} == {"older", "silent"}
    assert (told["waiting"], told["done"], db.session.get_one(Run, "me").fence) == ("queued", "passed", 2)
    buried = db.session.get_one(Run, "older")
    assert (buried.error, buried.finished_at - now < timedelta(seconds=5)) == (runs.ENDED_EARLY, True)


def test_a_run_goes_from_claim_to_close_once() -> None:
    put(run("a", "queued"))
    began = runs.start("a", TEST)
    assert began is not None
    assert (began.state, began.host, began.started_at == began.heartbeat_at) == ("running", process.here(), True)
    assert runs.start("a", TEST) is None
    fence = take("a")
    runs.advance("a", fence, TEST, phase="checking", checksDone=1)
    assert runs.read("a").progress == {"phase": "checking", "checksDone": 1}
    runs.finish("a", TEST, "failed", fence=fence, result={"errors": ["x"]}, error="why")
    ended = runs.read("a")
    assert (ended.state, ended.result, ended.error, ended.finished_at is None) == (
        "failed",
        {"errors": ["x"]},
        "why",
        False,
    )
    assert held() == (None, 1)
    runs.finish("a", TEST, "errored", result={}, error="too late")
    assert (runs.read("a").state, runs.read("a").error, runs.read("a").result) == ("failed", "why", {"errors": ["x"]})


def test_a_run_that_somebody_closed_stops_at_its_next_step() -> None:
    put(run("a", "running", host=process.here()))
    fence = take("a")
    with unit_of_work(TEST) as session:
        session.get_one(Run, "a").state = "abandoned"
    with pytest.raises(lease.LeaseLost, match="closed by somebody else"):
        runs.advance("a", fence, TEST)
