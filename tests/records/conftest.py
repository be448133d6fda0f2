"""An application context, and the records that the tests of this folder begin with."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from digisence import records
from digisence.changes import Context, unit_of_work
from digisence.extensions import db
from digisence.models import Business, Change, Inquiry, Record, User

ME = Context("user:me", "request-1", "mutation-1")


@pytest.fixture(autouse=True)
def context(request: pytest.FixtureRequest) -> Iterator[None]:
    """An application context where a test uses the application."""
    if "app" not in request.fixturenames:
        yield
        return
    app: Flask = request.getfixturevalue("app")
    with app.app_context():
        yield


def user(email: str = "ann@example.org", **values: Any) -> Record:
    """A user."""
    return records.create(User, {"email": email, **values}, ME)


def business(admin: Record, name: str = "Bee", **values: Any) -> Record:
    """A business of `admin`."""
    return records.create(Business, {"name": name, "admin_id": admin.id, **values}, ME)


def inquiry(**values: Any) -> Record:
    """An inquiry."""
    return records.create(Inquiry, {"name": "Vi", "email": "vi@example.org", "message": "Hello", **values}, ME)


def put_under(record: Record, above: Record) -> None:
    """Another program puts `record` under `above`: ours would refuse what closes a circle."""
    with unit_of_work(Context("system:outside")) as session:
        session.execute(
            text("UPDATE categories SET parent_id = :above WHERE id = :id"), {"above": above.id, "id": record.id}
        )


def raw(*records_: Record) -> list[dict[str, Any]]:
    """The rows of records as the driver gives them, so that equal means identical."""
    db.session.rollback()
    rows = []
    for record in records_:
        query = text(f"SELECT * FROM {record.__table__.name} WHERE id = :id")
        rows += [dict(row) for row in db.session.execute(query, {"id": record.id}).mappings()]
    db.session.rollback()
    return rows


def told(after: int = 0) -> list[tuple[str, str, str, int]]:
    """Every Change after the first `after`: resource, id, action, version."""
    db.session.rollback()
    changes = db.session.scalars(select(Change).order_by(Change.id).offset(after)).all()
    found = [(change.resource, change.record_id, change.action, change.version) for change in changes]
    db.session.rollback()
    return found
