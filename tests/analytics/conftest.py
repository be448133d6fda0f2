"""An application context, and a past of four days whose every state is known."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from digisence import records
from digisence.analytics import buckets
from digisence.changes import Context, events, unit_of_work
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.models import Business, Category, Inquiry, RegistrationInquiry, User
from digisence.records.quarantine import restore
from tests.analytics.past import Past

ME = Context("user:me")


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    """Within the application."""
    with app.app_context():
        yield


@pytest.fixture
def start() -> datetime:
    """The hour at which the past begins: 98 hours ago."""
    return buckets.floor(utcnow(), "hour") - timedelta(hours=98)


def noted(action: str, resource: str = "users") -> None:
    """An event."""
    with unit_of_work(ME) as session:
        events.record(session, action, resource=resource)


def stranger(statement: str) -> None:
    """Written by somebody else."""
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text(statement))


@pytest.fixture
def past(app: Flask, start: datetime) -> Past:
    """Deeds, by hours since `start`."""
    past = Past()

    def at(hours: float, deed: Callable[[], Any], lag: float = 0.5) -> Any:
        return past.at(start + timedelta(hours=hours), deed, lag)

    def asked(name: str) -> dict[str, str]:
        return {"name": name, "email": "vi@example.org", "message": "Hello"}

    anna = at(0.1, lambda: records.create(User, {"email": "anna@example.org"}, ME), 0.1).id
    bee = at(0.2, lambda: records.create(Business, {"name": "Bee", "admin_id": anna}, ME), 0.2).id
    tea = at(0.3, lambda: records.create(Category, {"name": "Tea"}, ME), 0.9).id
    first, second, third = (
        at(hour, lambda: records.create(Inquiry, {**asked("One"), "business_id": bee}, ME)).id
        for hour in (1.0, 2.0, 2.5)
    )
    applied = {"type": "BUSINESS", "name": "Cal", "email": "cal@example.org"}
    at(3.0, lambda: records.create(RegistrationInquiry, applied, ME))
    at(3.5, lambda: records.update(Inquiry, first, {"status": "READ"}, ME))  # after 2.5 h
    at(3.75, lambda: records.update(Inquiry, second, {"status": "REPLIED"}, ME))  # after 1.75 h
    at(4.0, lambda: records.update(Inquiry, first, {"status": "NEW"}, ME))
    at(5.0, lambda: records.update(Inquiry, first, {"status": "CLOSED"}, ME))  # not the first time: no response
    at(6.0, lambda: records.update(Inquiry, second, {"name": "Vicky"}, ME))  # no status
    at(26.0, lambda: noted("signed-in"))
    at(26.1, lambda: noted("sign-in-failed"))
    at(26.2, lambda: noted("mail-sent", "mails"))
    entry = at(30.0, lambda: records.delete(Business, bee, ME))
    at(31.0, lambda: records.update(User, anna, {"is_active": False}, ME))
    at(52.0, lambda: restore(entry.id, ME))
    at(53.0, lambda: stranger("UPDATE registration_inquiries SET status = 'REJECTED'"))  # after 50 h
    at(54.0, lambda: stranger(f"DELETE FROM categories WHERE id = '{tea}'"))
    at(75.0, lambda: records.update(Inquiry, third, {"status": "READ"}, ME))  # after 72.5 h
    past.move()
    return past
