"""Sign-in over HTTP: cookies, tokens, limits, and what ends them."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token

from digisence.accounts import sessions
from digisence.changes import Context, unit_of_work
from digisence.models import User
from tests import outsider

from .conftest import EMAIL, PASSWORD, MakeApp, bearer, csrf, sign_in

NEW = "four brown bears sleep"
SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def add(app: Flask, email: str, **values: object) -> str:
    with app.app_context(), unit_of_work(Context("system:test")) as unit:
        user = User(email=email, **values)
        unit.add(user)
        unit.flush()
        return user.id


def test_signing_in_gives_a_token_and_the_user(client: FlaskClient, superadmin: str) -> None:
    reply = sign_in(client, "anna@example.ORG")
    assert reply.status_code == 200
    assert set(reply.json) == {"accessToken", "expiresIn", "user"}
    assert reply.json["expiresIn"] == 3600
    user = reply.json["user"]
    assert (user["id"], user["email"], user["role"], user["isActive"]) == (superadmin, EMAIL, "SUPER_ADMIN", True)
    assert "argon2" not in reply.text
    assert reply.headers["Cache-Control"] == "no-store"
    assert client.get("/api/auth/me").json == {"user": user}


def test_the_users_of_other_roles_may_sign_in(app: Flask, client: FlaskClient, superadmin: str, database: str) -> None:
    outsider.write(database, "UPDATE users SET role = 'BUSINESS_ADMIN'")
    reply = sign_in(client)
    assert reply.json["user"]["role"] == "BUSINESS_ADMIN"
    refused = client.get("/api/admin/users")
    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")


@SQLITE
@pytest.mark.parametrize(("public_url", "secure"), [("", False), ("https://panel.example.org", True)])
def test_cookies_are_out_of_reach(make_app: MakeApp, superadmin: str, public_url: str, secure: bool) -> None:
    client = make_app(public_url=public_url).test_client()
    sign_in(client, base_url="https://localhost" if secure else "http://localhost")
    cookies = {name: client.get_cookie(name, path=path) for name, path in [
        ("access_token_cookie", "/api"), ("refresh_token_cookie", "/api/auth"),
        ("csrf_access_token", "/"), ("csrf_refresh_token", "/"),
    ]}  # fmt: skip
    assert {name: cookie.http_only for name, cookie in cookies.items()} == {
        "access_token_cookie": True, "refresh_token_cookie": True, "csrf_access_token": False, "csrf_refresh_token": False,
    }  # fmt: skip
    assert {cookie.same_site for cookie in cookies.values()} == {"Lax"}
    assert {cookie.secure for cookie in cookies.values()} == {secure}
    assert all(0 < cookie.max_age <= 30 * 86_400 for cookie in cookies.values())


def test_every_refusal_looks_the_same(app: Flask, client: FlaskClient, superadmin: str) -> None:
    add(app, "off@example.org", is_active=False)
    add(app, "ANNA2@example.org")
    add(app, "anna2@example.org")
    replies = [
        sign_in(client, EMAIL, "wrong"),
        sign_in(client, "nobody@example.org"),
        sign_in(client, "off@example.org"),
        sign_in(client, "anna2@example.org"),
    ]
    seen = {
        (
            reply.status_code,
            tuple(sorted(reply.headers.keys())),
            tuple((k, str(v)) for k, v in reply.json.items() if k != "requestId"),
        )
        for reply in replies
    }
    assert len(seen) == 1
    assert (replies[0].status_code, replies[0].json["code"]) == (401, "invalid-credentials")
    assert replies[0].mimetype == "application/problem+json"
    assert "Set-Cookie" not in replies[0].headers


@SQLITE
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": EMAIL}, "password"),
        ({"password": PASSWORD}, "email"),
        ({"email": EMAIL, "password": 7}, "password"),
        ({"email": EMAIL, "password": PASSWORD, "remember": True}, "remember"),
        ({"email": EMAIL, "password": PASSWORD, "totp": 123456}, "totp"),
        ({"email": "x" * 1025, "password": PASSWORD}, "email"),
    ],
)
def test_a_body_of_another_shape_is_refused_by_field(
    client: FlaskClient, superadmin: str, body: object, field: str
) -> None:
    reply = client.post("/api/auth/login", json=body)
    assert (reply.status_code, reply.json["code"]) == (422, "invalid")
    assert [error["field"] for error in reply.json["errors"]] == [field]


@SQLITE
def test_a_cookie_needs_its_csrf_header_to_write(client: FlaskClient, superadmin: str) -> None:
    sign_in(client)
    assert client.get("/api/auth/me").status_code == 200
    for headers in ({}, {"X-CSRF-TOKEN": "guessed"}):
        reply = client.post("/api/auth/logout", headers=headers)
        assert (reply.status_code, reply.json["code"]) == (401, "unauthorized")
        assert "csrf_access_token" in reply.json["detail"]
    assert client.get("/api/auth/me").status_code == 200


@SQLITE
def test_a_bearer_token_needs_no_cookie(app: Flask, client: FlaskClient, superadmin: str) -> None:
    headers, other = bearer(sign_in(client)), app.test_client()
    assert other.get("/api/auth/me", headers=headers).status_code == 200
    assert other.post("/api/auth/logout", headers=headers).status_code == 204
    assert other.get("/api/auth/me", headers=headers).json["code"] == "token-revoked"


@SQLITE
def test_refresh_gives_another_access_token(app: Flask, client: FlaskClient, superadmin: str) -> None:
    first = sign_in(client)
    assert client.post("/api/auth/refresh").status_code == 401
    assert client.post("/api/auth/refresh", headers=bearer(first)).status_code == 401  # not a refresh token
    reply = client.post("/api/auth/refresh", headers=csrf(client, "refresh"))
    assert reply.status_code == 200
    assert set(reply.json) == {"accessToken", "expiresIn", "user"}
    assert reply.json["accessToken"] != first.json["accessToken"]
    assert app.test_client().get("/api/auth/me", headers=bearer(reply)).status_code == 200
    assert client.get("/api/auth/me").status_code == 200
    assert client.post("/api/auth/logout", headers=csrf(client)).status_code == 204


@SQLITE
def test_signing_out_ends_the_session_and_takes_the_cookies(app: Flask, client: FlaskClient, superadmin: str) -> None:
    headers = bearer(sign_in(client))
    refresh = client.get_cookie("refresh_token_cookie", path="/api/auth").value
    reply = client.post("/api/auth/logout", headers=csrf(client))
    assert (reply.status_code, reply.data) == (204, b"")
    assert client.get_cookie("access_token_cookie", path="/api") is None
    assert client.get_cookie("refresh_token_cookie", path="/api/auth") is None
    other = app.test_client()
    assert other.get("/api/auth/me", headers=headers).json["code"] == "token-revoked"
    refused = other.post("/api/auth/refresh", headers={"Authorization": f"Bearer {refresh}"})
    assert (refused.status_code, refused.json["code"]) == (401, "token-revoked")
    assert client.post("/api/auth/logout").json["code"] == "unauthorized"


@SQLITE
def test_one_can_sign_out_when_the_access_token_has_expired(app: Flask, client: FlaskClient, superadmin: str) -> None:
    sign_in(client)
    with app.app_context():
        stale = create_access_token(superadmin, expires_delta=timedelta(seconds=-1))
    client.set_cookie("access_token_cookie", stale, path="/api")
    assert client.get("/api/auth/me").json["code"] == "token-expired"
    assert client.post("/api/auth/logout", headers=csrf(client, "refresh")).status_code == 204
    with app.app_context():
        assert sessions.of_user(superadmin) == []


def test_a_new_password_ends_all_tokens_but_the_fresh_one(app: Flask, client: FlaskClient, superadmin: str) -> None:
    other = app.test_client()
    old = bearer(sign_in(other))
    mine = bearer(sign_in(client))
    body = {"currentPassword": PASSWORD, "newPassword": NEW}
    reply = client.post("/api/auth/password", json=body, headers=csrf(client))
    assert reply.status_code == 200
    assert set(reply.json) == {"accessToken", "expiresIn", "user"}
    assert client.get("/api/auth/me").status_code == 200
    assert client.post("/api/auth/refresh", headers=csrf(client, "refresh")).status_code == 200
    for headers in (old, mine):
        assert app.test_client().get("/api/auth/me", headers=headers).json["code"] == "token-revoked"
    assert other.post("/api/auth/refresh", headers=csrf(other, "refresh")).json["code"] == "token-revoked"
    assert sign_in(client, EMAIL, PASSWORD).status_code == 401
    assert sign_in(client, EMAIL, NEW).status_code == 200


@SQLITE
def test_a_one_time_password_must_be_changed_first(client: FlaskClient, superadmin: str, database: str) -> None:
    outsider.write(database, "UPDATE users SET must_change_password = true")
    sign_in(client)
    assert client.get("/api/admin/users").json["code"] == "password-change-required"
    assert client.get("/api/auth/me").json["user"]["mustChangePassword"] is True
    body = {"currentPassword": PASSWORD, "newPassword": NEW}
    assert (
        client.post("/api/auth/password", json=body, headers=csrf(client)).json["user"]["mustChangePassword"] is False
    )
    assert client.get("/api/admin/nothing-here").status_code == 404


@SQLITE
def test_ones_sessions_are_listed_and_ended(app: Flask, client: FlaskClient, superadmin: str) -> None:
    other = app.test_client()
    sign_in(other, headers={"User-Agent": "another browser"})
    sign_in(client)
    listed = client.get("/api/auth/sessions?limit=1").json
    assert (listed["total"], listed["page"], listed["limit"], len(listed["items"])) == (2, 1, 1, 1)
    assert listed["items"][0]["current"] is True
    [theirs] = client.get("/api/auth/sessions?limit=1&page=2").json["items"]
    assert (theirs["current"], theirs["userAgent"], theirs["address"]) == (False, "another browser", "127.0.0.1")
    assert client.delete(f"/api/auth/sessions/{theirs['id']}", headers=csrf(client)).status_code == 204
    assert client.delete(f"/api/auth/sessions/{theirs['id']}", headers=csrf(client)).status_code == 404
    assert other.get("/api/auth/me").json["code"] == "token-revoked"
    assert client.delete(f"/api/auth/sessions/{listed['items'][0]['id']}", headers=csrf(client)).status_code == 204
    assert client.get_cookie("access_token_cookie", path="/api") is None
    assert client.get("/api/auth/sessions?sort=id").status_code == 401


@SQLITE
def test_nobody_ends_the_sessions_of_others(app: Flask, client: FlaskClient, superadmin: str, database: str) -> None:
    sign_in(client)
    [mine] = client.get("/api/auth/sessions").json["items"]
    password = "password_hash = (SELECT password_hash FROM users WHERE email = 'Anna@example.org')"
    add(app, "eve@example.org")
    outsider.write(database, f"UPDATE users SET {password} WHERE email = 'eve@example.org'")
    eve = app.test_client()
    sign_in(eve, "eve@example.org")
    assert eve.delete(f"/api/auth/sessions/{mine['id']}", headers=csrf(eve)).status_code == 404
    assert client.get("/api/auth/me").status_code == 200


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE users SET is_active = false", "token-revoked"),
        ("UPDATE users SET role = 'BUSINESS_ADMIN'", "token-revoked"),
        ("UPDATE users SET password_hash = NULL", "token-revoked"),
        ("DELETE FROM users", "token-revoked"),
        ("UPDATE sessions SET expires_at = created_at", "token-revoked"),
    ],
)
def test_what_others_write_ends_a_token_at_once(
    client: FlaskClient, superadmin: str, database: str, statement: str, code: str
) -> None:
    sign_in(client)
    assert client.get("/api/auth/me").status_code == 200
    outsider.write(database, statement)
    assert client.get("/api/auth/me").json["code"] == code
    assert client.post("/api/auth/refresh", headers=csrf(client, "refresh")).json["code"] == code
