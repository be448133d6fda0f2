"""What one run does to a few records, remedy by remedy, and what it says of those it leaves; rehearsed, it does nothing."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.integrity import catalogue, gate, lease, mending, plan, registry, relink, repairs, runner, runs
from digisence.integrity.checks import missing_business, orphaned_user
from digisence.integrity.loading import describe
from digisence.integrity.rule import rule
from digisence.models import Business, Finding, QuarantineEntry, Session, User

from .conftest import TEST, business, user
from .ground import check, ground, put, standing, stranger  # noqa: F401
from .test_repairs import before

SWEEP = Context("system:sweep")
LINK, SET, SHUT = "missing_business", "orphaned_user", "acme.bad-phone"
ORDER = {LINK: "relink", SHUT: "deactivate", SET: "quarantine"}


@rule("bad-phone", api=1, resource="businesses", severity="low", title="Bad phone", remedy="deactivate")
def bad_phone(q: Any) -> Any:
    return q.select(q.businesses.id).where(q.businesses.phone == "bad", q.businesses.is_active.is_(True))


def rules() -> Any:
    """Two of the seed's, and one that deactivates, in this process."""
    source: Any = SimpleNamespace(distribution="acme", version="1", id="acme")
    made = {LINK: missing_business, SET: orphaned_user, SHUT: bad_phone}
    found = {key: registry.Registered(key, source, describe(one), one) for key, one in made.items()}
    return SimpleNamespace(rules=found)


@pytest.fixture(autouse=True)
def acting(ground: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:  # noqa: F811
    """Each of them acts at the first sighting; every record is a batch of its own."""
    chosen = ground.config["SETTINGS"]
    ground.config["SETTINGS"] = chosen.model_copy(update={"sightings": 1})
    put(*(check(key, remedy=remedy, resource="users" if key == SET else "businesses") for key, remedy in ORDER.items()))
    monkeypatch.setattr(catalogue, "register", lambda *_: rules())
    yield
    ground.config["SETTINGS"] = chosen


def swept(**options: Any) -> dict[str, Any]:
    """A run, here and now; its counts by check."""
    done = runner.execute(str(runs.create(SWEEP, **{"repair": True, **options})))
    assert done is not None
    db.session.rollback()
    done["of"] = {line["check"]: line for line in done.get("counts") or []}
    return done


def told(run: dict[str, Any], key: str) -> dict[str, int]:
    """What is not nothing in a check's line."""
    names = (
        "found", "new", "healed", "planned", "repaired", "quarantined", "blocked", "leftAlone", "busy", "undone", "open",
    )  # fmt: skip
    return {name: run["of"][key][name] for name in names if run["of"][key][name]}


def state(record: str) -> tuple[str, str | None]:
    found = db.session.scalars(db.select(Finding).where(Finding.record_id == record)).one()
    return found.state, found.detail


def orphans(*keys: str) -> None:
    put(*(user(key) for key in keys))


def planned(run_id: str) -> dict[str, tuple[str, Any]]:
    return {one.record_id: (one.act, one.detail) for one in plan.page(run_id, None, None, 1, 100)[0]}


def test_an_orphan_is_set_aside_and_the_entry_says_by_whom_and_why() -> None:
    orphans("o")
    run = swept()
    assert (told(run, SET), run["fixedRecords"], run["errors"], run["state"]) == (
        {"found": 1, "new": 1, "quarantined": 1}, 1, [], "passed",
    )  # fmt: skip
    assert 0 <= run["of"][SET]["seconds"] < 60
    entry = db.session.scalars(db.select(QuarantineEntry)).one()
    assert (entry.kind, entry.reason, entry.placed_by, entry.check_id, entry.run_id, entry.record_id) == (
        "check", f"Title of {SET}", "system:sweep", SET, run["id"], "o",
    )  # fmt: skip
    assert (state("o"), db.session.get(User, "o")) == (("quarantined", None), None)


def test_the_feed_hears_of_a_run_when_it_waits_when_it_begins_and_when_it_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    monkeypatch.setattr(runs, "tell", lambda run_id: told.append(runs.read(run_id).state))
    orphans("o")
    swept(checks=[SET])
    assert (told[:2], told[-1]) == (["queued", "running"], "passed")


def test_a_run_that_mended_has_it_published_whatever_became_of_the_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    nudges: list[Any] = []
    monkeypatch.setattr(runner, "nudge", lambda **asked: nudges.append(asked))
    orphans("o")
    swept(checks=[SET])
    swept(checks=[SET])
    assert nudges == [{"patience": 0}]


def test_a_business_is_linked_again_or_set_aside_or_left_while_somebody_holds_its_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(user("u"), user("v"), business("lost", None))
    put(business("linked", None, admin_ref="u"), business("held", None, admin_ref="v"))
    monkeypatch.setattr(relink, "lock", lambda _session, _model, wanted, **_: [key for key in wanted if key != "v"])
    run = swept(checks=[LINK])
    assert told(run, LINK) == {"found": 3, "new": 3, "repaired": 1, "quarantined": 1, "busy": 1, "open": 1}
    assert (state("linked")[0], state("held")[0], state("lost")[0]) == ("repaired", "open", "quarantined")
    assert db.session.get_one(Business, "linked", populate_existing=True).admin_id == "u"


def test_what_another_checks_repair_heals_is_counted_as_healed() -> None:
    put(user("u"), business("b", None, admin_ref="u"))
    run = swept(checks=[LINK, SET])
    assert (told(run, LINK), told(run, SET)) == (
        {"found": 1, "new": 1, "repaired": 1},
        {"found": 1, "new": 1, "healed": 1},
    )


def test_what_is_to_be_deactivated_is_and_stays() -> None:
    put(user("u"), user("v"), business("b", "u", phone="bad"), business("beside", "v", phone="good"))
    assert told(swept(), SHUT) == {"found": 1, "new": 1, "repaired": 1}
    assert not db.session.get_one(Business, "b", populate_existing=True).is_active
    assert state("b") == ("repaired", None)
    assert db.session.get_one(Business, "beside", populate_existing=True).is_active


def test_what_healed_meanwhile_or_is_held_or_protected_meanwhile_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    orphans("a", "b", "c")
    lock = repairs.lock

    def without_a(session: Any, model: Any, ids: Any, **how: Any) -> list[str]:
        return [key for key in lock(session, model, ids, **how) if key != "a"]

    monkeypatch.setattr(repairs, "lock", without_a)

    def meanwhile() -> None:
        put(business("late", "b"), Session(user_id="c", expires_at=utcnow().replace(year=2100)))

    before(monkeypatch, repairs, "_batch", meanwhile)
    run = swept(checks=[SET])
    assert told(run, SET) == {"found": 3, "new": 3, "healed": 1, "leftAlone": 1, "busy": 1, "open": 2}
    assert (state("a"), state("b"), state("c")) == (
        ("open", None),
        ("healed", None),
        ("open", "left alone: signed in now"),
    )
    assert (db.session.scalars(db.select(QuarantineEntry)).all(), run["fixedRecords"]) == ([], 0)


def failing(monkeypatch: pytest.MonkeyPatch, key: str, error: Exception) -> None:
    """Placing this record raises."""
    place = repairs.quarantine.place

    def placed(session: Any, model: Any, ids: Any, **how: Any) -> Any:
        if key in ids:
            raise error
        return place(session, model, ids, **how)

    monkeypatch.setattr(repairs.quarantine, "place", placed)


def test_one_that_cannot_be_mended_blocks_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    orphans("a", "b", "c")
    failing(monkeypatch, "b", ValueError("no\nway"))
    run = swept(checks=[SET])
    assert told(run, SET) == {"found": 3, "new": 3, "quarantined": 2, "blocked": 1, "open": 1}
    assert (state("b"), run["errors"]) == (("blocked", "ValueError: no"), ["users/b: ValueError: no"])
    assert (state("a")[0], state("c")[0], run["success"]) == ("quarantined", "quarantined", False)


def test_one_that_another_transaction_crossed_is_tried_again_by_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    orphans("a")
    crossed = Exception()
    crossed.sqlstate = "40P01"  # type: ignore[attr-defined]
    with monkeypatch.context() as patched:
        failing(patched, "a", OperationalError("DELETE", None, crossed))
        run = swept(checks=[SET])
    assert told(run, SET) == {"found": 1, "new": 1, "busy": 1, "open": 1}
    assert (state("a"), run["errors"]) == (("open", None), [])
    assert told(swept(checks=[SET]), SET) == {"found": 1, "quarantined": 1}


def test_a_run_that_loses_its_turn_amid_a_batch_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    orphans("a")
    failing(monkeypatch, "a", lease.LeaseLost("another run has taken over"))
    run = swept(checks=[SET])
    assert (run["state"], run["error"], state("a")) == ("abandoned", "another run has taken over", ("open", None))


@pytest.mark.parametrize(("values", "open_"), [({"mode": "observe"}, 1), ({"remedy": "report"}, 1), ({}, 0)])
def test_only_what_acts_and_has_a_remedy_mends(values: dict[str, Any], open_: int) -> None:
    orphans("o")
    with unit_of_work(TEST) as session:
        for name, value in values.items():
            setattr(session.get_one(catalogue.Check, SET), name, value)
    assert told(swept(), SET).get("open", 0) == open_


def test_what_was_not_seen_often_enough_waits(ground: Flask) -> None:  # noqa: F811
    ground.config["SETTINGS"] = ground.config["SETTINGS"].model_copy(update={"sightings": 2})
    orphans("o")
    assert planned(swept(dry_run=True)["id"]) == {"o": ("wait", {"sightings": 1, "needed": 2})}
    assert told(swept(), SET) == {"found": 1, "quarantined": 1}


@pytest.mark.parametrize("dry", [False, True])
def test_too_many_are_stopped_and_the_cure_is_told(dry: bool) -> None:
    orphans(*"abcd")
    run = swept(dry_run=dry, checks=[SET])
    reason = "the breaker {} it from touching 4 of 4 users"
    if dry:
        assert planned(run["id"]) == dict.fromkeys("abcd", ("stop", {"reason": reason.format("would stop")}))
        assert (run["of"][SET]["breaker"], run["errors"], told(run, SET)["planned"]) == ("tripped", [], 4)
        return
    assert run["errors"] == [f"{SET}: {reason.format('stopped')}; look at them, then acknowledge this very set"]
    part = swept(
        checks=[SET], findings=[db.session.scalars(db.select(Finding.id).where(Finding.record_id == "a")).one()]
    )
    cure = "look at all that it holds, then acknowledge that set"
    assert part["errors"] == [f"{SET}: the breaker stopped it from touching 1 of 4 users; {cure}"]


def test_a_repair_of_some_findings_touches_no_other() -> None:
    orphans("a", "b")
    swept(repair=False)
    asked = db.session.scalars(db.select(Finding.id).where(Finding.record_id == "b")).one()
    assert told(swept(findings=[asked]), SET) == {"found": 2, "quarantined": 1, "open": 1}
    assert (state("a")[0], state("b")[0]) == ("open", "quarantined")


def test_a_repair_of_one_checks_finding_is_none_of_another_checks_of_the_same_record() -> None:
    put(business("b", None, phone="bad"))
    swept(repair=False)
    asked = db.session.scalars(db.select(Finding.id).where(Finding.check_id == SHUT)).one()
    run = swept(findings=[asked])
    assert (told(run, SHUT), told(run, LINK)) == ({"found": 1, "repaired": 1}, {"found": 1, "open": 1})
    assert not db.session.get_one(Business, "b", populate_existing=True).is_active


def test_where_nothing_may_be_repaired_it_is_said_and_nothing_is(monkeypatch: pytest.MonkeyPatch) -> None:
    orphans("o")
    monkeypatch.setattr(gate, "closed", lambda _connection: "it is another's")
    run = swept()
    assert (run["errors"], told(run, SET)) == (["it is another's"], {"found": 1, "new": 1, "open": 1})
    with unit_of_work(TEST) as session:
        session.get_one(catalogue.Check, SET).mode = "observe"
    assert swept(checks=[SET])["errors"] == []  # nothing was to be


def test_where_a_table_lost_much_more_than_a_few_are_stopped(monkeypatch: pytest.MonkeyPatch, ground: Flask) -> None:  # noqa: F811
    ground.config["SETTINGS"] = ground.config["SETTINGS"].model_copy(update={"breaker_percent": 100.0})
    orphans(*"abcd")
    monkeypatch.setattr(mending.gate, "alarm", lambda _connection: "users are gone")
    assert told(swept(), SET) == {"found": 4, "new": 4, "open": 4}


def test_a_dry_run_tells_each_act_and_does_none(monkeypatch: pytest.MonkeyPatch) -> None:
    put(user("u"), user("w"), user("in", last_login_at=utcnow()), business("linked", None, admin_ref="u"))
    put(business("lost", None), business("shut", "w", phone="bad"))
    run = swept(dry_run=True)
    assert planned(run["id"]) == {
        "linked": ("relink", {"to": "u"}), "lost": ("quarantine", {"children": [], "emptied": []}),
        "shut": ("deactivate", None), "in": ("leave", {"reason": "signed in within 30 days"}),
    }  # fmt: skip
    assert (db.session.scalars(db.select(QuarantineEntry)).all(), run["fixedRecords"]) == ([], 0)
    assert db.session.get_one(Business, "shut", populate_existing=True).is_active
    assert run["of"][LINK]["plan"]["acts"] == {"quarantine": 1, "relink": 1}


def test_a_dry_run_tells_what_would_be_busy_blocked_or_healed(monkeypatch: pytest.MonkeyPatch) -> None:
    orphans("a", "b", "c")
    failing(monkeypatch, "b", ValueError("no"))
    lock = repairs.lock

    def without_a(session: Any, model: Any, ids: Any, **how: Any) -> list[str]:
        return [key for key in lock(session, model, ids, **how) if key != "a"]

    monkeypatch.setattr(repairs, "lock", without_a)
    assert planned(swept(dry_run=True, checks=[SET])["id"]) == {
        "a": ("busy", {"reason": "somebody is at it right now"}), "b": ("block", {"reason": "ValueError: no"}),
        "c": ("quarantine", {"children": [], "emptied": []}),
    }  # fmt: skip
