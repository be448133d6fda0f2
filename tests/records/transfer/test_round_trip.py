"""What goes out comes in again exactly as it was, for every resource, into the same database and into an empty one."""


import pytest
from flask import Flask
from sqlalchemy import delete

from digisence import records
from digisence.changes import Context, unit_of_work
from digisence.models import RECORDS, Business, Category, Professional, RegistrationInquiry
from digisence.records.tables import table
from tests.records.conftest import ME, business, inquiry, user
from tests.records.transfer.files import brought, counts, written

pytestmark = pytest.mark.usefixtures("app")

TEXTS = (
    'He said "yes", she ""no""',
    "two\nlines\r\nand\rthree",
    "=HYPERLINK(\"http://x\")", "+1 2", "-3", "@x", "\ttab", "\rreturn", "'", "''", "'=x", "''=x", "'text", " =x",
    "＝SUM(1)", "Grüße 👩‍👩‍👧 日本 \u2028 \u00a0", ",;\t,", "null", "true", "1.0", "0123", "", "'''",
)  # fmt: skip
DOCUMENTS = (
    {"=a": ['"', "\n", "'=", None, True, 1, 1.5, -2, "é👍"]}, [], {}, "", "=1", -5, 0.1, 1e-7, False, [[["x"]]],
    {"n": 9007199254740991},
)  # fmt: skip


def fill() -> None:
    """Every resource, with every kind of value."""
    owners = [user(f"u{number}@example.org", name=text or None) for number, text in enumerate(TEXTS)]
    top = records.create(Category, {"name": "Top", "slug": "top"}, ME)
    low = records.create(Category, {"name": "=Low", "parent_id": top.id, "description": ""}, ME)
    records.update(Category, top.id, {"parent_id": low.id}, ME)  # a circle
    firms = []
    for number, text in enumerate(TEXTS):
        document = DOCUMENTS[number % len(DOCUMENTS)]
        name = text if text.strip() and len(text) > 1 else "Plain"
        firms.append(
            business(owners[number], name, description=text, about=None, hero_content=document, category_id=low.id)
        )
        inquiry(business_id=firms[-1].id, message=text if text.strip() else "x", phone=text)
    records.create(Professional, {"name": "-Pro", "admin_id": owners[0].id, "skills": DOCUMENTS[0], "slug": None}, ME)
    records.create(RECORDS["business-listing-inquiries"], {"business_name": "@x", "contact_name": "Co", "email": "c@example.org", "requirements": "\t\n\"'", "assigned_to": owners[1].id}, ME)
    records.create(RegistrationInquiry, {"type": "BUSINESS", "name": "Reg", "email": "r@example.org", "terms_accepted_at": owners[0].created_at, "category_id": low.id}, ME)
    lose()


def lose() -> None:
    """A business whose admin is gone, one without a slug; times to the millisecond."""
    with unit_of_work(Context("system:test")) as session:
        firms = table(Business)
        session.execute(firms.update().where(firms.c.description == "null").values(admin_id=None, slug=None))


def empty() -> None:
    for name in reversed(list(RECORDS)):
        with unit_of_work(Context("system:test")) as session:
            if name == "categories":
                session.execute(table(Category).update().values(parent_id=None))
            session.execute(delete(table(RECORDS[name])))


@pytest.mark.parametrize("form", ["csv", "json", "ndjson"])
def test_every_resource_comes_back_byte_for_byte(app: Flask, form: str) -> None:
    fill()
    before = {name: written(name, form) for name in RECORDS}
    for name, text in before.items():
        done = brought(name, text, form)
        assert counts(done)[:2] == (0, 0)
        assert done["failed"] == 0
        assert done["unchanged"] == done["rows"] > 0
    assert {name: written(name, form) for name in RECORDS} == before
    empty()
    for name in ("users", "categories", "businesses", "professionals", "inquiries", "business-listing-inquiries", "registration-inquiries"):
        done = brought(name, before[name], form)
        assert (done["created"], done["failed"]) == (done["rows"], 0)
    assert {name: written(name, form) for name in RECORDS} == before
