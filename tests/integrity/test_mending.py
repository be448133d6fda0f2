"""What a dry run tells, what is taken back, and when nothing is repaired at all."""

from datetime import timedelta
from typing import Any

import pytest
from flask.ctx import AppContext
from redis import Redis
from sqlalchemy import select, text, update

from digisence.changes import Context, unit_of_work
from digisence.changes.relay import HEARTBEAT
from digisence.extensions import db
from digisence.integrity import breaker, catalogue, gate, mending, plan, runner, runs
from digisence.integrity.reading import snapshot
from digisence.models import (
    Business,
    BusinessListingInquiry,
    Change,
    Finding,
    Inquiry,
    Professional,
    QuarantineEntry,
    RegistrationInquiry,
    User,
)
from digisence.models.user import PROFESSIONAL_ADMIN

from .conftest import OLD, TEST, business, healthy, save, user

ADMIN = Context("user:root")
SEED = ["missing_business", "missing_professional", "orphaned_user"]


@pytest.fixture(autouse=True)
def registered(inside: AppContext) -> None:
    """The checks, as the worker registers them."""
    catalogue.register(ADMIN)


def run(**options: Any) -> dict[str, Any]:
    """A run of the three first checks, here and now."""
    done = runner.execute(str(runs.create(ADMIN, **{"checks": SEED, **options})))
    assert done is not None
    db.session.rollback()
    return done


def empty(business_id: str) -> None:
    """Empty a business's admin as a stranger does, long ago."""
    with unit_of_work(TEST) as session:
        values = {"admin_id": None, "updated_at": OLD - timedelta(days=1)}
        session.execute(update(Business).where(Business.id == business_id).values(values))


@pytest.mark.parametrize("relayed", [True, False])
def test_publishing_is_left_to_the_relay_where_one_lives(
    relayed: bool, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(user("orphan"))
    run()
    with Redis.from_url(redis_url) as redis:
        redis.set(HEARTBEAT, "now") if relayed else redis.delete(HEARTBEAT)
    nudges: list[dict[str, float]] = []
    monkeypatch.setattr(mending, "nudge", lambda **asked: nudges.append(asked))

    done = run(repair=True)

    assert (done["fixedRecords"], nudges) == (1, [] if relayed else [{"patience": 0}])


def acts(run_id: str) -> dict[tuple[str, str], tuple[str, Any]]:
    """The whole plan of a dry run."""
    listed, total = plan.page(run_id, None, None, 1, 500)
    assert len(listed) == total
    return {(one.check_id, one.record_id): (one.act, one.detail) for one in listed}


def everything() -> list[Any]:
    """All that a dry run must leave alone."""
    db.session.rollback()
    tables = (User, Business, Professional, Inquiry, BusinessListingInquiry, QuarantineEntry, Change)
    return [db.session.execute(select(each.__table__).order_by(each.__table__.c.id)).all() for each in tables]


def mess() -> None:
    """One of each: to link again, to set aside with what belongs to it, to leave alone, to wait for."""
    healthy(300)
    save(user("off", is_active=False), business("b-off", "off"))
    empty("b0007")
    empty("b-off")
    save(Inquiry(id="asked", name="Vi", email="v@example.org", message="Hello", business_id="b-off"))
    save(user("orphan"), user("applicant"))
    save(RegistrationInquiry(type="BUSINESS", name="App", email="Applicant@Example.org", status="PENDING"))
    save(BusinessListingInquiry(id="work", business_name="B", contact_name="C", email="c@x.org", requirements="r"))
    run()
    save(user("late", PROFESSIONAL_ADMIN))


def test_a_dry_run_tells_exactly_what_the_next_run_does_and_does_nothing() -> None:
    mess()
    before = everything()
    dry = run(dry_run=True)  # with `repair` or without
    assert everything() == before
    assert (dry["success"], dry["fixedRecords"], dry["held"]) == (True, 0, None)
    planned = acts(dry["id"])
    assert planned["missing_business", "b0007"] == ("relink", {"to": "u0007"})
    child = {"resource": "inquiries", "recordId": "asked"}
    assert planned["missing_business", "b-off"] == ("quarantine", {"children": [child], "emptied": []})
    assert planned["orphaned_user", "orphan"][0] == "quarantine"
    why = "a registration under the same e-mail is under review"
    assert planned["orphaned_user", "applicant"] == ("leave", {"reason": why})
    assert planned["orphaned_user", "late"] == ("wait", {"sightings": 1, "needed": 2})
    line = next(line for line in dry["counts"] if line["check"] == "missing_business")
    assert (line["plan"]["acts"], line["planned"]) == ({"quarantine": 1, "relink": 1}, 2)
    with unit_of_work(TEST) as session:  # the dry run was a sighting of its own
        session.execute(update(Finding).where(Finding.record_id == "late").values(begun=2))
    real = run(repair=True)
    set_aside = {(entry.check_id, entry.record_id): entry for entry in db.session.scalars(select(QuarantineEntry))}
    assert {key for key, (act, _) in planned.items() if act == "quarantine"} == set_aside.keys()
    for key, entry in set_aside.items():
        told = {"children": [{"resource": one["resource"], "recordId": one["recordId"]} for one in entry.children],
                "emptied": entry.emptied}  # fmt: skip
        assert planned[key] == ("quarantine", told)
    assert db.session.scalar(select(Business.admin_id).where(Business.id == "b0007")) == "u0007"
    assert real["fixedRecords"] == sum(act in ("quarantine", "relink") for act, _ in planned.values())


def test_a_dry_run_shows_what_the_breaker_would_stop_and_uses_up_no_word() -> None:
    healthy(200)
    save(*(user(f"orphan{number}") for number in range(4)))
    run()
    dry = run(repair=True, dry_run=True)
    assert {act for act, _ in acts(dry["id"]).values()} == {"stop"}
    assert breaker.listed() == []
    run(repair=True)
    tripped = breaker.listed()[0]
    breaker.acknowledge("orphaned_user", tripped["setHash"], 4, ADMIN)
    assert {act for act, _ in acts(run(repair=True, dry_run=True)["id"]).values()} == {"quarantine"}
    assert breaker.listed()[0]["acknowledged"] is not None
    assert run(repair=True)["fixedRecords"] == 4


def test_past_findings_that_healed_by_themselves_are_told_with_their_time() -> None:
    healthy(20)
    save(*(user(f"slow{number}") for number in range(4)))
    run()
    save(*(business(f"own{number}", f"slow{number}") for number in range(3)))
    run()
    with unit_of_work(TEST) as session:
        for number, days in enumerate((1, 2, 10)):
            healed = update(Finding).where(Finding.record_id == f"slow{number}")
            session.execute(healed.values(first_seen=Finding.resolved_at, resolved_at=OLD + timedelta(days=days)))
            session.execute(healed.values(first_seen=OLD))
    told = plan.counterfactual("orphaned_user")
    assert (told["past"], told["healed"]) == (3, 3)
    days = {name: seconds / 86400 for name, seconds in told["healedSeconds"].items()}
    assert days == {"median": 2, "p90": 10, "longest": 10}
    assert plan.counterfactual("missing_business") == {"past": 0, "healed": 0, "healedSeconds": None}


SPITE = """
from digisence.integrity.rule import rule

@rule("reviewer-gone", api=1, resource="registration-inquiries", severity="high", title="No reviewer", remedy="report")
def reviewer_gone(q):
    inquiry = q.registration_inquiries
    return q.select(inquiry.id).where(inquiry.reviewed_ref.is_not(None), inquiry.reviewed_by.is_(None))
"""


def test_an_act_that_makes_something_fail_is_taken_back_and_trips_the_breaker(distribution: Any) -> None:
    distribution("acme-rules", SPITE)
    healthy(200)
    save(user("orphan"), user("reviewer"))
    application = {"type": "BUSINESS", "name": "App", "email": "a@b.org", "status": "REJECTED", "terms_accepted": True}
    save(RegistrationInquiry(id="app", reviewed_by="reviewer", created_at=OLD, updated_at=OLD, **application))
    before = db.session.execute(select(User.__table__).where(User.id == "reviewer")).one()
    run()
    dry = run(repair=True, dry_run=True)
    assert acts(dry["id"])["orphaned_user", "reviewer"][0] == "undo"
    assert acts(dry["id"])["orphaned_user", "orphan"][0] == "quarantine"
    done = run(repair=True)
    assert (done["success"], done["fixedRecords"]) == (False, 1)
    (error,) = done["errors"]
    assert "users/reviewer" in error
    assert "acme-rules.reviewer-gone at registration-inquiries/app" in error
    assert "was taken back" in error
    assert db.session.execute(select(User.__table__).where(User.id == "reviewer")).one() == before
    assert db.session.scalar(select(RegistrationInquiry.reviewed_by)) == "reviewer"
    assert db.session.get(User, "orphan") is None
    (tripped,) = breaker.listed()
    assert (tripped["check"], tripped["state"], tripped["records"]) == ("orphaned_user", "tripped", ["reviewer"])
    assert run(repair=True)["fixedRecords"] == 0
    assert db.session.get(User, "reviewer") is not None


def test_on_another_schema_a_run_only_observes() -> None:
    healthy(200)
    save(user("orphan"))
    run()
    with unit_of_work(TEST) as session:
        revision = session.scalar(text("SELECT version_num FROM alembic_version"))
        session.execute(text("UPDATE alembic_version SET version_num = 'another'"))
    done = run(repair=True)
    assert (done["fixedRecords"], done["success"]) == (0, False)
    assert "revision another" in done["held"]
    with unit_of_work(TEST) as session:
        session.execute(text("UPDATE alembic_version SET version_num = :was"), {"was": revision})
    assert run(repair=True)["fixedRecords"] == 1


@pytest.mark.parametrize(("orphans", "fixed"), [(3, 3), (4, 0)])
def test_where_a_table_lost_much_the_breaker_trips_for_more_than_a_few_until_somebody_has_looked(
    orphans: int, fixed: int
) -> None:
    healthy(500)
    save(*(user(f"orphan{number}") for number in range(orphans)))
    run()
    with unit_of_work(TEST) as session:
        session.execute(text("DELETE FROM businesses WHERE id < 'b0060'"))
        session.execute(text("DELETE FROM users WHERE id BETWEEN 'u0000' AND 'u0059'"))
    assert run(repair=True)["fixedRecords"] == fixed
    if fixed:
        return
    [tripped] = breaker.listed(tripped_only=True)
    assert " are gone since " in tripped["reason"]
    breaker.acknowledge("orphaned_user", tripped["setHash"], tripped["count"], TEST)
    assert run(repair=True)["fixedRecords"] == orphans


def test_what_is_in_quarantine_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    healthy(50)
    run()
    with unit_of_work(TEST) as session:
        session.execute(text("DELETE FROM businesses WHERE id < 'b0010'"))
    with snapshot(5) as connection:
        assert gate.alarm(connection).startswith("10 of 50 businesses are gone since")
        monkeypatch.setattr(gate, "_set_aside", lambda *_arguments: 7)
        assert gate.alarm(connection) is None
