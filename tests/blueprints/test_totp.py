"""The second factor at the door: what is asked, what is told, and that guessing codes ends soon."""

import pyotp
import pytest
from flask.testing import FlaskClient

from .conftest import EMAIL, PASSWORD, Caller, MakeApp, sign_in

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def enrol(caller: Caller) -> tuple[str, list[str]]:
    begun = caller.post("/api/auth/totp", {"password": PASSWORD})
    assert begun.status_code == 200, begun.json
    confirmed = caller.post("/api/auth/totp/confirm", {"code": pyotp.TOTP(begun.json["secret"]).now()})
    assert confirmed.status_code == 200, confirmed.json
    return begun.json["secret"], confirmed.json["recoveryCodes"]


def attempt(client: FlaskClient, totp: str | None, password: str = PASSWORD) -> tuple[int, str]:
    reply = client.post("/api/auth/login", json={"email": EMAIL, "password": password, "totp": totp})
    return reply.status_code, reply.json.get("code", "")


def test_the_whole_way_of_a_second_factor(boss: Caller, client: FlaskClient) -> None:
    assert boss.get("/api/auth/totp").json == {"enabled": False, "since": None, "recoveryCodes": 0}
    begun = boss.post("/api/auth/totp", {"password": PASSWORD})
    assert begun.headers["Cache-Control"] == "no-store"
    assert begun.json["svg"].startswith("<svg")
    assert begun.json["uri"].startswith("otpauth://totp/")
    _, codes = enrol(boss)
    state = boss.get("/api/auth/totp").json
    assert (state["enabled"], state["recoveryCodes"]) == (True, 10)
    assert boss.post("/api/auth/totp", {"password": PASSWORD}).json["code"] == "totp-on"
    assert attempt(client, None) == (401, "totp-required")
    assert attempt(client, "") == (401, "totp-required")
    assert attempt(client, None, "wrong") == (401, "invalid-credentials")
    assert attempt(client, codes[0], "wrong") == (401, "invalid-credentials")
    assert attempt(client, codes[0]) == (200, "")
    assert attempt(client, codes[0]) == (401, "invalid-totp")
    renewed = boss.post("/api/auth/totp/recovery-codes", {"password": PASSWORD, "code": codes[1]}).json["recoveryCodes"]
    assert attempt(client, codes[2]) == (401, "invalid-totp")
    off = {"password": PASSWORD, "code": renewed[0]}
    assert boss.post("/api/auth/totp/off", {**off, "code": "000"}).json["errors"][0]["field"] == "code"
    assert boss.post("/api/auth/totp/off", {**off, "password": "x"}).json["code"] == "wrong-password"
    assert boss.post("/api/auth/totp/off", off).status_code == 204
    assert attempt(client, None) == (200, "")
    assert attempt(client, "123456") == (200, "")  # nobody asks for it any more


def test_guessing_codes_is_limited_like_guessing_passwords(make_app: MakeApp, superadmin: str) -> None:
    app = make_app(login_attempts=3)
    caller = Caller(app.test_client())
    _, codes = enrol(caller)
    client = app.test_client()
    assert [attempt(client, None)[0] for _ in range(5)] == [401] * 5  # a right password is no guess
    assert [attempt(client, "abc")[0] for _ in range(4)] == [401, 401, 401, 429]
    assert attempt(client, codes[0])[0] == 429


def test_nobody_begins_without_being_signed_in(client: FlaskClient, superadmin: str) -> None:
    for path in ("", "/confirm", "/recovery-codes", "/off"):
        assert client.post(f"/api/auth/totp{path}", json={}).status_code == 401
    assert client.get("/api/auth/totp").status_code == 401
    sign_in(client)
    assert client.get("/api/auth/totp").status_code == 200
