"""What goes is kept whole, with all that belongs to it, and comes back identical."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from digisence import records
from digisence.changes import Context, unit_of_work
from digisence.errors import Conflict, NotFound
from digisence.extensions import db
from digisence.models import (
    Business,
    BusinessListingInquiry,
    Category,
    Professional,
    QuarantineEntry,
    RegistrationInquiry,
    User,
)
from digisence.records import locks, quarantine
from tests.records.conftest import ME, business, inquiry, put_under, raw, told, user

SWEEP = Context("system:sweep")


class Household:
    """A user with all that belongs to them, and two requests that merely name them."""

    def __init__(self) -> None:
        self.ann = user(password_hash="secret-hash", name="Änn 🐝")
        self.bee = business(self.ann, opening_hours={"mo": [1, 2.5, None, {"z": "ü", "a": True}]})
        self.pro = records.create(Professional, {"name": "Pro", "admin_id": self.ann.id, "skills": ["a", "b"]}, ME)
        self.asked = [inquiry(business_id=self.bee.id, user_id=self.ann.id), inquiry(professional_id=self.pro.id)]
        application = {"type": "BUSINESS", "name": "App", "email": "a@b.example", "reviewed_by": self.ann.id}
        self.application = records.create(RegistrationInquiry, application, ME)
        work = {"business_name": "B", "contact_name": "Co", "email": "a@b.example", "requirements": "r"}
        self.listing = records.create(BusinessListingInquiry, {**work, "assigned_to": self.ann.id}, ME)
        records.update(Business, self.bee.id, {"phone": "1"}, ME)


def test_a_user_goes_with_what_belongs_to_them_and_all_comes_back_identical(app: Flask) -> None:
    house = Household()
    ann, bee, pro, asked, application, listing = (
        house.ann, house.bee, house.pro, house.asked, house.application, house.listing,
    )  # fmt: skip
    gone = [ann, bee, pro, *asked]
    before, number = raw(*gone), len(told())
    entry = records.delete(User, ann.id, ME)

    assert raw(*gone) == []
    assert (entry.kind, entry.record_id, entry.placed_by, entry.check_id) == ("manual", ann.id, "user:me", None)
    assert [(child["resource"], child["recordId"]) for child in entry.children] == [
        ("businesses", bee.id), ("professionals", pro.id), *(("inquiries", one.id) for one in asked),
    ]  # fmt: skip
    assert "secret-hash" not in str((entry.snapshot, entry.children, entry.sealed))
    assert sorted((item["recordId"], item["field"], item["value"]) for item in entry.emptied) == sorted(
        [(application.id, "reviewedBy", ann.id), (listing.id, "assignedTo", ann.id)]
    )
    assert records.read(RegistrationInquiry, application.id).reviewed_by is None
    assert sorted(told(number)) == sorted([
        ("users", ann.id, "quarantined", 2), ("businesses", bee.id, "quarantined", 3), ("professionals", pro.id, "quarantined", 2),
        *(("inquiries", one.id, "quarantined", 2) for one in asked),
        ("registration-inquiries", application.id, "updated", 2), ("business-listing-inquiries", listing.id, "updated", 2),
    ])  # fmt: skip

    number = len(told())
    back = quarantine.restore(entry.id, SWEEP)
    assert back.email == "ann@example.org"
    assert raw(*gone) == before
    assert records.read(RegistrationInquiry, application.id).reviewed_by == ann.id
    assert records.read(BusinessListingInquiry, listing.id).assigned_to == ann.id
    assert sorted(told(number)) == sorted([
        ("users", ann.id, "restored", 1), ("businesses", bee.id, "restored", 2), ("professionals", pro.id, "restored", 1),
        *(("inquiries", one.id, "restored", 1) for one in asked),
        ("registration-inquiries", application.id, "updated", 3), ("business-listing-inquiries", listing.id, "updated", 3),
    ])  # fmt: skip


def test_an_entry_comes_back_once(app: Flask) -> None:
    entry = records.delete(User, user().id, ME)
    quarantine.restore(entry.id, SWEEP)
    after = quarantine.read(entry.id)
    assert after.restored_by == "system:sweep"
    assert after.restored_at is not None
    with pytest.raises(Conflict) as twice:
        quarantine.restore(entry.id, ME)
    assert (twice.value.status, twice.value.code) == (409, "already-restored")


def test_a_reference_that_somebody_set_or_cleared_meanwhile_stays_as_they_left_it(app: Flask) -> None:
    ann = user()
    food, art, law = (records.create(Category, {"name": name}, ME) for name in ("Food", "Art", "Law"))
    three = [business(user(f"{name}@example.org"), name, category_id=food.id) for name in ("Set", "Cleared", "Left")]
    entry = records.delete(Category, food.id, ME)
    assert {item["recordId"] for item in entry.emptied} == {one.id for one in three}
    records.update(Business, three[0].id, {"category_id": art.id}, ME)
    records.update(Business, three[1].id, {"category_id": law.id}, ME)
    records.update(Business, three[1].id, {"category_id": None}, ME)
    quarantine.restore(entry.id, ME)
    assert [records.read(Business, one.id).category_id for one in three] == [art.id, None, food.id]
    assert ann.id


def test_many_are_placed_in_one_unit_of_work_each_with_an_entry_and_its_reason(app: Flask) -> None:
    people = [user(f"u{number}@example.org") for number in range(12)]
    ids = [one.id for one in people]
    with unit_of_work(SWEEP) as session:
        held = locks.lock(session, User, ids, skip_locked=True)
        entries = quarantine.place(
            session,
            User,
            [*held, "nobody"],
            kind="check",
            reason="orphan",
            actor="system:sweep",
            check_id="orphaned_user",
            run_id="run-1",
        )
        placed = [session.get_one(QuarantineEntry, entry_id) for entry_id in entries]
        found = {(one.record_id, one.reason, one.check_id, one.run_id) for one in placed}
    assert found == {(one, "orphan", "orphaned_user", "run-1") for one in ids}
    results = quarantine.restore_run("run-1", ME)
    assert (len(results["done"]), results["failed"]) == (12, [])
    assert quarantine.restore_run("run-1", ME) == {"done": [], "failed": []}
    with pytest.raises(NotFound):
        quarantine.restore_run("run-2", ME)


def place_and_fail(business_id: str) -> None:
    with unit_of_work(ME) as session:
        quarantine.place(session, Business, [business_id], kind="manual", reason="x", actor="user:me")
        raise RuntimeError("later")


def test_a_failure_in_the_callers_unit_of_work_leaves_all_in_place(app: Flask) -> None:
    bee = business(user())
    number = len(told())
    with pytest.raises(RuntimeError, match="later"):
        place_and_fail(bee.id)
    assert records.read(Business, bee.id).version == 1
    assert len(told()) == number
    assert db.session.scalars(select(QuarantineEntry)).all() == []


def test_categories_under_one_another_go_and_come_back_even_in_a_circle(app: Flask) -> None:
    top = records.create(Category, {"name": "Top"}, ME)
    mid = records.create(Category, {"name": "Mid", "parent_id": top.id}, ME)
    low = records.create(Category, {"name": "Low", "parent_id": mid.id}, ME)
    for circle in (False, True):
        if circle:
            put_under(top, low)
        rows = raw(top, mid, low)
        run = f"run-{circle}"
        with unit_of_work(SWEEP) as session:
            placed = quarantine.place(
                session,
                Category,
                [top.id, mid.id, low.id],
                kind="check",
                reason="x",
                actor="system:sweep",
                check_id="c",
                run_id=run,
            )
            assert len(placed) == 3
        assert raw(top, mid, low) == []
        assert quarantine.restore_run(run, ME)["failed"] == []
        assert raw(top, mid, low) == rows


def test_of_a_circle_each_brings_back_the_others_and_no_more(app: Flask) -> None:
    a = records.create(Category, {"name": "Aa"}, ME)
    b = records.create(Category, {"name": "Bb", "parent_id": a.id}, ME)
    under = records.create(Category, {"name": "Under", "parent_id": b.id}, ME)
    apart = records.create(Category, {"name": "Apart"}, ME)
    put_under(a, b)
    rows = raw(a, b)
    with unit_of_work(SWEEP) as session:
        ids = [a.id, b.id, under.id, apart.id]
        about = {"kind": "check", "reason": "x", "actor": "system:sweep"}
        assert len(quarantine.place(session, Category, ids, **about)) == 4
    entries = {entry.record_id: entry.id for entry in db.session.scalars(select(QuarantineEntry))}
    assert quarantine.restore(entries[b.id], ME).id == b.id
    assert raw(a, b, under, apart) == rows
    with pytest.raises(Conflict, match="restored already"):
        quarantine.restore(entries[a.id], ME)
    assert quarantine.restore(entries[under.id], ME).id == under.id


def test_an_entry_that_was_tampered_with_is_refused(app: Flask) -> None:
    bee = business(user())
    entry = records.delete(Business, bee.id, ME)
    with unit_of_work(ME) as session:
        forged = {**entry.snapshot, "name": "Forged"}
        session.execute(update(QuarantineEntry).where(QuarantineEntry.id == entry.id).values(snapshot=forged))
    with pytest.raises(Conflict) as refused:
        quarantine.restore(entry.id, ME)
    assert refused.value.code == "damaged"
    with pytest.raises(NotFound):
        quarantine.restore("nothing", ME)
    with pytest.raises(NotFound):
        quarantine.read("nothing")


def test_secrets_that_are_gone_or_another_records_are_refused(app: Flask) -> None:
    entry, other = (
        records.delete(User, user(f"{name}@example.org", password_hash=f"secret-{name}").id, ME) for name in ("a", "b")
    )
    older = quarantine._digest(entry.resource, entry.record_id, entry.snapshot, entry.children, entry.emptied)

    def put(**values: str | None) -> None:
        with unit_of_work(ME) as session:
            session.execute(update(QuarantineEntry).where(QuarantineEntry.id == entry.id).values(**values))

    for damage in ({"sealed": None}, {"sealed": other.sealed}, {"sealed": other.sealed, "digest": older}):
        put(**damage)
        with pytest.raises(Conflict) as refused:
            quarantine.restore(entry.id, ME)
        assert (refused.value.status, refused.value.code) == (409, "damaged")
    put(sealed=entry.sealed)  # with the digest of an older version, which knew nothing of secrets
    quarantine.restore(entry.id, ME)
    assert db.session.scalar(select(User.password_hash).where(User.id == entry.record_id)) == "secret-a"
