"""Nothing is lost where documents clash, dangle, or are broken; and nothing that was removed comes back."""

import json
from typing import Any

import pytest
from sqlalchemy import delete, select

from digisence.changes import Context, unit_of_work
from digisence.extensions import db
from digisence.importing.legacy import import_dump
from digisence.models import Business, Category, Change, Inquiry, LegacyDocument, User

from .conftest import TIMES, Dump, business, category, user

pytestmark = pytest.mark.usefixtures("context")


def leftovers() -> dict[str, tuple[Any, str]]:
    return {left.id: (left.document, left.reason) for left in db.session.scalars(select(LegacyDocument))}


def changes() -> list[tuple[str, str, int]]:
    rows = db.session.execute(select(Change.record_id, Change.action, Change.version).order_by(Change.id))
    return [tuple(row) for row in rows]


def test_a_taken_email_sets_the_later_user_aside(dump: Dump) -> None:
    second = user("b", email="a@example.org")
    report = import_dump(dump(users=[user("a"), second], businesses=[business("x", adminId="b")]))
    assert leftovers() == {"b": (TIMES | second, "email is taken: a@example.org belongs to a")}
    assert (report.tally("users").placed, report.tally("users").aside) == (1, 1)
    assert report.tally("businesses").dangling == {"adminId": 1}
    again = import_dump(dump())
    assert (again.tally("users").present, again.tally("users").aside) == (2, 0)


def test_a_taken_slug_or_admin_is_emptied_and_the_document_kept_too(dump: Dump) -> None:
    second = business("y", slug="x", adminId="u")
    report = import_dump(dump(users=[user("u")], businesses=[business("x", adminId="u"), second]))
    found = db.session.get_one(Business, "y")
    assert (found.slug, found.admin_id, found.admin_ref) == (None, None, "u")
    reasons = "admin_id is taken: u belongs to x; slug is taken: x belongs to x"
    assert leftovers() == {"y": (TIMES | second, reasons)}
    tally = report.tally("businesses")
    assert (tally.placed, tally.beside, tally.aside, tally.dangling) == (2, 1, 0, {})
    assert tally.reasons == {"admin_id is taken": 1, "slug is taken": 1}


def test_what_the_database_holds_already_wins_over_the_dump(dump: Dump) -> None:
    with unit_of_work(Context("system:test")) as session:
        session.add(User(id="mine", email="a@example.org"))
    import_dump(dump(users=[user("a")]))
    assert leftovers()["a"][1] == "email is taken: a@example.org belongs to mine"


def test_two_documents_with_one_id_are_both_kept(dump: Dump) -> None:
    other = user("a", email="other@example.org")
    report = import_dump(dump(users=[user("a"), other, user("a")], brands=[{"_id": "a"}, {"_id": "a", "n": 1}]))
    kept = db.session.scalars(select(LegacyDocument).order_by(LegacyDocument.collection, LegacyDocument.id)).all()
    assert [(left.collection, left.id.partition("#")[0], left.document) for left in kept] == [
        ("brands", "a", TIMES | {"_id": "a"}),
        ("brands", "a", TIMES | {"_id": "a", "n": 1}),
        ("users", "a", TIMES | other),
    ]
    assert (report.tally("users").placed, report.tally("users").aside, report.tally("users").present) == (1, 1, 1)
    assert report.tally("brands").aside == 2
    again = import_dump(dump())
    assert (again.total("present"), again.total("read")) == (5, 5)
    assert len(db.session.scalars(select(LegacyDocument)).all()) == 3


def test_a_field_without_a_column_is_kept_beside_the_record(dump: Dump) -> None:
    document = user("a", nickname="Ace")
    import_dump(dump(users=[document]))
    assert db.session.get_one(User, "a").email == "a@example.org"
    assert leftovers() == {"a": (TIMES | document, "fields without a column: nickname")}


def test_a_malformed_line_is_named_and_the_rest_goes_in(dump: Dump) -> None:
    report = import_dump(dump(users=[user("a"), '{"_id": "b", ', user("c")]))
    assert [(line.file, line.line) for line in report.malformed] == [("users.json", 2)]
    tally = report.tally("users")
    assert (tally.read, tally.placed, tally.malformed, tally.reconciled) == (3, 2, 1, True)


def test_text_with_nul_characters_goes_in_on_both_engines(dump: Dump) -> None:
    import_dump(dump(users=[user("a", name="A\0nn")], brands=[{"_id": "b", "n": "x\0y"}]))
    assert db.session.get_one(User, "a").name == "Ann"
    assert json.loads(leftovers()["b"][0]["$raw"])["n"] == "x\0y"
    assert import_dump(dump()).total("present") == 2


def test_what_the_database_refuses_is_set_aside_and_the_rest_goes_in(
    dump: Dump, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digisence.importing.shape._one_addressee", lambda candidate: candidate)
    letter = {"name": "N", "email": "e@example.org", "message": "m"}
    rows = [{"_id": str(number), "businessId": None if number == 3 else "x", **letter} for number in range(8)]
    report = import_dump(dump(businesses=[business("x")], inquiries=rows))
    assert (report.tally("inquiries").placed, report.tally("inquiries").aside) == (7, 1)
    assert db.session.get(Inquiry, "3") is None
    assert leftovers()["3"][1].startswith("the database refused it: ")


def test_files_and_rows_in_any_order_make_one_change_a_record(dump: Dump) -> None:
    rows = [category("c", parentId="b"), category("b", parentId="a"), category("a"), category("d", parentId="d")]
    import_dump(dump(categories=rows, businesses=[business("x", categoryId="c", adminId="u")], users=[user("u")]))
    parents = {item.id: item.parent_id for item in db.session.scalars(select(Category))}
    assert parents == {"a": None, "b": "a", "c": "b", "d": "d"}
    found = db.session.get_one(Business, "x")
    assert (found.category_id, found.admin_id) == ("c", "u")
    assert {change[1:] for change in changes()} == {("created", 1)}
    assert len(changes()) == 6


def test_a_category_of_a_business_that_lies_in_it(dump: Dump) -> None:
    rows = [category("own", businessId="x", type="PRODUCT"), category("below", parentId="own", type="PRODUCT")]
    report = import_dump(dump(categories=rows, businesses=[business("x", categoryId="own")]))
    assert db.session.get_one(Category, "own").business_id == "x"
    assert db.session.get_one(Category, "below").parent_id == "own"
    assert db.session.get_one(Business, "x").category_id == "own"
    assert report.tally("businesses").dangling == {}
    assert report.filled == {"businesses.categoryId": 1}
    assert changes() == [("x", "created", 1), ("own", "created", 1), ("below", "created", 1), ("x", "updated", 2)]


def test_a_dump_in_two_parts_is_joined(dump: Dump) -> None:
    import_dump(dump(businesses=[business("x", adminId="u"), business("y", adminId="u")]))
    assert db.session.get_one(Business, "x").admin_id is None
    db.session.rollback()
    report = import_dump(dump(users=[user("u")]))
    assert report.filled == {"businesses.adminId": 1}
    admins = {item.id: (item.admin_id, item.admin_ref) for item in db.session.scalars(select(Business))}
    assert admins == {"x": ("u", "u"), "y": (None, "u")}
    db.session.rollback()
    assert import_dump(dump()).filled == {}


def test_a_reference_that_somebody_emptied_stays_empty(dump: Dump) -> None:
    import_dump(dump(categories=[category("c")], businesses=[business("x", categoryId="c")]))
    with unit_of_work(Context("user:me")) as session:
        session.get_one(Business, "x").category_id = None
    assert import_dump(dump()).filled == {}
    assert db.session.get_one(Business, "x").category_id is None


def test_a_removed_record_stays_away(dump: Dump) -> None:
    import_dump(dump(users=[user("a"), user("b")]))
    with unit_of_work(Context("user:me")) as session:
        session.execute(delete(User).where(User.id == "a"))
    report = import_dump(dump())
    assert (report.tally("users").present, report.tally("users").removed) == (2, 1)
    assert db.session.get(User, "a") is None


def test_what_is_there_is_not_overwritten(dump: Dump) -> None:
    import_dump(dump(users=[user("a", name="Old")]))
    import_dump(dump(users=[user("a", name="New")]))
    assert db.session.get_one(User, "a").name == "Old"
