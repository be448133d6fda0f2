"""Who may no longer listen hears nothing more, in any process, live or by replay, however the right was lost."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask_jwt_extended import create_access_token, create_refresh_token, decode_token

from digisence.accounts import create_superadmin
from digisence.changes import Context
from digisence.extensions.sse import sse
from digisence.models import Business, User
from tests import outsider
from tests.blueprints.conftest import PASSWORD, Serve
from tests.blueprints.test_stream import SEVEN, SSE, ends, token, write
from tests.realtime.reader import Reader
from tests.realtime.web import Web

Headers = dict[str, str]


def sign_in(web: Web, email: str) -> Headers:
    status, reply = web.ask("POST", "/api/auth/login", {"email": email, "password": PASSWORD})
    assert status == 200, reply
    return {"Authorization": f"Bearer {reply['accessToken']}"}


class Victim:
    """A superadmin who is about to lose the right to listen."""

    def __init__(self, app: Flask, web: Web, boss: Headers, email: str) -> None:
        with app.app_context():
            self.id = create_superadmin(email, PASSWORD, Context("system:test"))
            self.signed, self.web, self.boss = sign_in(web, email), web, boss
            self.session = decode_token(self.signed["Authorization"].removeprefix("Bearer "))["sid"]

    def asks(self, method: str, path: str, body: Any = None) -> None:
        assert self.web.ask(method, path, body, self.signed)[0] < 300

    def suffers(self, method: str, body: Any = None) -> None:
        """What another superadmin does to the account."""
        status, reply = self.web.ask(method, f"/api/admin/users/{self.id}", body, self.boss)
        assert status < 300, reply


API: dict[str, Callable[[Victim], None]] = {
    "signs out": lambda one: one.asks("POST", "/api/auth/logout", {}),
    "ends the session": lambda one: one.asks("DELETE", f"/api/auth/sessions/{one.session}"),
    "changes the password": lambda one: one.asks(
        "POST", "/api/auth/password", {"currentPassword": PASSWORD, "newPassword": "four brown cows walk"}
    ),
    "is disabled": lambda one: one.suffers("PATCH", {"isActive": False}),
    "loses the role": lambda one: one.suffers("PATCH", {"role": "BUSINESS_ADMIN"}),
    "is deleted": lambda one: one.suffers("DELETE"),
}
OUTSIDE = {
    "session revoked": "UPDATE sessions SET revoked_at = expires_at WHERE id = '{session}'",
    "session deleted": "DELETE FROM sessions WHERE id = '{session}'",
    "password": "UPDATE users SET password_hash = 'x' WHERE id = '{id}'",
    "disabled": "UPDATE users SET is_active = false WHERE id = '{id}'",
    "role": "UPDATE users SET role = 'BUSINESS_ADMIN' WHERE id = '{id}'",
    "deleted": "DELETE FROM users WHERE id = '{id}'",
}


@pytest.fixture
def pair(serve: Serve) -> list[Web]:
    """Two servers, and the same feed."""
    return [serve(), serve()]


def listening(pair: list[Web], signed: Headers, position: str) -> list[Reader]:
    """A new stream and a resumed one at each server."""
    found = [web.reader(f"{SSE}?initial=none", headers=signed) for web in pair]
    found += [web.reader(f"{SSE}?initial=none", headers={**signed, "Last-Event-ID": position}) for web in pair]
    for reader in found:
        reader.until("hello")
    return found


def cut_off(pair: list[Web], readers: list[Reader], signed: Headers, position: str, began: float) -> None:
    for reader in readers:
        ends(reader, began)
    for web in pair:
        refused = web.reader(SSE, headers={**signed, "Last-Event-ID": position})
        assert refused.status == 401
        assert json.loads(refused.body())["code"] == "token-revoked"


def test_each_way_through_the_api(app: Flask, pair: list[Web]) -> None:
    boss = token(pair[0])
    position = sse.publish({"type": "job"})
    for number, act in enumerate(API.values()):
        victim = Victim(app, pair[0], boss, f"v{number}@example.org")
        readers = listening(pair, victim.signed, position)
        began = time.monotonic()
        act(victim)
        cut_off(pair, readers, victim.signed, position, began)


def test_each_way_behind_the_applications_back_also_without_a_relay(app: Flask, pair: list[Web], database: str) -> None:
    boss = token(pair[0])
    staying = pair[1].reader(f"{SSE}?initial=none", headers=boss)
    position = sse.publish({"type": "job"})
    for number, statement in enumerate(OUTSIDE.values()):
        victim = Victim(app, pair[0], boss, f"v{number}@example.org")
        readers = listening(pair, victim.signed, position)
        outsider.write(database, statement.format(id=victim.id, session=victim.session))
        cut_off(pair, readers, victim.signed, position, time.monotonic())
    sse.publish({"type": "job", "end": True})
    assert staying.until(lambda event: event.kind == "job" and "end" in event.json)[-1]


def short(app: Flask, signed: Headers, seconds: int) -> tuple[Headers, Headers]:
    """A token of the same sign-in that soon ends, and one that renews it."""
    with app.app_context():
        claims = decode_token(signed["Authorization"].removeprefix("Bearer "))
        kept = {name: claims[name] for name in ("sid", "role", "stamp")}
        access = create_access_token(claims["sub"], expires_delta=timedelta(seconds=seconds), additional_claims=kept)
        refresh = create_refresh_token(claims["sub"], additional_claims=kept)
    return {"Authorization": f"Bearer {access}"}, {"Authorization": f"Bearer {refresh}"}


def test_a_token_renewed_in_time_keeps_its_streams_in_every_process(app: Flask, pair: list[Web]) -> None:
    whole, other = token(pair[0]), token(pair[0])
    for web in pair:
        web.reader(f"{SSE}?initial=none", headers=whole).until("hello")
    (renewed, renewal), (left, _) = short(app, whole, 6), short(app, other, 6)
    staying = [web.reader(f"{SSE}?initial=none", headers=renewed) for web in pair]
    ending = [web.reader(f"{SSE}?initial=none", headers=left) for web in pair]

    assert {reader.status for reader in staying + ending} == {200}

    assert pair[1].ask("POST", "/api/auth/refresh", {}, renewal)[0] == 200

    for reader in ending:
        assert reader.until("bye", 15)[-1].json["reason"] == "expired"
        assert reader.ended()
    sse.publish({"type": "job"})
    for reader in staying:
        assert [event.kind for event in reader.until("job")][-1] == "job"


def test_a_narrower_right_holds_for_initial_replay_and_live(app: Flask, serve: Serve) -> None:
    write(app, Business(id="b0", name="Bakery"))
    webs = [serve("tests.blueprints.narrow:create_app()") for _ in range(2)]
    signed = token(webs[0])
    streams = [web.reader(SSE, headers=signed) for web in webs]
    positions = [reader.until("initial")[-1] for reader in streams]
    write(app, User(id="u1", email="u1@example.org"), Business(id="b1", name="Butcher"))
    sse.publish({"type": "update", "data": {}})
    write(app, Business(id="b2", name="Brewer"))

    streams += [web.reader(SSE, headers={**signed, "Last-Event-ID": str(positions[0].id)}) for web in webs]

    assert all(set(initial.json["data"]) == SEVEN - {"users"} for initial in positions)
    for reader in streams:
        seen = reader.until(lambda event: event.kind == "change" and event.json["recordId"] == "b2")
        assert [event.json.get("recordId") for event in seen if event.kind not in ("hello", "hb")] == ["b1", "b2"]
    refused = webs[1].reader(f"{SSE}?topics=businesses,users", headers=signed)
    assert refused.status == 403
    told = json.loads(refused.body())
    assert (told["code"], told["topics"]) == ("topic-forbidden", ["users"])
