"""Guessing is slowed down: failures are counted per account and per address, with or without Redis."""

import pytest
from flask.testing import FlaskClient

from tests.servers import RedisServer

from .conftest import EMAIL, MakeApp, csrf, sign_in

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
NEW = "four brown bears sleep"


def fail(client: FlaskClient, email: str, address: str) -> int:
    return sign_in(client, email, "wrong", environ_overrides={"REMOTE_ADDR": address}).status_code


def test_failures_are_limited_per_account_from_any_address(make_app: MakeApp, superadmin: str) -> None:
    client = make_app(login_attempts=3).test_client()
    written = ["anna@example.org", "ANNA@example.org", " Anna@example.org"]
    assert [fail(client, email, f"192.0.2.{n}") for n, email in enumerate(written)] == [401] * 3
    reply = sign_in(client, environ_overrides={"REMOTE_ADDR": "198.51.100.1"})
    assert (reply.status_code, reply.json["code"]) == (429, "too-many-requests")
    assert 0 < int(reply.headers["Retry-After"]) <= 901  # a part of a second is rounded up
    assert fail(client, "nobody@example.org", "198.51.100.1") == 401


@pytest.mark.parametrize(
    ("addresses", "other"),
    [(["192.0.2.1"] * 3, "192.0.2.2"), (["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3"], "2001:db8:0:1::1")],
)
def test_failures_are_limited_per_address_for_any_account(
    make_app: MakeApp, superadmin: str, addresses: list[str], other: str
) -> None:
    client = make_app(login_attempts=3).test_client()
    tried = [fail(client, f"nobody{n}@example.org", address) for n, address in enumerate(addresses)]
    assert tried == [401] * 3
    assert sign_in(client, environ_overrides={"REMOTE_ADDR": addresses[0]}).status_code == 429
    assert sign_in(client, environ_overrides={"REMOTE_ADDR": other}).status_code == 200


def test_only_failures_count(make_app: MakeApp, superadmin: str) -> None:
    client = make_app(login_attempts=2).test_client()
    assert [sign_in(client).status_code for _ in range(4)] == [200] * 4
    assert client.post("/api/auth/login", json={}).status_code == 422
    assert fail(client, EMAIL, "127.0.0.1") == 401
    assert sign_in(client).status_code == 200


def test_without_redis_sign_in_works_and_is_still_limited(
    make_app: MakeApp, superadmin: str, redis_server: RedisServer
) -> None:
    client = make_app(login_attempts=2).test_client()
    redis_server.kill()
    assert sign_in(client).status_code == 200
    assert [fail(client, EMAIL, "127.0.0.1") for _ in range(3)] == [401, 401, 429]


def test_guessing_the_current_password_is_limited(make_app: MakeApp, superadmin: str) -> None:
    client = make_app(login_attempts=2).test_client()
    sign_in(client)
    body = {"currentPassword": "guess", "newPassword": NEW}
    replies = [client.post("/api/auth/password", json=body, headers=csrf(client)) for _ in range(3)]
    assert [reply.json["code"] for reply in replies] == ["wrong-password", "wrong-password", "too-many-requests"]
    assert [reply.status_code for reply in replies] == [422, 422, 429]
    assert replies[0].json["errors"] == [{"field": "currentPassword", "message": "This is not your password."}]
