"""What stands in the way of a restore is named, with what to do about it."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from digisence import records
from digisence.changes import unit_of_work
from digisence.config import settings
from digisence.errors import Conflict
from digisence.models import Business, Category, QuarantineEntry, User
from digisence.records import quarantine
from tests import outsider
from tests.records.conftest import ME, business, raw, told, user


def refused(entry: QuarantineEntry) -> Conflict:
    number = len(told())
    with pytest.raises(Conflict) as conflict:
        quarantine.restore(entry.id, ME)
    assert len(told()) == number
    return conflict.value


def test_an_email_or_slug_taken_meanwhile_is_named_until_it_is_free_again(app: Flask) -> None:
    ann = user()
    bee = business(ann, slug="bee")
    before = raw(ann, bee)
    entry = records.delete(User, ann.id, ME)
    other = user("ann@example.org")
    rival = business(other, slug="bee")
    conflict = refused(entry)
    assert (conflict.status, conflict.code, set(conflict.fields)) == (409, "taken", {"email", "slug"})
    assert other.id in conflict.detail
    assert "change it there first" in conflict.detail
    records.update(User, other.id, {"email": "ANN@example.org"}, ME)  # in other letters it is the same to sign-in
    assert (refused(entry).code, other.id in refused(entry).fields["email"]) == ("taken", True)
    records.update(User, other.id, {"email": "other@example.org"}, ME)
    records.update(Business, rival.id, {"slug": None}, ME)
    quarantine.restore(entry.id, ME)
    assert raw(ann, bee) == before


def test_an_id_that_is_there_again_is_named(app: Flask, database: str) -> None:
    ann = user()
    entry = records.delete(User, ann.id, ME)
    outsider.write(database, f"INSERT INTO users (id, email) VALUES ('{ann.id}', 'x@example.org')")
    assert refused(entry).code == "id-taken"


def test_an_owner_in_quarantine_comes_first_and_one_gone_for_good_can_be_done_without(
    app: Flask, database: str
) -> None:
    ann = user()
    food = records.create(Category, {"name": "Food"}, ME)
    bee = business(ann, category_id=food.id)
    rows = raw(bee)
    entry = records.delete(Business, bee.id, ME)
    owner = records.delete(User, ann.id, ME)
    conflict = refused(entry)
    assert (conflict.code, set(conflict.fields)) == ("missing-reference", {"adminId"})
    assert owner.id in conflict.detail
    quarantine.restore(owner.id, ME)
    outsider.write(database, f"DELETE FROM categories WHERE id = '{food.id}'")
    conflict = refused(entry)
    assert set(conflict.fields) == {"categoryId"}
    assert "emptyMissing" in conflict.detail
    quarantine.restore(entry.id, ME, empty_missing=True)
    assert raw(bee) == [rows[0] | {"category_id": None}]
    assert rows[0]["category_ref"] == food.id


def test_a_reference_that_dangled_already_comes_back_empty_and_remembered(
    app: Flask, database: str, engine_name: str
) -> None:
    ann = user()
    bee = business(ann)
    unchecked = "PRAGMA foreign_keys=OFF" if engine_name == "sqlite" else ""
    outsider.write(database, f"DELETE FROM users WHERE id = '{ann.id}'", before=unchecked)
    (row,) = raw(bee)
    assert row["admin_id"] == (ann.id if engine_name == "sqlite" else None)
    entry = records.delete(Business, bee.id, ME)
    quarantine.restore(entry.id, ME)
    assert raw(bee) == [row | {"admin_id": None}]
    assert row["admin_ref"] == ann.id


def test_secrets_sealed_with_another_key_are_said_so(app: Flask) -> None:
    ann = user(password_hash="secret-hash")
    (row,) = raw(ann)
    entry = records.delete(User, ann.id, ME)
    known = settings()
    app.config["SETTINGS"] = known.model_copy(update={"secret_key": "another-secret-key-0123456789abcdef"})
    assert refused(entry).code == "sealed"
    app.config["SETTINGS"] = known
    quarantine.restore(entry.id, ME)
    assert raw(ann) == [row]
    assert row["password_hash"] == "secret-hash"


def test_a_column_that_is_gone_since_is_said_so(app: Flask) -> None:
    food = records.create(Category, {"name": "Food"}, ME)
    entry = records.delete(Category, food.id, ME)
    with unit_of_work(ME) as session:
        held = session.scalars(select(QuarantineEntry)).one()
        held.snapshot = {**held.snapshot, "colour": "red"}
        session.execute(update(QuarantineEntry).values(snapshot=held.snapshot, digest=quarantine.digest(held)))
    conflict = refused(entry)
    assert conflict.code == "shape-changed"
    assert "colour" in conflict.detail
