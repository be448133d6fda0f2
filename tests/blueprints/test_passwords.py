"""Without being signed in: one answer for every e-mail, one for every link that is not valid, and no endless trying."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from digisence.accounts import create_superadmin
from digisence.changes import Context
from digisence.extensions import db
from digisence.extensions.queue import queue
from digisence.jobs import run
from digisence.models import Change, Mail

from .conftest import EMAIL, PASSWORD, MakeApp
from .test_people import mailed

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
NEW = "four brown bears sleep"


def forget(client: FlaskClient, email: str, address: str = "192.0.2.1") -> Any:
    body = {"email": email}
    return client.post("/api/auth/forgot-password", json=body, environ_overrides={"REMOTE_ADDR": address})


def work(app: Flask) -> list[dict[str, Any]]:
    """Do what was asked for; the arguments of each job."""
    with app.app_context():
        asked = []
        for job in queue.known():
            if job.kwargs["name"] == "forgotten-password":
                asked.append(job.kwargs["arguments"])
                run("forgotten-password", job.kwargs["arguments"])
        return asked


def test_the_owner_of_an_account_gets_a_link_and_everybody_the_same_answer(
    app: Flask, client: FlaskClient, superadmin: str
) -> None:
    with app.app_context():
        create_superadmin("off@example.org", PASSWORD, Context("system:test"))
        from digisence.accounts import people, rights

        people.disable(rights.find("off@example.org").id, Context("system:test"))
    replies = [forget(client, email) for email in (EMAIL.upper(), "nobody@example.org", "off@example.org")]
    assert {(reply.status_code, reply.text) for reply in replies} == {(202, '{"accepted":true}')}
    assert len(work(app)) == 3
    ((template, recipient, token),) = mailed(app)
    assert (template, recipient) == ("forgotten-password", EMAIL)
    assert client.post("/api/auth/set-password", json={"token": token, "password": NEW}).json == {"email": EMAIL}
    with app.app_context():
        (event,) = db.session.scalars(select(Change).where(Change.action == "password-link-sent"))
        assert (event.actor, event.record_id, event.address) == ("system:forgotten-password", superadmin, "192.0.2.1")


def test_nobody_is_flooded_with_mails_and_nobody_asks_for_all(make_app: MakeApp, superadmin: str) -> None:
    client = make_app(login_attempts=4).test_client()
    told = [forget(client, EMAIL, f"192.0.2.{number}").status_code for number in range(4)]
    assert told == [202, 202, 202, 429]
    told = [forget(client, f"nobody{number}@example.org", "198.51.100.1").status_code for number in range(5)]
    assert told == [202] * 4 + [429]


@pytest.mark.parametrize("body", [{}, {"email": ""}, {"email": 1}, {"email": "x" * 255}, {"email": EMAIL, "more": 1}])
def test_what_cannot_be_read_is_refused_by_name(client: FlaskClient, body: dict[str, Any]) -> None:
    reply = client.post("/api/auth/forgot-password", json=body)
    assert (reply.status_code, reply.json["code"]) == (422, "invalid")
    assert [error["field"] for error in reply.json["errors"]] == ["more" if "more" in body else "email"]


def test_links_are_not_guessed_forever(make_app: MakeApp, superadmin: str) -> None:
    client = make_app(login_attempts=3).test_client()
    tried = [
        client.post("/api/auth/set-password", json={"token": f"guess{number}", "password": NEW}) for number in range(4)
    ]
    assert [reply.status_code for reply in tried] == [410, 410, 410, 429]
    assert {reply.json["detail"] for reply in tried[:3]} == {"This link is not valid. Ask for a new one."}


def test_a_weak_password_is_told_and_spends_no_link(app: Flask, client: FlaskClient, superadmin: str) -> None:
    forget(client, EMAIL)
    work(app)
    token = mailed(app)[0][2]
    for weak in ("short", "a" * 20, "Password1234!", "anna@example.org", "passwordpassword", "x" * 257):
        reply = client.post("/api/auth/set-password", json={"token": token, "password": weak})
        assert (reply.status_code, [error["field"] for error in reply.json["errors"]]) == (422, ["password"]), weak
    assert client.post("/api/auth/set-password", json={"token": token, "password": NEW}).status_code == 200


def test_no_token_stands_in_the_mail_table_or_in_a_change(app: Flask, client: FlaskClient, superadmin: str) -> None:
    forget(client, EMAIL)
    work(app)
    token = mailed(app)[0][2]
    with app.app_context():
        kept = [str(vars(row)) for model in (Mail, Change) for row in db.session.scalars(select(model))]
        assert len(kept) > 2
        assert not any(token in row for row in kept)
