"""What a repair did to the records around it: looked at afterwards, taken back where it made something worse; and who
lost its turn writes nothing, wherever that happens.
"""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from digisence.changes import unit_of_work
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.integrity import aftermath, breaker, catalogue, mending, registry, repairs, runner, runs
from digisence.integrity.loading import describe
from digisence.integrity.rule import rule
from digisence.models import Business, Check, Finding, Lease, QuarantineEntry, RegistrationInquiry, User

from . import test_acting as acts
from .conftest import OLD, business, user
from .ground import check, finding, ground, put, standing, stranger  # noqa: F401
from .test_acting import LINK, SET, SHUT, orphans, planned, state, swept, told
from .test_repairs import before


def sqlstate(code: str) -> Exception:
    """What PostgreSQL's driver raises."""
    error = Exception()
    error.sqlstate = code  # type: ignore[attr-defined]
    return error


STEAL = "UPDATE leases SET fence = fence + 1, run_id = 'another'"


@rule("hidden", api=1, resource="businesses", severity="low", title="Hidden", remedy="report")
def hidden(q: Any) -> Any:
    return q.select(q.businesses.id).where(q.businesses.phone == "bad", q.businesses.is_active.is_(False))


@rule("bad", api=1, resource="businesses", severity="low", title="Bad, whatever is done", remedy="report")
def bad(q: Any) -> Any:
    return q.select(q.businesses.id).where(q.businesses.phone.in_(("bad", "poor")))


@rule("led", api=1, resource="businesses", severity="low", title="Led", remedy="report")
def led(q: Any) -> Any:
    return q.select(q.businesses.id).where(q.businesses.phone == "alone", q.businesses.admin_id.is_not(None))


@rule("unreviewed", api=1, resource="registration-inquiries", severity="low", title="No reviewer", remedy="report")
def unreviewed(q: Any) -> Any:
    asked = q.registration_inquiries
    return q.select(asked.id).where(asked.reviewed_ref.is_not(None), asked.reviewed_by.is_(None))


@rule("raises", api=1, resource="businesses", severity="low", title="Raises", remedy="report")
def raises(_q: Any) -> Any:
    raise ValueError


@pytest.fixture(autouse=True)
def acting(ground: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:  # noqa: F811
    """Three checks that act at the first sighting; rules that contradict them, one of which is a check itself."""
    chosen = ground.config["SETTINGS"]
    ground.config["SETTINGS"] = chosen.model_copy(update={"sightings": 1})
    put(*(check(key, remedy=how, resource="users" if key == SET else "businesses") for key, how in acts.ORDER.items()))
    put(check("acme.hidden", resource="businesses", remedy="report", mode="observe"))
    known, source = acts.rules().rules, SimpleNamespace(distribution="acme", version="1", id="acme")
    for one in (raises, hidden, bad, led, unreviewed):
        known[f"acme.{one.name}"] = registry.Registered(f"acme.{one.name}", source, describe(one), one)  # type: ignore[arg-type]
    monkeypatch.setattr(catalogue, "register", lambda *_: SimpleNamespace(rules=known))
    yield
    ground.config["SETTINGS"] = chosen


def active(key: str) -> bool:
    db.session.rollback()
    return db.session.get_one(Business, key, populate_existing=True).is_active


def test_what_makes_another_rule_fail_is_taken_back_and_stops_the_check() -> None:
    put(user("u"), user("v"), business("mine", "u", phone="bad"))
    run = swept(checks=[SHUT])
    assert told(run, SHUT) == {"found": 1, "new": 1, "undone": 1, "open": 1}
    assert (active("mine"), run["fixedRecords"], run["success"]) == (True, 0, False)
    assert run["errors"] == ["businesses/mine: its repair made acme.hidden at businesses/mine fail and was taken back"]
    assert state("mine") == ("open", "taken back: it made acme.hidden at businesses/mine fail")
    (tripped,) = breaker.listed()
    assert (tripped["check"], tripped["records"], run["of"][SHUT]["breaker"]) == (SHUT, ["mine"], "tripped")
    assert tripped["reason"] == (
        "repairing 1 records made others fail, as acme.hidden at businesses/mine; they were taken back"
    )


def test_what_was_taken_back_is_as_broken_as_it_was_though_it_is_fresh() -> None:
    put(user("u"), business("mine", "u", phone="bad"), user("orphan"))
    run = swept(checks=[SHUT, SET])
    assert (told(run, SET)["quarantined"], told(run, SHUT)) == (1, {"found": 1, "new": 1, "undone": 1, "open": 1})
    assert state("mine")[0] == "open"


def test_what_failed_before_is_nobodys_fault() -> None:
    put(user("u"), business("poor", "u", phone="poor", admin_ref="u"), user("orphan"))
    stranger("UPDATE businesses SET admin_id = NULL, updated_at = '2020-01-01 00:00:00.000'")
    run = swept(checks=[LINK])
    assert (told(run, LINK), run["errors"]) == ({"found": 1, "new": 1, "repaired": 1}, [])


def test_a_rehearsal_tells_what_would_be_taken_back_and_does_nothing() -> None:
    put(user("u"), business("mine", "u", phone="bad"))
    run = swept(dry_run=True, checks=[SHUT])
    assert planned(run["id"]) == {"mine": ("undo", {"because": ["acme.hidden at businesses/mine"]})}
    assert (told(run, SHUT), run["of"][SHUT]["breaker"], breaker.listed()) == (
        {"found": 1, "new": 1, "planned": 1, "open": 1}, None, [],
    )  # fmt: skip
    assert (active("mine"), state("mine")) == (True, ("open", None))


def unled(*keys: str) -> None:
    """Businesses whose admins are remembered, and that shall have none."""
    put(*(user(f"of-{key}") for key in keys), *(business(key, f"of-{key}", phone="alone") for key in keys))
    stranger("UPDATE businesses SET admin_id = NULL, updated_at = '2020-01-01 00:00:00.000'")


def test_a_link_is_taken_back_unless_somebody_has_set_another_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    unled("kept", "given")
    put(user("c"))
    before(
        monkeypatch,
        aftermath,
        "made_worse",
        lambda: stranger("UPDATE businesses SET admin_id = 'c' WHERE id = 'given'"),
    )
    run = swept(checks=[LINK])
    db.session.rollback()
    assert dict(db.session.execute(db.select(Business.id, Business.admin_id)).all()) == {"kept": None, "given": "c"}
    fault = "its repair made acme.led at businesses/{0} fail and"
    assert run["errors"] == [
        f"businesses/given: {fault.format('given')} could not be taken back: "
        "somebody has changed or removed it meanwhile, and that stays",
        f"businesses/kept: {fault.format('kept')} was taken back",
    ]
    assert told(run, LINK) == {"found": 2, "new": 2, "repaired": 1, "undone": 1, "open": 1}
    assert (state("given")[0], state("kept")[0]) == ("repaired", "open")


@pytest.mark.parametrize(("was", "becomes"), [("v", "v"), ("gone", None), (None, None)])
def test_a_link_is_set_back_to_whom_it_had_unless_they_are_gone(was: str | None, becomes: str | None) -> None:
    put(user("u"), user("v"), user("w"), business("b", "u"), business("beside", "w"))
    found = SimpleNamespace(predicate=SimpleNamespace(model=Business))
    work = SimpleNamespace(found=found, changed={"b": (was, "u")}, check=check(LINK, remedy="relink"))
    with unit_of_work(acts.TEST) as session:
        aftermath._set_back(session, work, "b")
    assert dict(db.session.execute(db.select(Business.id, Business.admin_id)).all()) == {"b": becomes, "beside": "w"}


def reviewed() -> dict[str, Any]:
    """An orphan who has reviewed an application."""
    orphans("reviewer", "other")
    put(RegistrationInquiry(id="app", type="BUSINESS", name="App", email="a@b.org", status="REJECTED", terms_accepted=True,
                            reviewed_by="reviewer", created_at=OLD, updated_at=OLD))  # fmt: skip
    return dict(db.session.execute(db.select(User.__table__).where(User.id == "reviewer")).mappings().one())


def test_who_was_set_aside_comes_back_as_it_was_and_the_others_stay_away() -> None:
    was = reviewed()
    run = swept(checks=[SET])
    assert told(run, SET) == {"found": 2, "new": 2, "quarantined": 1, "undone": 1, "open": 1}
    assert dict(db.session.execute(db.select(User.__table__)).mappings().one()) == was
    assert db.session.scalars(db.select(RegistrationInquiry.reviewed_by)).all() == ["reviewer"]
    entries = db.session.execute(db.select(QuarantineEntry.record_id, QuarantineEntry.restored_at)).all()
    assert {key for key, restored in entries if restored is None} == {"other"}


def test_what_somebody_took_out_of_quarantine_first_stays_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    reviewed()
    before(monkeypatch, aftermath, "take_back", lambda: stranger("UPDATE quarantine SET restored_at = placed_at"))
    run = swept(checks=[SET])
    assert run["errors"][0].endswith(
        "could not be taken back: somebody has restored or purged it meanwhile, and that stays"
    )


def test_only_what_the_run_did_itself_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another hides one of two amid the run: it is healed, and not the run's."""
    put(user("u"), user("v"), business("mine", "u", phone="bad"), business("theirs", "v", phone="bad"))
    hide = "UPDATE businesses SET is_active = 0 WHERE id = 'theirs'"
    before(monkeypatch, repairs, "_batch", lambda: stranger(hide))
    run = swept(checks=[SHUT])
    assert told(run, SHUT) == {"found": 2, "new": 2, "healed": 1, "undone": 1, "open": 1}
    assert (active("mine"), active("theirs"), breaker.listed()[0]["records"]) == (True, False, ["mine"])


@pytest.mark.parametrize(
    ("module", "name", "records"),
    [(mending.findings, "eligible", "abcd"), (repairs, "_batch", "ab"), (repairs, "_block", "a")],
)
def test_who_loses_its_turn_writes_nothing_from_there_on(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, records: str
) -> None:
    orphans(*records)
    if name == "_block":
        acts.failing(monkeypatch, "a", ValueError("no"))
    before(monkeypatch, module, name, lambda: stranger(STEAL))
    run = swept(checks=[SET])
    assert (run["state"], run["fixedRecords"], breaker.listed()) == ("abandoned", 0, [])
    assert {state(key) for key in records} == {("open", None)}
    assert len(db.session.scalars(db.select(User.id)).all()) == len(records)


def test_who_loses_its_turn_after_mending_closes_no_other_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    put(user("u"), business("b", None, admin_ref="u"))
    before(monkeypatch, mending.findings, "open_records", lambda: stranger(STEAL))
    run = swept(checks=[LINK, SET])
    assert (run["state"], state("b")[0], state("u")) == ("abandoned", "repaired", ("open", None))


def test_who_loses_its_turn_takes_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    put(user("u"), business("mine", "u", phone="bad"))
    before(monkeypatch, aftermath, "take_back", lambda: stranger(STEAL))
    assert swept(checks=[SHUT])["state"] == "abandoned"
    assert (active("mine"), state("mine"), breaker.listed()) == (False, ("repaired", None), [])
    stolen = db.session.scalars(db.select(Lease.run_id)).all()
    assert stolen == ["another"]


def test_who_is_left_alone_is_counted_and_told_why_and_no_other() -> None:
    put(user("in", last_login_at=utcnow()), user("out"))
    run = swept(checks=[SET])
    assert told(run, SET) == {"found": 2, "new": 2, "quarantined": 1, "leftAlone": 1, "open": 1}
    assert (state("in"), state("out")[0]) == (("open", "left alone: signed in within 30 days"), "quarantined")


def test_a_rehearsal_tells_who_waits_of_this_check_alone(ground: Flask) -> None:  # noqa: F811
    ground.config["SETTINGS"] = ground.config["SETTINGS"].model_copy(update={"sightings": 3})
    orphans("ripe", "early")
    put(finding("ripe", sightings=2), finding("strange", LINK), finding("old", state="healed"))
    assert planned(swept(dry_run=True, checks=[SET])["id"]) == {
        "early": ("wait", {"sightings": 1, "needed": 3}), "ripe": ("quarantine", {"children": [], "emptied": []}),
    }  # fmt: skip


def test_of_a_look_at_changes_nothing_is_mended() -> None:
    """The breaker judges whole sets, and knows of this one nothing but a part."""
    with unit_of_work(acts.TEST) as session:
        session.get_one(Check, SET).mode = "observe"
    orphans("a")
    swept(occurrence="sweep-1")
    with unit_of_work(acts.TEST) as session:
        session.get_one(Check, SET).mode = "act"
    run = swept(occurrence="sweep-2")
    assert (run["of"][SET]["look"], told(run, SET)) == ("changes", {"found": 1, "open": 1})
    assert told(swept(checks=[SET]), SET) == {"found": 1, "quarantined": 1}


def test_a_repair_of_findings_of_another_check_asks_no_breaker() -> None:
    orphans(*"abcd")
    put(user("u"), business("b", "u", phone="bad"))
    swept(repair=False)
    asked = db.session.scalars(db.select(Finding.id).where(Finding.check_id == SHUT)).one()
    run = swept(findings=[asked])
    assert (run["of"][SET]["breaker"], run["of"][SHUT]["undone"]) == (None, 1)
    assert db.session.scalars(db.select(Finding.check_id).where(Finding.record_id == "a")).one() == SET
    assert [one["check"] for one in breaker.listed()] == [SHUT]


@pytest.mark.parametrize(("every", "last"), [(0.0, [1, 2, 3]), (60.0, [1, 3])])
def test_each_batch_is_told_but_not_too_often(monkeypatch: pytest.MonkeyPatch, every: float, last: list[int]) -> None:
    monkeypatch.setattr(mending, "TOLD_EVERY", every)
    monkeypatch.setattr(repairs, "paced", lambda ids: ([key] for key in ids))
    orphans("a", "b", "c")
    steps: list[dict[str, Any]] = []
    runner.execute(
        str(runs.create(acts.SWEEP, repair=True, checks=[SET])), lambda progress: steps.append(dict(progress))
    )
    repairing = [step for step in steps if step.get("phase", step.get("step")) == "repairing"]
    assert [step["recordsDone"] for step in repairing] == last
    assert {(step["recordsTotal"], step["check"]) for step in repairing} == {(3, SET)}
    steps.clear()
    runner.execute(
        str(runs.create(acts.SWEEP, dry_run=True, checks=[SET])), lambda progress: steps.append(dict(progress))
    )
    assert [step for step in steps if "recordsDone" in step] == []


@pytest.mark.parametrize(
    ("error", "crossed"),
    [
        *((OperationalError("", None, sqlstate(code)), True) for code in ("40P01", "40001", "55P03")),
        (OperationalError("", None, sqlstate("23505")), False), (OperationalError("", None, Exception()), False),
        (ValueError(), False),
    ],
)  # fmt: skip
def test_what_another_transaction_was_in_the_way_of_is_no_fault(error: Exception, crossed: bool) -> None:
    assert repairs._crossed(error) is crossed
