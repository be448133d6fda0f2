"""At the very same moment: of those who decide about one application, or want one e-mail, exactly one gets it."""

import threading
from pathlib import Path

import pytest
from flask import Flask

from digisence import records
from digisence.accounts import approval, review
from digisence.changes import Context
from digisence.errors import Problem
from digisence.extensions import db
from digisence.models import Business, Link, Mail, Record, RegistrationInquiry, User
from tests import outsider
from tests.accounts.test_approval import BUSINESS, apply, row, rows
from tests.records.rivals import together

pytestmark = pytest.mark.usefixtures("context")


def approve(record_id: str, actor: str) -> None:
    approval.approve(record_id, {}, Context(actor))


def reject(record_id: str, actor: str) -> None:
    review.reject(RegistrationInquiry, record_id, "Not now.", Context(actor))


def take_email(record_id: str, actor: str) -> None:
    records.create(User, {"email": "Ann@example.org"}, Context(actor))


def either(verb: str, record_id: str, actor: str) -> None:
    {"approve": approve, "reject": reject, "take": take_email}[verb](record_id, actor)


def at_once(app: Flask, acts: list[tuple[str, str, str]]) -> list[str]:
    """The same from threads, each with a connection of its own."""
    gate, came_to = threading.Barrier(len(acts)), [""] * len(acts)

    def run(number: int) -> None:
        with app.app_context():
            gate.wait(30)
            try:
                either(*acts[number])
                came_to[number] = "done"
            except Problem as problem:
                came_to[number] = problem.code
            db.session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return came_to


def one_decided(asked: Record, verbs: tuple[str, ...], came_to: list[str]) -> None:
    assert sorted(came_to) == ["done", *["state"] * (len(verbs) - 1)]
    approved = verbs[came_to.index("done")] == "approve"
    assert row(RegistrationInquiry, asked.id).status == ("COMPLETED" if approved else "REJECTED")
    assert [mail.template for mail in rows(Mail)] == ["set-password" if approved else "rejected"]
    assert (len(rows(Business)), len(rows(User)), len(rows(Link))) == ((1, 2, 1) if approved else (0, 1, 0))


def test_of_processes_that_decide_at_once_exactly_one_does(
    boss: Context, database: str, redis_url: str, tmp_path: Path
) -> None:
    asked, verbs = apply(BUSINESS), ("approve", "reject")
    acts = [(verb, asked.id, boss.actor) for verb in verbs]
    one_decided(asked, verbs, together(database, redis_url, tmp_path, either, acts))


@pytest.mark.parametrize("verbs", [("approve", "approve"), ("reject", "approve", "reject", "approve")])
def test_of_connections_that_decide_at_once_exactly_one_does(app: Flask, boss: Context, verbs: tuple[str, ...]) -> None:
    asked = apply(BUSINESS)
    one_decided(asked, verbs, at_once(app, [(verb, asked.id, boss.actor) for verb in verbs]))


def test_an_email_that_somebody_takes_at_the_same_moment_makes_one_account(app: Flask, boss: Context) -> None:
    asked = apply(BUSINESS)
    came_to = at_once(app, [("approve", asked.id, boss.actor), ("take", asked.id, boss.actor)])
    assert came_to in (["done", "taken"], ["account-exists", "done"])
    assert len(rows(User)) == 2
    won = came_to[0] == "done"
    assert row(RegistrationInquiry, asked.id).status == ("COMPLETED" if won else "PENDING")
    assert len(rows(Business)) == len(rows(Mail)) == int(won)


def test_two_applications_of_one_person_make_one_account(app: Flask, boss: Context) -> None:
    """Also where the e-mail is written in other letters."""
    first, second = apply(BUSINESS), apply(BUSINESS, email="ANN@EXAMPLE.ORG")
    came_to = at_once(app, [("approve", first.id, boss.actor), ("approve", second.id, boss.actor)])
    assert sorted(came_to) == ["account-exists", "done"]
    assert len(rows(Business)) == len(rows(Mail)) == len(rows(Link)) == 1


def test_an_email_taken_between_look_and_insert(boss: Context, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite the writer's lock leaves no such moment; the constraint is what holds on PostgreSQL."""
    if database.startswith("sqlite"):
        records.create(User, {"email": "Ann@example.org"}, boss)
    asked = apply(BUSINESS)
    monkeypatch.setattr(approval, "_refuse_existing", lambda *_: _take(database))
    with pytest.raises(Problem) as refusal:
        approval.approve(asked.id, {}, boss)
    assert refusal.value.code == "account-exists"
    assert row(RegistrationInquiry, asked.id).status == "PENDING"
    assert rows(Business) == rows(Mail) == []


def _take(database: str) -> None:
    if not database.startswith("sqlite"):
        outsider.write(database, "INSERT INTO users (email) VALUES ('Ann@example.org')")
