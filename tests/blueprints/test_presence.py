"""Who has a record open: told to all who listen, in every process, and gone when a lease ends."""

import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from digisence.extensions import redis_client
from digisence.extensions.sse import sse, stream_key
from digisence.realtime import presence
from tests.blueprints.conftest import Caller, MakeApp, Serve
from tests.blueprints.test_stream import SSE, token
from tests.realtime.reader import Reader

ROOM = "/api/admin/realtime/presence"
HERE = {"resource": "businesses", "recordId": "b1", "tab": "tab-00000001", "state": "looking"}


def people(reader: Reader) -> Any:
    """Whom the next message of presence names, with what they do."""
    told = reader.until("presence")[-1]
    assert (told.id, told.json["resource"], told.json["recordId"]) == (None, "businesses", "b1")
    return {person["userId"]: person["state"] for person in told.json["people"]}


def there(app: Flask, user: str, tab: str, state: str) -> dict[str, str]:
    """Somebody else's word, and who is there after it."""
    with app.app_context():
        found = presence.put("businesses", "b1", user, tab, state)
    return {person["userId"]: person["state"] for person in found["people"]}


def test_who_comes_edits_and_leaves_is_told_in_every_process_and_kept_in_no_history(
    serve: Serve, app: Flask, superadmin: str
) -> None:
    here, elsewhere = serve(), serve()
    signed = token(here)
    reader = elsewhere.reader(f"{SSE}?initial=none", headers=signed)
    reader.until("hello")
    asked = elsewhere.reader(f"{SSE}?initial=none&topics=presence", headers=signed)
    asked.until("hello")
    other = elsewhere.reader(f"{SSE}?initial=none&topics=users,job", headers=signed)
    other.until("hello")
    kept = redis_client.get().xlen(stream_key())

    began = time.monotonic()
    status, found = here.ask("PUT", ROOM, HERE, signed)
    assert people(reader) == people(asked) == {superadmin: "looking"}
    assert time.monotonic() - began < 4
    assert (status, found["people"]) == (200, [{"userId": superadmin, "state": "looking"}])
    here.ask("PUT", ROOM, HERE, signed)  # goes on: nothing new
    here.ask("PUT", ROOM, {**HERE, "state": "editing"}, signed)
    assert people(reader) == {superadmin: "editing"}
    here.ask("PUT", ROOM, {**HERE, "state": "gone"}, signed)
    assert people(reader) == {}

    assert redis_client.get().xlen(stream_key()) == kept
    position = sse.publish({"type": "job"})
    assert [event.kind for event in other.until("job")] == ["job"]
    again = here.reader(f"{SSE}?initial=none", headers={**signed, "Last-Event-ID": position})
    assert again.event().kind == "hello"
    sse.publish({"type": "sync"})
    assert again.event().kind == "sync"


def test_a_person_with_several_tabs_counts_once_with_what_they_do_most(app: Flask, redis_url: str) -> None:
    assert there(app, "ann", "tab-1", "looking") == {"ann": "looking"}
    assert there(app, "ann", "tab-2", "editing") == {"ann": "editing"}
    assert there(app, "bo of here", "tab-1", "away") == {"ann": "editing", "bo of here": "away"}
    assert there(app, "ann", "tab-2", "away") == {"ann": "away", "bo of here": "away"}
    assert there(app, "ann", "tab-1", "gone") == {"ann": "away", "bo of here": "away"}
    assert there(app, "ann", "tab-2", "gone") == {"bo of here": "away"}
    assert there(app, "bo of here", "tab-1", "gone") == {}
    assert redis_client.get().keys(f"{presence.PREFIX}*") == []


def test_a_killed_tab_is_gone_when_its_lease_ends_and_who_stays_is_told(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        listening = sse.subscribe()
    there(app, "bo", "tab-2", "looking")
    monkeypatch.setitem(presence.LEASES, "looking", 0.2)
    there(app, "ann", "tab-1", "looking")
    monkeypatch.undo()
    deadline = time.monotonic() + 5
    while there(app, "bo", "tab-2", "looking") != {"bo": "looking"}:
        assert time.monotonic() < deadline
        time.sleep(0.02)

    told = [listening.event(1) for _ in range(3)]
    assert listening.event(0.1) is None
    listening.close()
    assert [message and message[1].count(b"userId") for message in told] == [1, 2, 1]
    remaining: Any = redis_client.get().pttl(f"{presence.PREFIX}:businesses/b1")
    assert 0 < remaining <= presence.LEASES["looking"] * 1000


@pytest.mark.parametrize(
    "wrong",
    [{"resource": "cars"}, {"recordId": ""}, {"recordId": "x" * 201}, {"tab": "a b"}, {"state": "asleep"}, {"more": 1}],
)
def test_what_is_not_understood_is_refused_by_name(boss: Caller, wrong: dict[str, Any]) -> None:
    reply = boss("PUT", ROOM, json={**HERE, **wrong})

    assert reply.status_code == 422
    assert {error["field"] for error in reply.json["errors"]} == set(wrong)


def test_only_superadmins_are_there_and_only_while_redis_is(
    client: FlaskClient, make_app: MakeApp, superadmin: str
) -> None:
    assert client.put(ROOM, json=HERE).status_code == 401
    away = Caller(make_app(redis_url="unix:///nowhere/redis.sock").test_client())

    reply = away("PUT", ROOM, json=HERE)

    assert (reply.status_code, reply.json["code"], reply.headers["Retry-After"]) == (503, "feed-away", "2")
