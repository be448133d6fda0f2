"""The stream as a browser gets it: the whole application before gunicorn, on both databases."""

import json
import time
from datetime import timedelta
from typing import Any

import httpx
import httpx_sse
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token, decode_token
from redis import Redis

from digisence.changes import Context, unit_of_work
from digisence.changes.outbox import drain
from digisence.extensions.sse import sse
from digisence.models import RECORDS, Business, User
from digisence.models.user import BUSINESS_ADMIN
from digisence.realtime import hub_for
from digisence.realtime.initial import key_of
from tests import outsider
from tests.blueprints.conftest import EMAIL, PASSWORD, Serve, bearer, sign_in
from tests.draining import drained
from tests.realtime.reader import Reader
from tests.realtime.web import Web

SSE = "/api/admin/sse"
SEVEN = {key_of(resource) for resource in RECORDS}


def token(web: Web) -> dict[str, str]:
    """The header of a fresh sign-in."""
    status, reply = web.ask("POST", "/api/auth/login", {"email": EMAIL, "password": PASSWORD})
    assert status == 200, reply
    return {"Authorization": f"Bearer {reply['accessToken']}"}


def write(app: Flask, *records: Any) -> None:
    """Commit records and see that they are published."""
    with app.app_context():
        with unit_of_work(Context("system:test")) as unit:
            unit.add_all(records)
        drained()


def ends(reader: Reader, began: float, reason: str = "revoked") -> None:
    assert reader.until("bye")[-1].json["reason"] == reason
    assert reader.ended()
    assert time.monotonic() - began < 4


def test_initial_holds_the_directory_and_changes_follow(serve: Serve, app: Flask, superadmin: str) -> None:
    web = serve()
    reader = web.reader(SSE, headers=token(web))
    hello, initial = reader.event(), reader.event()
    write(app, Business(id="b1", name="Bakery"))
    created = reader.event()

    assert set(initial.json["data"]) == SEVEN
    assert [user["id"] for user in initial.json["data"]["users"]] == [superadmin]
    assert "passwordHash" not in initial.json["data"]["users"][0]
    assert (hello.id, initial.id) == (None, hello.json["position"])
    assert "part" not in initial.json
    assert (created.kind, created.json["action"], created.json["recordId"]) == ("change", "created", "b1")
    assert created.json["patch"]["name"] == "Bakery"
    assert "previous" not in created.json
    again = web.reader(SSE, headers={**token(web), "Last-Event-ID": initial.id or ""})
    assert [again.event().kind, again.event().id] == ["hello", created.id]


def test_a_patch_reaches_the_stream_with_its_mutation(serve: Serve, app: Flask) -> None:
    write(app, Business(id="b1", name="Bakery"))
    web = serve()
    signed = token(web)
    reader = web.reader(f"{SSE}?initial=none", headers=signed)
    reader.until("hello")

    status, _ = web.ask("PATCH", "/api/admin/businesses/b1", {"name": "Baker"}, {**signed, "X-Mutation-Id": "m1"})

    told = reader.until(lambda event: event.kind == "change" and event.json["resource"] == "businesses")[-1].json
    assert status == 200
    assert (told["patch"]["name"], told["mutationId"], told["baseVersion"], told["version"]) == ("Baker", "m1", 1, 2)


def test_a_large_initial_comes_in_parts_and_only_the_last_has_an_id(serve: Serve, app: Flask) -> None:
    write(app, *(Business(id=f"b{number:04}", name=f"Business {number}") for number in range(1204)))
    web = serve()
    reader = web.reader(f"{SSE}?topics=businesses,users,job", headers=token(web))
    position = reader.event().json["position"]

    parts = [reader.event() for _ in range(3)]

    assert [(part.json["part"], part.json["parts"], part.id) for part in parts] == [
        (1, 3, None),
        (2, 3, None),
        (3, 3, position),
    ]
    assert set(parts[0].json["data"]) == {"businesses", "users"}
    ids = [record["id"] for part in parts for record in part.json["data"].get("businesses", [])]
    assert ids == [f"b{number:04}" for number in range(1204)]


def test_initial_is_compressed_for_who_takes_it_and_what_follows_comes_at_once(serve: Serve, app: Flask) -> None:
    write(app, *(Business(id=f"b{number:04}", name=f"Business {number}") for number in range(600)))
    web = serve()
    url = f"http://{web.address[0]}:{web.address[1]}{SSE}"
    with httpx.stream("GET", url, headers={**token(web), "Accept-Encoding": "gzip"}, timeout=10) as reply:
        events = httpx_sse.EventSource(reply).iter_sse()
        hello, first, second = (next(events).json() for _ in range(3))
        write(app, Business(id="b9999", name="The last"))
        live = next(events)
        size = reply.num_bytes_downloaded

    assert reply.headers["content-encoding"] == "gzip"
    assert [hello["type"], first["part"], second["part"]] == ["hello", 1, 2]
    businesses = [business["id"] for part in (first, second) for business in part["data"].get("businesses", [])]
    assert businesses == [f"b{number:04}" for number in range(600)]
    assert size < len(json.dumps([first, second])) / 5
    assert (live.json()["recordId"], live.json()["patch"]["name"]) == ("b9999", "The last")


def test_counts_and_none(serve: Serve, app: Flask) -> None:
    write(app, Business(id="b1", name="Bakery"), Business(id="b2", name="Butcher"))
    web = serve()
    signed = token(web)

    counted = web.reader(f"{SSE}?initial=counts", headers=signed)
    nothing = web.reader(f"{SSE}?initial=none", headers=signed)

    assert counted.until("initial")[-1].json["data"] == {**dict.fromkeys(SEVEN, 0), "users": 1, "businesses": 2}
    nothing.until("hello")
    sse.publish({"type": "update", "data": {}})
    assert nothing.event().kind == "update"


@pytest.mark.parametrize("way", ["Last-Event-ID", "lastEventId", "last_event_id"])
def test_a_foreign_position_is_lost_and_initial_follows_whichever_way_it_is_given(serve: Serve, way: str) -> None:
    web = serve()
    headers, query = token(web), ""
    if way == "Last-Event-ID":
        headers[way] = "5-0"
    else:
        query = f"?{way}=5-0"

    reader = web.reader(SSE + query, headers=headers)

    assert [reader.event().kind for _ in range(3)] == ["hello", "lost", "initial"]


def test_signing_out_ends_the_stream_of_that_sign_in_within_a_second(serve: Serve) -> None:
    web = serve()
    ours, theirs = token(web), token(web)
    ending, staying = (web.reader(f"{SSE}?initial=none", headers=signed) for signed in (ours, theirs))
    ending.until("hello")
    staying.until("hello")
    began = time.monotonic()

    assert web.ask("POST", "/api/auth/logout", {}, ours)[0] in (200, 204)

    ends(ending, began)
    sse.publish({"type": "update"})
    assert staying.until("update")


def test_a_user_disabled_or_deleted_by_a_stranger_is_cut_off(
    serve: Serve, app: Flask, superadmin: str, database: str
) -> None:
    web = serve()
    for statement in (
        f"UPDATE users SET is_active = false WHERE id = '{superadmin}'",
        f"DELETE FROM users WHERE id = '{superadmin}'",
    ):
        reader = web.reader(f"{SSE}?initial=none", headers=token(web))
        reader.until("hello")
        outsider.write(database, statement)
        began = time.monotonic()
        with app.app_context():
            drain()
        ends(reader, began)
        outsider.write(database, f"UPDATE users SET is_active = true WHERE id = '{superadmin}'")


def test_a_revocation_that_nobody_told_is_found_when_the_feed_comes_back(
    serve: Serve, database: str, redis_url: str
) -> None:
    web = serve()
    reader = web.reader(f"{SSE}?initial=none", headers=token(web))
    reader.until("hello")
    outsider.write(database, "UPDATE sessions SET revoked_at = expires_at")

    Redis.from_url(redis_url).client_kill_filter(_type="pubsub")

    assert reader.until("bye")[-1].json["reason"] == "revoked"


def test_a_stream_ends_with_its_token(serve: Serve, app: Flask) -> None:
    web = serve()
    with app.app_context():
        claims = decode_token(token(web)["Authorization"].removeprefix("Bearer "))
        kept = {name: claims[name] for name in ("sid", "role", "stamp")}
        short = create_access_token(claims["sub"], expires_delta=timedelta(seconds=2), additional_claims=kept)

    reader = web.reader(f"{SSE}?initial=none", headers={"Authorization": f"Bearer {short}"})

    assert reader.until("bye")[-1].json["reason"] == "expired"
    assert reader.ended()


def test_over_a_limit_there_is_429_before_any_stream(serve: Serve) -> None:
    web = serve(DIGISENCE_STREAM_LIMIT_USER="2")
    signed = token(web)
    held = [web.reader(f"{SSE}?initial=none", headers=signed) for _ in range(2)]
    held[1].until("hello")

    refused = web.reader(SSE, headers=signed)

    assert (refused.status, refused.headers["content-type"]) == (429, "application/problem+json")
    assert int(refused.headers["retry-after"]) > 0
    assert json.loads(refused.body())["code"] == "too-many-streams"
    held[0].close()
    deadline = time.monotonic() + 10
    while web.reader(SSE, headers=signed).status != 200:
        assert time.monotonic() < deadline


def test_strangers_and_other_roles_get_no_stream(app: Flask, client: FlaskClient, superadmin: str) -> None:
    assert client.get(SSE).status_code == 401
    signed = bearer(sign_in(client))
    client.delete_cookie("access_token_cookie", path="/api")
    with app.app_context(), unit_of_work(Context("system:test")) as unit:
        unit.get_one(User, superadmin).role = BUSINESS_ADMIN
    assert client.get(SSE, headers=signed).status_code in (401, 403)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("topics=businesses,nonsense", "topics"),
        ("topics=", "topics"),
        ("initial=all", "initial"),
        ("since=1-0", "since"),
        ("initial=none&initial=full", "initial"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(
    client: FlaskClient, superadmin: str, query: str, field: str
) -> None:
    reply = client.get(f"{SSE}?{query}", headers=bearer(sign_in(client)))

    assert reply.status_code == 422
    assert [error["field"] for error in reply.json["errors"]] == [field]


def test_whoever_asks_for_the_head_only_may_ask_for_the_same(app: Flask, client: FlaskClient, superadmin: str) -> None:
    signed = bearer(sign_in(client))

    assert client.head(f"{SSE}?topics=users&initial=none", headers=signed).status_code == 200
    assert client.head("/api/admin/users?limit=1", headers=signed).status_code == 200
    hub_for(app).close()


def test_a_server_without_a_socket_gets_the_same_stream(app: Flask, client: FlaskClient, superadmin: str) -> None:
    reply = client.get(SSE, headers=bearer(sign_in(client)), buffered=False)
    chunks = iter(reply.response)
    first = b"".join([next(chunks), next(chunks)])
    position = sse.publish({"type": "update"})

    live = next(chunks)
    hub_for(app).close()

    assert b'"type":"hello"' in first
    assert b'"type":"initial"' in first
    assert live.startswith(b"id: " + position.encode())
    assert b'"reason":"drain"' in b"".join(chunks)
    reply.close()
    assert reply.mimetype == "text/event-stream"


def test_head_answers_without_a_stream(app: Flask, client: FlaskClient, superadmin: str) -> None:
    reply = client.head(SSE, headers=bearer(sign_in(client)))

    assert (reply.status_code, reply.data, reply.mimetype) == (200, b"", "text/event-stream")
    hub_for(app).close()
