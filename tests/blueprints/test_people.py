"""Other people's accounts: invited by mail, their sign-ins ended, their second factors reset; every act is audited."""

from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from digisence.extensions import db
from digisence.mail import envelope
from digisence.models import Change, Mail, User

from .conftest import EMAIL, PASSWORD, Caller, MakeApp, bearer, sign_in

NEW = "four brown bears sleep"
OTHER = "boris@example.org"
alone = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def mailed(app: Flask) -> list[tuple[str, str, str]]:
    """Every mail in the outbox: template, recipient, the token of its link."""
    with app.app_context():
        found = db.session.scalars(select(Mail).order_by(Mail.created_at, Mail.id)).all()
        return [
            (mail.template, mail.recipient, envelope.unseal(mail.sealed)["link"].partition("#")[2]) for mail in found
        ]


def events(app: Flask, action: str) -> list[tuple[str, str, Any]]:
    with app.app_context():
        found = db.session.scalars(select(Change).where(Change.action == action).order_by(Change.id))
        return [(event.actor, event.record_id, event.after) for event in found]


def invited(boss: Caller, email: str = OTHER, role: str = "SUPER_ADMIN") -> dict[str, Any]:
    reply = boss.post("users/invite", {"email": email, "name": "Boris", "role": role})
    assert reply.status_code == 201, reply.json
    record: dict[str, Any] = reply.json
    return record


def joined(app: Flask, boss: Caller) -> tuple[dict[str, Any], Caller]:
    """A second superadmin who took their invitation and is signed in."""
    record = invited(boss)
    token = mailed(app)[-1][2]
    client = app.test_client()
    assert client.post("/api/auth/set-password", json={"token": token, "password": NEW}).json == {"email": OTHER}
    caller = Caller.__new__(Caller)
    caller.client, caller.headers = client, bearer(sign_in(client, OTHER, NEW))
    return record, caller


def test_an_invited_superadmin_chooses_a_password_and_comes_in(app: Flask, boss: Caller, superadmin: str) -> None:
    record, other = joined(app, boss)
    assert (record["email"], record["name"], record["role"], record["isActive"]) == (
        OTHER,
        "Boris",
        "SUPER_ADMIN",
        True,
    )
    assert boss.get(f"users/{record['id']}").status_code == 200
    assert [mail[:2] for mail in mailed(app)] == [("invitation", OTHER)]
    assert events(app, "invited") == [(f"user:{superadmin}", record["id"], {"role": "SUPER_ADMIN"})]
    assert other.get("users").status_code == 200
    token = mailed(app)[-1][2]
    again = app.test_client().post("/api/auth/set-password", json={"token": token, "password": NEW})
    assert (again.status_code, again.json["code"]) == (410, "link-not-valid")


def test_an_invitation_sent_again_ends_the_older_link(app: Flask, boss: Caller) -> None:
    record = invited(boss)
    assert boss.post(f"users/{record['id']}/invite").status_code == 204
    first, second = (mail[2] for mail in mailed(app))
    client = app.test_client()
    answers = [
        client.post("/api/auth/set-password", json={"token": token, "password": NEW}).status_code
        for token in (first, second)
    ]
    assert answers == [410, 200]
    reply = boss.post(f"users/{record['id']}/invite")
    assert (reply.status_code, reply.json["code"]) == (409, "joined")
    assert boss.post(f"users/{record['id']}/password-link").status_code == 204
    assert mailed(app)[-1][:2] == ("forgotten-password", OTHER)
    boss.patch(f"users/{record['id']}", {"isActive": False})
    assert boss.post(f"users/{record['id']}/password-link").json["code"] == "inactive"
    assert boss.post("users/nobody/invite").status_code == 404
    assert boss.post("users/nobody/password-link").status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        ({"email": EMAIL.upper()}, 409, ["email"]),
        ({"email": "no address"}, 422, ["email"]),
        ({}, 422, ["email"]),
        ({"email": OTHER, "role": "KING", "password": "x"}, 422, ["password", "role"]),
    ],
)
@alone
def test_a_bad_invitation_makes_nobody(
    app: Flask, boss: Caller, body: dict[str, Any], status: int, fields: list[str]
) -> None:
    reply = boss.post("users/invite", body)
    assert reply.status_code == status
    assert sorted(error["field"] for error in reply.json["errors"]) == fields
    assert mailed(app) == []
    with app.app_context():
        assert len(db.session.scalars(select(User)).all()) == 1


def test_sign_ins_of_another_are_seen_and_ended(app: Flask, boss: Caller, superadmin: str) -> None:
    record, other = joined(app, boss)
    for _ in range(2):
        sign_in(app.test_client(), OTHER, NEW)
    listed = boss.get(f"users/{record['id']}/sessions").json
    assert (listed["total"], len(listed["items"]), {item["current"] for item in listed["items"]}) == (3, 3, {False})
    one = listed["items"][-1]["id"]
    second = boss.get(f"users/{record['id']}/sessions?page=2&limit=2").json
    assert (second["total"], [item["id"] for item in second["items"]]) == (3, [one])
    for path in (f"users/{record['id']}/sessions?pages=2", "/api/auth/sessions?pages=2"):
        assert [error["field"] for error in boss.get(path).json["errors"]] == ["pages"]
    assert boss.delete(f"users/{superadmin}/sessions/{one}").status_code == 404
    assert boss.delete(f"users/{record['id']}/sessions/{one}").status_code == 204
    assert other.get("users").status_code == 401
    assert len(boss.delete(f"users/{record['id']}/sessions").json["ended"]) == 2
    assert boss.get(f"users/{record['id']}/sessions").json["items"] == []
    assert events(app, "session-ended") == [(f"user:{superadmin}", record["id"], {"session": one})]
    assert events(app, "sessions-ended") == [(f"user:{superadmin}", record["id"], {"count": 2})]
    for method, path in (
        ("GET", "sessions"),
        ("DELETE", "sessions"),
        ("DELETE", "totp"),
        ("POST", "force-password-change"),
    ):
        assert boss(method, f"users/nobody/{path}").status_code == 404


@alone
def test_a_forced_change_lets_nobody_in_before_it(app: Flask, boss: Caller, superadmin: str) -> None:
    record, other = joined(app, boss)
    assert len(boss.post(f"users/{record['id']}/force-password-change").json["ended"]) == 1
    assert other.get("users").status_code == 401
    other.headers = bearer(sign_in(other.client, OTHER, NEW))
    assert other.get("users").json["code"] == "password-change-required"
    changed = other.post("/api/auth/password", {"currentPassword": NEW, "newPassword": "five white doves fly"})
    other.headers = bearer(changed)
    assert other.get("users").status_code == 200
    assert other.post("/api/auth/logout").status_code == 204
    ((actor, who, detail),) = events(app, "signed-out")
    assert (actor, who, list(detail)) == (f"user:{record['id']}", record["id"], ["session"])
    assert events(app, "password-change-forced") == [(f"user:{superadmin}", record["id"], None)]


@alone
def test_a_lost_second_factor_is_reset_by_another_superadmin(app: Flask, boss: Caller, superadmin: str) -> None:
    record, other = joined(app, boss)
    secret = other.post("/api/auth/totp", {"password": NEW}).json["secret"]
    assert other.post("/api/auth/totp/confirm", {"code": pyotp.TOTP(secret).now()}).status_code == 200
    assert boss.get(f"users/{record['id']}").json["totpSince"] is not None
    assert [user["id"] for user in boss.get("users?totpSince=null").json["items"]] == [superadmin]
    assert other.delete(f"users/{record['id']}/totp").json["code"] == "self"
    assert boss.delete(f"users/{record['id']}/totp").status_code == 204
    assert boss.delete(f"users/{record['id']}/totp").json["code"] == "totp-off"
    assert other.get("users").status_code == 401
    assert sign_in(other.client, OTHER, NEW).status_code == 200
    assert events(app, "totp-reset") == [(f"user:{superadmin}", record["id"], {"endedSessions": 1})]


@alone
def test_nobody_sets_their_own_password_without_the_present_one(boss: Caller, superadmin: str) -> None:
    reply = boss.patch(f"users/{superadmin}", {"password": NEW, "name": "Anna B."})
    assert (reply.status_code, reply.json["code"]) == (409, "self")
    assert "/api/auth/password" in reply.json["detail"]
    assert boss.get(f"users/{superadmin}").json["name"] != "Anna B."


@alone
def test_a_password_given_to_somebody_must_not_be_theirs_to_guess(boss: Caller) -> None:
    record = invited(boss, "konstantin@example.org")
    for guess in ("konstantin1234", "Boris konstantin"):
        reply = boss.patch(f"users/{record['id']}", {"password": guess})
        assert [error["field"] for error in reply.json["errors"]] == ["password"], guess
    assert boss.patch(f"users/{record['id']}", {"password": NEW}).status_code == 200


@alone
def test_where_superadmins_must_have_a_second_factor_they_do_nothing_before(make_app: MakeApp, superadmin: str) -> None:
    client = make_app(require_totp=True).test_client()
    caller = Caller(client)
    assert (caller.get("users").status_code, caller.get("users").json["code"]) == (403, "second-factor-required")
    secret = caller.post("/api/auth/totp", {"password": PASSWORD}).json["secret"]
    codes = caller.post("/api/auth/totp/confirm", {"code": pyotp.TOTP(secret).now()}).json["recoveryCodes"]
    assert caller.get("users").status_code == 200
    reply = caller.post("/api/auth/totp/off", {"password": PASSWORD, "code": codes[0]})
    assert (reply.status_code, reply.json["code"]) == (409, "totp-demanded")
    assert caller.get("/api/auth/totp").json["recoveryCodes"] == 10


def test_deleting_a_profile_leaves_its_admin_as_they_are(boss: Caller, superadmin: str) -> None:
    made = boss.post("businesses", {"name": "Bee", "adminId": superadmin})
    assert boss.delete(f"businesses/{made.json['id']}").status_code == 204
    assert boss.get(f"users/{superadmin}").json["isActive"] is True


@alone
def test_only_superadmins_reach_other_people(app: Flask, boss: Caller) -> None:
    record = invited(boss, role="BUSINESS_ADMIN")
    client = app.test_client()
    client.post("/api/auth/set-password", json={"token": mailed(app)[-1][2], "password": NEW})
    headers = bearer(sign_in(client, OTHER, NEW))
    for method, path in (("POST", "invite"), ("POST", f"{record['id']}/invite"), ("GET", f"{record['id']}/sessions")):
        assert client.open(f"/api/admin/users/{path}", method=method, headers=headers, json={}).status_code == 403
        assert app.test_client().open(f"/api/admin/users/{path}", method=method, json={}).status_code == 401
