"""Who listens, anywhere; end one of them; how the feed is; the same in numbers."""

import http.client
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from digisence.changes import Context, unit_of_work
from digisence.changes.relay import HEARTBEAT
from digisence.extensions import redis_client
from digisence.extensions.sse import sse
from digisence.models import Business
from tests.blueprints.conftest import Caller, MakeApp, Serve, sign_in
from tests.blueprints.test_openapi import conforms
from tests.blueprints.test_stream import SSE, ends, token
from tests.realtime.web import Web

ROOM = "/api/admin/realtime"
AWAY = "unix:///nowhere/redis.sock"
Page = dict[str, Any]


def page(web: Web, signed: dict[str, str], test: Callable[[Page], bool], query: str = "") -> Page:
    """The first listing that passes the test."""
    deadline = time.monotonic() + 10
    while True:
        status, found = web.ask("GET", f"{ROOM}/connections{query}", headers=signed)
        assert status == 200, found
        if test(found):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.02)


def test_connections_of_all_processes_are_listed_and_one_is_ended(serve: Serve, superadmin: str) -> None:
    here, there = serve(), serve()
    signed = token(here)
    ours = here.reader(f"{SSE}?initial=none", headers={**signed, "User-Agent": "curl/8"})
    ours.until("hello")
    theirs = there.reader(f"{SSE}?initial=none&topics=users", headers=signed)
    theirs.until("hello")

    found = page(here, signed, lambda found: found["total"] == 2)
    second = page(here, signed, lambda found: True, "?page=2&limit=1")

    newest, oldest = found["items"]
    assert (second["items"][0]["id"], second["page"], second["limit"], second["total"]) == (oldest["id"], 2, 1, 2)
    assert (newest["topics"], oldest["topics"]) == (["update", "users"], None)
    assert (newest["userId"], newest["address"], newest["transport"]) == (superadmin, "127.0.0.1", "sse")
    assert (oldest["agent"], oldest["bytesSent"] > 0, oldest["behind"]) == ("curl/8", True, 0)
    assert oldest["position"] == sse.position()
    assert oldest["since"] < newest["since"]
    assert oldest["process"] != newest["process"]

    began = time.monotonic()
    assert here.ask("DELETE", f"{ROOM}/connections/{newest['id']}", headers=signed) == (204, None)

    ends(theirs, began, "disconnected")
    assert [told["id"] for told in page(here, signed, lambda found: found["total"] == 1)["items"]] == [oldest["id"]]
    assert here.ask("DELETE", f"{ROOM}/connections/{newest['id']}", headers=signed)[0] == 404
    sse.publish({"type": "job"})
    assert ours.until("job")


def test_the_state_of_the_feed_in_every_process(serve: Serve, app: Flask) -> None:
    webs = [serve(DIGISENCE_STREAM_LIMIT_ADDRESS="2") for _ in range(2)]
    signed = token(webs[0])
    readers = [web.reader(f"{SSE}?initial=none", headers=signed) for web in webs]
    for reader in readers:
        reader.until("hello")
    assert webs[0].reader(SSE, headers=signed).status == 429
    position = sse.publish({"type": "job"})
    for reader in readers:
        reader.until("job")
    redis_client.get().set(HEARTBEAT, "1", ex=60)

    deadline, heard = time.monotonic() + 12, []
    while heard != [position] * 2:  # a process tells of itself every few seconds
        assert time.monotonic() < deadline, heard
        status = webs[1].ask("GET", f"{ROOM}/status", headers=signed)[1]
        heard = [process["position"] for process in status["processes"]]

    assert status["position"] == position
    assert status["epoch"] == status["oldest"] < position
    assert (status["relayAlive"], status["publisherAway"]) == (True, False)
    assert (status["streams"], status["lost"], status["dropped"]) == (2, 0, 0)
    assert status["refused"] == {"user": 0, "address": 1, "all": 0}
    assert status["deliveries"] >= 2
    for process in status["processes"]:
        assert process["ring"]["messages"] >= 1
        assert 0 < process["ring"]["bytes"] < process["ring"]["mostBytes"] == 64_000_000
        assert process["startedAt"] <= process["seenAt"]
        assert process["streams"] == 1
    assert "lagMs" in status["processes"][0]


def test_what_waits_to_be_published_is_told_and_nothing_else_without_redis(make_app: MakeApp, superadmin: str) -> None:
    app = make_app(redis_url=AWAY)
    boss = Caller(app.test_client())
    with app.app_context(), unit_of_work(Context("system:test")) as unit:
        unit.add(Business(id="b1", name="Bakery"))

    status = boss.get("realtime/status").json
    refused = boss.get("realtime/connections")

    assert status["outbox"]["size"] >= 1
    assert status["outbox"]["ageSeconds"] >= 0
    assert status["outbox"]["oldestAt"].endswith("Z")
    assert (status["publisherAway"], status["position"], status["relayAlive"], status["processes"]) == (
        True,
        None,
        None,
        [],
    )
    assert (refused.status_code, refused.json["code"], refused.headers["Retry-After"]) == (503, "feed-away", "2")
    assert boss.delete("realtime/connections/x").status_code == 503


def test_a_token_is_renewed_also_while_redis_is_away(make_app: MakeApp, superadmin: str) -> None:
    client = make_app(redis_url=AWAY).test_client()
    sign_in(client)
    csrf = client.get_cookie("csrf_refresh_token", path="/api/auth") or client.get_cookie("csrf_refresh_token")
    assert csrf is not None

    assert client.post("/api/auth/refresh", headers={"X-CSRF-TOKEN": csrf.value}).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("GET", "connections"), ("GET", "status"), ("DELETE", "connections/x")])
def test_strangers_are_refused(client: FlaskClient, method: str, path: str) -> None:
    assert client.open(f"{ROOM}/{path}", method=method).status_code == 401


def test_the_document_tells_the_shapes(client: FlaskClient, boss: Caller) -> None:
    document = client.get("/openapi.json").json
    schemas, status = document["components"]["schemas"], boss.get("realtime/status").json
    assert set(document["paths"][f"{ROOM}/connections"]["get"]["responses"]) >= {"200", "401", "403", "422", "503"}
    assert set(document["paths"][f"{ROOM}/connections/{{connection_id}}"]["delete"]["responses"]) >= {
        "204",
        "404",
        "503",
    }
    assert set(schemas["RealtimeStatus"]["properties"]) == set(status)
    assert [
        name for name, told in schemas["RealtimeStatus"]["properties"].items() if not conforms(status[name], told)
    ] == []
    assert boss.get("realtime/connections?user=x").status_code == 422


def test_the_figures_of_a_process_count_what_its_streams_got(serve: Serve) -> None:
    web = serve(DIGISENCE_STREAM_LIMIT_USER="1")
    signed = token(web)
    reader = web.reader(f"{SSE}?initial=none", headers=signed)
    reader.until("hello")
    assert web.reader(SSE, headers=signed).status == 429
    sse.publish({"type": "job"})
    reader.until("job")

    found = figures(web)

    assert found['digisence_stream_clients{transport="sse"}'] == 1
    assert found['digisence_stream_clients{transport="ws"}'] == 0
    assert found['digisence_stream_refused_total{limit="user"}'] == 1
    assert found['digisence_stream_dropped_total{reason="lost"}'] == 0
    assert found["digisence_stream_deliveries_total"] >= 1
    assert found["digisence_stream_sent_bytes_total"] > 0
    assert 0 < found["digisence_ring_bytes"] < found["digisence_ring_most_bytes"]
    assert found["digisence_ring_messages"] >= 1
    deadline = time.monotonic() + 10
    while "digisence_feed_lag_seconds" not in found:
        assert time.monotonic() < deadline, found
        found = figures(web)
    assert found["digisence_feed_lag_seconds"] < 5


def figures(web: Web) -> dict[str, float]:
    connection = http.client.HTTPConnection(*web.address, timeout=10)
    connection.request("GET", "/metrics", headers={"Connection": "close"})
    text = connection.getresponse().read().decode()
    connection.close()
    return {name: float(value) for name, value in re.findall(r"^(digisence_\S+) (\S+)$", text, re.MULTILINE)}
