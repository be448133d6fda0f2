"""The gate before the admin API: what is no token, who is no superadmin, and who a change is told to be by."""

from datetime import timedelta

import jwt
import pytest
from flask import Flask, jsonify
from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token

from digisence.blueprints import guard
from tests.conftest import SECRET

from .conftest import bearer, csrf, sign_in

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of an app with views of our own."""

    def told() -> object:
        caller, context = guard.identity(), guard.context()
        return jsonify(user=caller.user_id, session=caller.session_id, role=caller.role, context=context.__dict__)

    app.add_url_rule("/api/admin/forgot-to-say", "forgot", lambda: "secret")
    app.add_url_rule("/api/elsewhere", "elsewhere", guard.superadmin(told), methods=["GET", "POST"])
    return app.test_client()


def refusal(client: FlaskClient, path: str = "/api/admin/users", **options: object) -> tuple[int, str]:
    reply = client.get(path, **options)
    assert reply.mimetype == "application/problem+json"
    assert reply.headers.get("WWW-Authenticate", "Bearer").startswith("Bearer")
    return reply.status_code, reply.json["code"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/admin",
        "/api/admin/",
        "/api/admin/users",
        "/api/admin/no/such",
        "/api/admin/forgot-to-say",
        "/api/elsewhere",
    ],
)
def test_without_a_token_everything_is_closed(client: FlaskClient, path: str) -> None:
    assert refusal(client, path) == (401, "unauthorized")
    assert "WWW-Authenticate" in client.get(path).headers


def test_a_superadmin_comes_in(client: FlaskClient, superadmin: str) -> None:
    sign_in(client)
    assert client.get("/api/admin/forgot-to-say").text == "secret"
    assert client.get("/api/admin/no/such").status_code == 404
    reply = client.get("/api/elsewhere").json
    assert (reply["user"], reply["role"]) == (superadmin, "SUPER_ADMIN")


def test_what_only_looks_like_a_token_is_refused(client: FlaskClient, superadmin: str) -> None:
    good = jwt.decode(sign_in(client).json["accessToken"], SECRET, ["HS256"])
    signed_out = client.application.test_client()
    for token in (
        "",
        "garbage",
        "a.b.c",
        jwt.encode(good, "x" * 40, "HS256"),
        jwt.encode(good, None, "none"),
        jwt.encode({**good, "type": "refresh"}, SECRET, "HS256"),
        jwt.encode({**good, "sub": 7}, SECRET, "HS256"),
        jwt.encode({key: value for key, value in good.items() if key != "sub"}, SECRET, "HS256"),
        "ü" * 5,
    ):
        assert refusal(signed_out, headers={"Authorization": f"Bearer {token}"}) == (401, "unauthorized")
    for scheme in ("Basic YTpi", "Bearer a b", "Bearer", ", ,"):
        assert refusal(signed_out, headers={"Authorization": scheme}) == (401, "unauthorized")


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "bEaReR"])
def test_the_scheme_of_a_token_is_read_in_any_letters(client: FlaskClient, superadmin: str, scheme: str) -> None:
    token = sign_in(client).json["accessToken"]
    signed_out = client.application.test_client()
    for method in ("GET", "POST"):  # a token needs no CSRF header, a cookie would
        reply = signed_out.open("/api/elsewhere", method=method, headers={"Authorization": f"{scheme} {token}"})
        assert (reply.status_code, reply.json["user"]) == (200, superadmin)


def test_a_token_without_a_live_session_is_worth_nothing(client: FlaskClient, superadmin: str) -> None:
    good = jwt.decode(sign_in(client).json["accessToken"], SECRET, ["HS256"])
    signed_out = client.application.test_client()
    for change in ({"sid": "none"}, {"sid": None}, {"role": "BUSINESS_ADMIN"}, {"stamp": "0" * 16}, {"sub": "none"}):
        token = jwt.encode({**good, **change}, SECRET, "HS256")
        assert refusal(signed_out, headers={"Authorization": f"Bearer {token}"}) == (401, "token-revoked")


def test_an_expired_token_says_so(client: FlaskClient, superadmin: str, app: Flask) -> None:
    with app.app_context():
        stale = create_access_token(superadmin, expires_delta=timedelta(seconds=-1))
    assert refusal(client, headers={"Authorization": f"Bearer {stale}"}) == (401, "token-expired")


def test_the_caller_is_found_out_afresh_for_every_request(app: Flask, client: FlaskClient, superadmin: str) -> None:
    with app.app_context():  # as a test or a script may hold it open around several requests
        headers = bearer(sign_in(client))
        other = app.test_client()
        assert other.get("/api/elsewhere", headers=headers).status_code == 200
        assert other.get("/api/elsewhere").status_code == 401


def test_a_change_knows_who_and_why(client: FlaskClient, superadmin: str) -> None:
    sign_in(client)
    headers = {**csrf(client), "X-Mutation-Id": "m-1", "X-Request-Id": "request-1"}
    assert client.post("/api/elsewhere", headers=headers).json["context"] == {
        "actor": f"user:{superadmin}",
        "request_id": "request-1",
        "mutation_id": "m-1",
        "address": "127.0.0.1",
    }
    assert client.post("/api/elsewhere", headers=csrf(client)).json["context"]["mutation_id"] is None
    reply = client.post("/api/elsewhere", headers={**csrf(client), "X-Mutation-Id": "x" * 201})
    assert (reply.status_code, reply.json["errors"][0]["field"]) == (422, "X-Mutation-Id")
