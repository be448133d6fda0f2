"""The carried dump goes in whole: each document placed, kept aside with its reason, or named; each record one Change."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from digisence.accounts import passwords
from digisence.clock import to_wire
from digisence.extensions import db
from digisence.importing.legacy import import_dump, size
from digisence.importing.shape import COLLECTIONS
from digisence.models import (
    RECORDS,
    Business,
    Category,
    Change,
    Inquiry,
    LegacyDocument,
    Professional,
    User,
)

pytestmark = pytest.mark.usefixtures("context")
Document = dict[str, Any]


def documents(folder: Path, collection: str) -> list[Document]:
    return [json.loads(line) for line in (folder / f"{collection}.json").read_text().splitlines()]


def ids(query: Any) -> list[str]:
    return sorted(db.session.scalars(query))


def where(model: Any, *conditions: Any) -> list[str]:
    return ids(select(model.id).where(*conditions))


def test_every_row_of_every_file_is_accounted_for(sample: Path, key: Document) -> None:
    report = import_dump(sample)
    assert {name: tally.read for name, tally in report.tallies.items()} == key["counts"]
    assert all(tally.reconciled for tally in report.tallies.values())
    assert report.others == [("key.json", "none of its objects has an _id, so it is no collection")]
    for collection in key["counts"]:
        wanted = sorted(document["_id"] for document in documents(sample, collection))
        model = COLLECTIONS.get(collection)
        if model is None:
            assert ids(select(LegacyDocument.id).where(LegacyDocument.collection == collection)) == wanted
            assert report.tally(collection).aside == len(wanted)
        else:
            assert set(wanted) <= set(where(model))
            assert report.tally(collection).placed == len(wanted)
    kept = {document["_id"]: document for document in documents(sample, "products")}
    for left in db.session.scalars(select(LegacyDocument)):
        assert (left.document, left.reason) == (kept[left.id], "no resource takes this collection")


def test_the_defects_are_kept_as_the_dump_has_them(sample: Path, key: Document) -> None:
    report = import_dump(sample)
    missing = Business.admin_id.is_(None), Business.admin_ref.is_not(None)
    assert where(Business, *missing) == key["businesses_without_admin"]
    missing = Professional.admin_id.is_(None), Professional.admin_ref.is_not(None)
    assert where(Professional, *missing) == key["professionals_without_admin"]
    lost = Business.category_id.is_(None), Business.category_ref.is_not(None)
    assert where(Business, *lost) == key["dangling_category"]
    lost = Inquiry.business_id.is_(None), Inquiry.business_ref.is_not(None)
    assert where(Inquiry, *lost) == key["dangling_inquiry_business"]
    assert where(Business, Business.slug.is_(None)) == key["missing_slug"]
    [first, second] = key["category_cycles"]
    assert where(Category, Category.parent_id.in_([first, second])) == [first, second]
    for pair in key["duplicate_emails"]:
        emails = db.session.scalars(select(User.email).where(User.id.in_(pair))).all()
        assert len({email.lower() for email in emails}) == 1
        assert len(set(emails)) == 2
    admins = {*db.session.scalars(select(Business.admin_id)), *db.session.scalars(select(Professional.admin_id))}
    bare = set(where(User, User.role != "SUPER_ADMIN")) - admins
    assert sorted(bare) == sorted(key["orphaned_users"] + key["fresh_orphans"])
    assert report.tally("businesses").dangling == {"adminId": 2, "categoryId": 2}
    assert report.tally("professionals").dangling == {"adminId": 1}
    assert report.tally("inquiries").dangling == {"businessId": 2}


@pytest.mark.parametrize("collection", list(COLLECTIONS))
def test_every_field_arrives(sample: Path, collection: str) -> None:
    import_dump(sample)
    model = COLLECTIONS[collection]
    for document in documents(sample, collection):
        record = db.session.get(model, document["_id"])
        assert record is not None
        assert record.version == 1
        assert to_wire(record.created_at) == document["createdAt"]["$date"]
        assert to_wire(record.updated_at) == document["updatedAt"]["$date"]
        if isinstance(record, User):
            assert record.password_hash == document["password"]
        if isinstance(record, Business | Professional):
            assert record.admin_ref == document["adminId"]
        if isinstance(record, Business):
            assert record.opening_hours == document.get("openingHours")
            assert record.category_ref == document["categoryId"]
        if isinstance(record, Inquiry):
            assert record.message == document["message"]
            assert (record.business_ref, record.professional_ref) == (
                document.get("businessId"), document.get("professionalId"),
            )  # fmt: skip
            assert record.product_ref == document.get("productId")


def test_imported_passwords_work(sample: Path) -> None:
    import_dump(sample)
    stored = db.session.scalars(select(User.password_hash).limit(1)).one()
    assert passwords.verify("lantern orchard quartz", stored)


def test_each_record_is_one_created_change(sample: Path, key: Document) -> None:
    import_dump(sample)
    changes = db.session.scalars(select(Change)).all()
    told = sorted((change.resource, change.record_id) for change in changes)
    assert told == sorted((name, record_id) for name, model in RECORDS.items() for record_id in where(model))
    assert {(change.action, change.version, change.actor) for change in changes} == {("created", 1, "system:import")}
    assert len(changes) == sum(key["counts"].values()) - key["counts"]["products"]
    secrets = {change.record_id: change.secrets for change in changes if change.resource == "users"}
    assert set(map(str, secrets.values())) == {"{'password': 'changed'}"}
    assert "$2b$" not in json.dumps([change.after for change in changes])


def test_a_second_import_adds_nothing(sample: Path, key: Document) -> None:
    import_dump(sample)
    before = db.session.scalar(select(func.count()).select_from(Change))
    report = import_dump(sample)
    assert {name: tally.present for name, tally in report.tallies.items()} == key["counts"]
    assert (report.total("placed"), report.total("aside")) == (0, 0)
    assert db.session.scalar(select(func.count()).select_from(Change)) == before


def test_a_dry_run_tells_the_same_and_writes_nothing(sample: Path) -> None:
    foretold = import_dump(sample, dry_run=True).as_json()
    for model in (Change, LegacyDocument, User):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0
    done = import_dump(sample).as_json()
    assert foretold["collections"] == done["collections"]
    assert foretold["total"] == done["total"]


def stopping_after(documents_read: int) -> Callable[[int], None]:
    left = documents_read

    def advance(_size: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt

    return advance


@pytest.mark.parametrize("after", [0, 20, 45, 60, 100, 130])
def test_stopped_half_way_it_goes_on(sample: Path, key: Document, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digisence.importing.legacy.BATCH", 7)
    monkeypatch.setattr("digisence.importing.order.BATCH", 3)
    with pytest.raises(KeyboardInterrupt):
        import_dump(sample, advance=stopping_after(after))
    report = import_dump(sample)
    assert all(tally.reconciled for tally in report.tallies.values())
    changes = db.session.execute(select(Change.resource, Change.record_id, Change.action)).all()
    assert len(changes) == len(set(changes)) == sum(key["counts"].values()) - key["counts"]["products"]
    assert where(Business, Business.admin_id.is_(None)) == key["businesses_without_admin"]
    assert db.session.scalar(select(func.count()).select_from(LegacyDocument)) == key["counts"]["products"]


def test_the_progress_counts_the_bytes(sample: Path) -> None:
    seen: list[int] = []
    import_dump(sample, dry_run=True, advance=seen.append)
    newlines = sum(path.read_text().count("\n") for path in sample.glob("*.json") if path.name != "key.json")
    assert sum(seen) + newlines == size(sample)
