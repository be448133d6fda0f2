"""An application in context whose mails go to a server of our own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from digisence import create_app, mail
from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.mail import sender
from digisence.models import Mail
from tests.conftest import SECRET
from tests.draining import put_away
from tests.mail.post_office import Office, open_office

ME = Context("user:me", "request-1")
LINK = "https://example.org/set-password#token=very-secret"
READY = {"name": "Ann", "link": LINK}


@pytest.fixture
def office() -> Iterator[Office]:
    """A mail server that takes everything until told otherwise."""
    with open_office() as office:
        yield office


@pytest.fixture
def posting(office: Office, redis_url: str, sqlite_template: Path, tmp_path: Path) -> Iterator[Flask]:
    """The app on SQLite, in context, with `office` as its mail server."""
    (tmp_path / "digisence.sqlite").write_bytes(sqlite_template.read_bytes())
    app = create_app(
        doors=False, instance=tmp_path, database_url="", redis_url=redis_url, secret_key=SECRET, mail_url=office.url
    )
    app.extensions["mailman"].timeout = 0.5
    with app.app_context():
        yield app
    put_away(app)


def post(
    to: str = "ann@example.org", template: str = "set-password", values: dict[str, str] = READY, **about: Any
) -> str:
    """Post a mail; returns its id."""
    with unit_of_work(ME) as session:
        return mail.post(session, template, to, values, **about)


def row(mail_id: str) -> Mail:
    """The mail as it stands."""
    db.session.rollback()
    return db.session.scalars(select(Mail).where(Mail.id == mail_id).execution_options(populate_existing=True)).one()


def change(mail_id: str, **values: Any) -> None:
    """Let time pass: `due_at`, `lease_until`, `expires_at`."""
    with unit_of_work(ME) as session:
        session.execute(update(Mail).where(Mail.id == mail_id).values(**values))


def hurry(mail_id: str) -> None:
    """The pause before the next try is over."""
    change(mail_id, due_at=utcnow())


Send = Callable[[], dict[str, int]]
send: Send = sender.send_due
