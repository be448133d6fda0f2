"""Taking back undoes what this run did, and nothing else: not what it left alone, not what somebody did meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from flask.ctx import AppContext
from sqlalchemy import select, update

from digisence import records
from digisence.changes import Context, unit_of_work
from digisence.extensions import db
from digisence.integrity import aftermath, breaker, catalogue, choices, repairs, runner, runs
from digisence.models import Business, Finding, QuarantineEntry, RegistrationInquiry, User
from digisence.records import quarantine

from .conftest import OLD, TEST, business, healthy, save, user
from .test_repairs import before

ADMIN = Context("user:root")
RULES = """
from digisence.integrity.rule import rule

@rule("bad-phone", api=1, resource="businesses", severity="low", title="Bad phone", remedy="deactivate")
def bad_phone(q):
    return q.select(q.businesses.id).where(q.businesses.phone == "bad", q.businesses.is_active.is_(True))

@rule("hidden", api=1, resource="businesses", severity="low", title="Hidden", remedy="report")
def hidden(q):
    return q.select(q.businesses.id).where(q.businesses.phone == "bad", q.businesses.is_active.is_(False))

@rule("led", api=1, resource="businesses", severity="low", title="Led", remedy="report")
def led(q):
    return q.select(q.businesses.id).where(q.businesses.phone == "alone", q.businesses.admin_id.is_not(None))

@rule("gone", api=1, resource="registration-inquiries", severity="low", title="No reviewer", remedy="report")
def gone(q):
    inquiry = q.registration_inquiries
    return q.select(inquiry.id).where(inquiry.reviewed_ref.is_not(None), inquiry.reviewed_by.is_(None))
"""


@pytest.fixture(autouse=True)
def registered(inside: AppContext, distribution: Any) -> None:
    """The checks, and a distribution whose rules contradict what repairs do; one of them may act."""
    distribution("acme-rules", RULES)
    catalogue.register(ADMIN)
    choices.change("acme-rules.bad-phone", {"mode": "act"}, ADMIN)


def run(**options: Any) -> dict[str, Any]:
    """A run, here and now."""
    done = runner.execute(str(runs.create(ADMIN, **options)))
    assert done is not None
    db.session.rollback()
    return done


def shown() -> dict[str, tuple[bool, str | None]]:
    """Each bad business: whether it is active, and its admin."""
    db.session.rollback()
    query = select(Business.id, Business.is_active, Business.admin_id).where(Business.phone.is_not(None))
    return {key: (active, admin) for key, active, admin in db.session.execute(query)}


def test_only_what_this_run_did_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two bad ones a person hides one amid the run: that act stays, though it makes the same check fail."""
    healthy(200)
    save(user("a"), user("b"), business("mine", "a", phone="bad"), business("theirs", "b", phone="bad"))
    run()
    before(monkeypatch, repairs, "_batch", lambda: records.update(Business, "theirs", {"is_active": False}, TEST))
    done = run(repair=True)
    assert shown() == {"mine": (True, "a"), "theirs": (False, "b")}
    line = next(line for line in done["counts"] if line["check"] == "acme-rules.bad-phone")
    assert (done["fixedRecords"], line["repaired"], line["healed"], line["undone"]) == (0, 0, 1, 1)
    (tripped,) = breaker.listed()
    assert tripped["records"] == ["mine"]
    states = select(Finding.record_id, Finding.state).where(Finding.check_id == "acme-rules.bad-phone")
    assert dict(db.session.execute(states).all()) == {"mine": "open", "theirs": "healed"}


def test_a_relink_is_taken_back_where_the_admin_is_still_the_one_it_set(monkeypatch: pytest.MonkeyPatch) -> None:
    healthy(200)
    save(user("a"), user("b"), user("c"))
    save(business("kept", "a", phone="alone"), business("given", "b", phone="alone"))
    with unit_of_work(TEST) as session:
        bare = update(Business).where(Business.phone == "alone")
        session.execute(bare.values(admin_id=None, updated_at=OLD - timedelta(days=1)))
    run()
    before(monkeypatch, aftermath, "made_worse", lambda: records.update(Business, "given", {"admin_id": "c"}, TEST))
    done = run(repair=True, checks=["missing_business"])
    assert shown() == {"kept": (True, None), "given": (True, "c")}
    assert done["fixedRecords"] == 1
    told = {error.split(":")[0]: error for error in done["errors"]}
    assert told["businesses/kept"].endswith("and was taken back")
    assert "could not be taken back: somebody has changed or removed it meanwhile" in told["businesses/given"]
    assert db.session.scalar(select(Business.admin_ref).where(Business.id == "kept")) == "a"


def test_what_somebody_restored_first_is_not_taken_back_again(monkeypatch: pytest.MonkeyPatch) -> None:
    healthy(200)
    save(user("reviewer", is_active=False))
    application = {"type": "BUSINESS", "name": "App", "email": "a@b.org", "status": "REJECTED", "terms_accepted": True}
    save(RegistrationInquiry(id="app", reviewed_by="reviewer", created_at=OLD, updated_at=OLD, **application))
    run()

    def restore() -> None:
        quarantine.restore(str(db.session.scalar(select(QuarantineEntry.id))), TEST)
        db.session.rollback()

    before(monkeypatch, aftermath, "take_back", restore)
    done = run(repair=True, checks=["orphaned_user"])
    db.session.rollback()
    assert "could not be taken back: somebody has restored or purged it meanwhile" in done["errors"][0]
    assert db.session.scalar(select(User.is_active).where(User.id == "reviewer")) is False
