"""The guide to deployment, followed: what stands in it runs, and through its nginx a stream is what it is without."""

import contextlib
import json
import signal
import socket
import time
from itertools import pairwise

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.guide.certificate import NAME
from tests.guide.conftest import BUSINESSES, STREAMS_AN_ADDRESS, Visit
from tests.guide.machine import Machine
from tests.guide.visitor import SSE, Stream, Tab, Visitor
from tests.realtime.talker import until

both = pytest.mark.parametrize("http2", [False, True], ids=["http1", "http2"])
RENAMES = 5


def rename(visitor: Visitor, name: str) -> None:
    """Change a business."""
    [first] = visitor.http.get("/api/admin/businesses?limit=1").json()["items"]
    address, tag = f"/api/admin/businesses/{first['id']}", f'"{first["version"]}"'
    visitor.http.patch(address, json={"name": name}, headers={"If-Match": tag}).raise_for_status()


def follow(visitor: Visitor, stream: Stream) -> None:
    """Change a business some times, and see each change arrive before any heartbeat could have pushed it through."""
    began = time.monotonic()
    for number in range(RENAMES):
        rename(visitor, f"Name {time.monotonic()} {number}")
        assert stream.until("change").json()["patch"]["name"].endswith(f" {number}")
    assert time.monotonic() - began < RENAMES * 2


def streams(visitor: Visitor) -> list[dict]:
    """All open streams."""
    return list(visitor.http.get("/api/admin/realtime/connections?limit=500").json()["items"])


def open_from(visitor: Visitor, address: str, wanted: bool) -> bool:
    """True once a stream from an address is open, or none is, as wanted; within some seconds."""
    deadline = time.monotonic() + 5
    while any(stream["address"] == address for stream in streams(visitor)) != wanted:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_doctor_finds_all_well_and_a_job_is_done_with_these_settings_services_and_rights_in_redis(
    machine: Machine,
) -> None:
    assert "All is well." in machine.run("doctor")
    machine.run("integrity", "run", "--wait")


@both
def test_a_stream_begins_at_once_and_each_change_follows_at_once(visit: Visit, http2: bool) -> None:
    visitor = visit(http2=http2)
    stream = visitor.stream()

    assert stream.reply.http_version == ("HTTP/2" if http2 else "HTTP/1.1")
    assert stream.event().json()["type"] == "hello"
    follow(visitor, stream)


@both
def test_the_opening_comes_compressed_and_each_change_at_once_behind_it(visit: Visit, http2: bool) -> None:
    visitor = visit(http2=http2)
    stream = visitor.stream("initial=full", Accept_Encoding="gzip")
    parts = [stream.until("initial").json()]
    while parts[-1].get("part", 1) < parts[-1].get("parts", 1):
        parts.append(stream.until("initial").json())
    taken = stream.reply.num_bytes_downloaded

    assert stream.reply.headers["content-encoding"] == "gzip"
    assert sum(len(part["data"].get("businesses", [])) for part in parts) == BUSINESSES
    assert taken < len(json.dumps(parts)) / 4
    follow(visitor, stream)


@both
def test_heartbeats_pass(visit: Visit, http2: bool) -> None:
    stream = visit(http2=http2).stream()
    beats = [time.monotonic() for _ in range(3) if stream.until("hb")]

    assert all(later - earlier < 6 for earlier, later in pairwise(beats))


@both
def test_the_address_that_counts_is_the_one_that_nginx_saw(visit: Visit, http2: bool) -> None:
    visitor = visit(http2=http2, address="127.0.0.2")
    visitor.stream(X_Forwarded_For="203.0.113.9", Forwarded="for=203.0.113.9", X_Real_IP="203.0.113.9").event()

    assert "127.0.0.2" in {stream["address"] for stream in streams(visitor)}
    assert "203.0.113.9" not in {stream["address"] for stream in streams(visitor)}
    assert {row["address"] for row in visitor.http.get("/api/auth/sessions").json()["items"]} == {"127.0.0.1"}


@both
def test_who_is_over_the_limit_of_an_address_is_told_when_to_come_back_and_others_are_let_in(
    visit: Visit, http2: bool
) -> None:
    address = f"127.0.0.{3 + http2}"
    crowd = visit(http2=http2, address=address)
    for number in range(STREAMS_AN_ADDRESS):
        crowd.stream(X_Forwarded_For=f"203.0.113.{number}").event()

    refused = crowd.stream(X_Forwarded_For="203.0.113.200").reply

    assert (refused.status_code, refused.headers["content-type"]) == (429, "application/problem+json")
    refused.read()
    assert int(refused.headers["retry-after"]) > 0
    assert refused.json()["limit"] == "address"
    assert visit(http2=http2, address="127.0.0.5").stream().event().json()["type"] == "hello"


def websocket(machine: Machine, token: str, origin: str) -> ClientConnection:
    """A WebSocket through nginx."""
    plain = socket.create_connection(("127.0.0.1", machine.port("https")), 10)
    return connect(
        f"wss://{NAME}/api/admin/ws?initial=none", sock=plain, ssl=machine.trust(), origin=origin,  # type: ignore[arg-type]
        additional_headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip


def test_a_websocket_passes_and_a_foreign_page_is_refused(machine: Machine, visit: Visit, token: str) -> None:
    with websocket(machine, token, f"https://{NAME}") as client:
        until(client, "hello")
        rename(visit(), "By WebSocket")
        assert until(client, "change")[-1]["patch"]["name"] == "By WebSocket"
    with pytest.raises(InvalidStatus) as refused:
        websocket(machine, token, "https://elsewhere.example")

    assert refused.value.response.status_code == 403


@both
def test_what_has_not_changed_is_not_sent_again(visit: Visit, http2: bool) -> None:
    visitor = visit(http2=http2)
    path, zipped = "/api/admin/businesses?limit=100", {"Accept-Encoding": "gzip"}
    first = visitor.http.get(path, headers=zipped)

    again = visitor.http.get(path, headers={**zipped, "If-None-Match": first.headers["ETag"]})

    assert (first.status_code, first.headers["content-encoding"]) == (200, "gzip")
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])


@both
def test_who_leaves_frees_the_stream(visit: Visit, http2: bool) -> None:
    leaving, staying = visit(http2=http2, address="127.0.0.6"), visit()
    leaving.stream().event()
    assert open_from(staying, "127.0.0.6", wanted=True)

    leaving.leave()

    assert open_from(staying, "127.0.0.6", wanted=False)


def test_a_closed_tab_frees_its_stream_though_its_connection_lives(machine: Machine, visit: Visit, token: str) -> None:
    with contextlib.closing(Tab(machine.port("https"), machine.trust(), "127.0.0.8")) as tab:
        tab.open(f"{SSE}?initial=none", token)
        tab.until(b'"hello"')
        assert open_from(visit(), "127.0.0.8", wanted=True)

        tab.reset()

        assert open_from(visit(), "127.0.0.8", wanted=False)
        tab.open("/healthz", token)
        tab.until(b'"ok"')


def test_plain_http_leads_to_https(machine: Machine) -> None:
    reply = httpx.get(f"http://127.0.0.1:{machine.port('http')}/businesses?page=2", headers={"Host": NAME})

    assert (reply.status_code, reply.headers["location"]) == (301, f"https://{NAME}/businesses?page=2")


def test_the_largest_body_that_is_allowed_reaches_the_application(visit: Visit) -> None:
    body = {"name": "x" * 1_900_000}

    assert visit().http.post("/api/admin/businesses", json=body).headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("way", ["restart", "reload"])
def test_a_process_that_leaves_says_bye_through_nginx_and_nobody_is_refused(
    machine: Machine, visit: Visit, way: str
) -> None:
    visitors, watcher = [visit(http2=http2, address="127.0.0.7") for http2 in (False, True)], visit()
    opened = [visitor.stream() for visitor in visitors for _ in range(STREAMS_AN_ADDRESS // 2)]
    positions = [stream.until("hello").json()["position"] for stream in opened]
    for name in ("8001", "8002"):
        machine.signal(name, signal.SIGTERM if way == "restart" else signal.SIGHUP)
        assert {watcher.http.get("/healthz").status_code for _ in range(50)} == {200}
        if way == "restart":
            machine.restarted(name)

    byes = [stream.until("bye") for stream in opened]

    assert {bye.json()["reason"] for bye in byes} == {"drain"}
    assert all(bye.retry == bye.json()["retryMs"] for bye in byes)
    assert all(stream.ended() for stream in opened)
    rename(watcher, f"After a {way}")
    for visitor in visitors:
        assert visitor.stream(Last_Event_ID=positions[0]).until("change").json()["patch"]["name"] == f"After a {way}"
