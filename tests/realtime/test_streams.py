"""How streams live and end: beats, the slow, the dead, the expired, the revoked, the drained."""

import signal
import socket
import struct
import time
from collections.abc import Callable
from itertools import pairwise

import pytest

from digisence.extensions.sse import sse
from digisence.models import RECORDS
from tests.realtime.conftest import Web, change, numbers
from tests.realtime.reader import Reader

Serve = Callable[..., Web]


def test_heartbeats_come_in_time_with_the_position_as_id_and_data(serve: Serve) -> None:
    reader = serve(heartbeat=1).reader()
    position = reader.event().json["position"]
    times = []
    for _ in range(3):
        beat = reader.event(2)
        times.append(time.monotonic())
        assert (beat.event, beat.id, beat.data) == ("hb", position, position)

    assert all(0.8 < later - earlier < 1.3 for earlier, later in pairwise(times))


def test_a_slow_reader_is_told_lost_and_closed_and_hurts_nobody(serve: Serve) -> None:
    web = serve(stream_bytes=400_000)
    slow = web.reader(receive_buffer=4096)
    slow.until("hello")
    quick = web.reader()
    quick.until("hello")
    latest = []
    for number in range(1500):
        sse.publish(change(number, filler="x" * 20_000))
        began = time.monotonic()
        assert numbers([quick.event()]) == [number]
        latest.append(time.monotonic() - began)

    seen = slow.rest()

    assert seen[-1].kind == "lost"
    got = numbers(seen)
    assert got == list(range(len(got)))
    assert len(got) < 1500
    assert sorted(latest)[len(latest) // 2] < 0.05
    assert web.get("/page")["lost"] == 1


def test_a_reader_that_pauses_within_bounds_gets_everything(serve: Serve) -> None:
    web = serve()
    slow = web.reader(receive_buffer=4096)
    slow.until("hello")
    for number in range(600):
        sse.publish(change(number, filler="x" * 20_000))

    assert numbers([slow.event() for _ in range(600)]) == list(range(600))


@pytest.mark.parametrize("manner", ["close", "reset", "half-close"])
def test_dead_clients_are_freed_at_once(web: Web, manner: str) -> None:
    before = web.get("/page")["fds"]
    readers = [web.reader() for _ in range(30)]
    for reader in readers:
        reader.until("hello")
    held = web.eventually(lambda page: page["streams"] == 30)
    for reader in readers:
        if manner == "reset":
            reader.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if manner == "half-close":
            reader.socket.shutdown(socket.SHUT_WR)
        else:
            reader.close()

    after = web.eventually(lambda page: page["streams"] == 0, 2)

    assert held["fds"] >= 30
    assert after["fds"] <= before + 12  # the hub's own


def test_a_stream_ends_when_its_token_does(web: Web) -> None:
    reader = web.reader("/stream?seconds=1.5")
    began = time.monotonic()

    bye = reader.until("bye")[-1]

    assert 1.3 < time.monotonic() - began < 5
    assert bye.json["reason"] == "expired"
    assert bye.json["retryMs"] == bye.retry
    assert bye.id is None
    assert reader.ended()


def test_a_stream_ends_when_its_life_is_over_and_goes_on_where_it_was(serve: Serve) -> None:
    web = serve(stream_lifetime="2s")
    reader = web.reader()
    position = reader.event().json["position"]
    began = time.monotonic()

    bye = reader.until("bye")[-1]

    assert 1.4 < time.monotonic() - began < 5
    assert (bye.json["reason"], bye.retry) == ("lifetime", bye.json["retryMs"])
    sse.publish(change(1))
    assert numbers(web.reader(headers={"Last-Event-ID": position}).until("change")) == [1]


def test_an_http_1_0_reader_gets_the_bare_events(web: Web) -> None:
    connection = socket.create_connection(web.address, timeout=5)
    connection.sendall(b"GET /stream HTTP/1.0\r\n\r\n")
    heard = b""
    while b"hello" not in heard:
        heard += connection.recv(65536)
    position = sse.publish(change(1))
    head, _, body = heard.partition(b"\r\n\r\n")

    live = b""
    while not live.endswith(b"\n\n"):
        live += connection.recv(65536)

    assert b"Transfer-Encoding" not in head
    assert body.startswith(b"retry: ")
    assert live.startswith(f"id: {position}\ndata: {{".encode())
    connection.close()


def test_a_revocation_ends_the_streams_it_names_in_every_process_within_a_second(serve: Serve) -> None:
    webs = [serve(), serve()]
    paths = [
        "/stream?user=u1&session=s1",
        "/stream?user=u1&session=s2",
        "/stream?user=u2&session=s3",
        "/stream?user=u3&session=s4",
    ]
    readers = {(web.address, path): web.reader(path) for web in webs for path in paths}
    for reader in readers.values():
        reader.until("hello")
    began = time.monotonic()

    sse.control("revoked", users=["u2"], sessions=["s1"])

    for (_, path), reader in readers.items():
        if path in (paths[0], paths[2]):
            assert reader.until("bye")[-1].json["reason"] == "revoked"
            assert reader.ended()
    assert time.monotonic() - began < 4
    sse.publish(change(1))
    for (_, path), reader in readers.items():
        if path in (paths[1], paths[3]):
            assert numbers(reader.until("change")) == [1]


TAKEN_AWAY = [
    {"action": "updated", "patch": {"role": "BUSINESS_ADMIN"}}, {"action": "updated", "patch": {"isActive": False}},
    {"action": "deleted"}, {"action": "quarantined"},
]  # fmt: skip


@pytest.mark.parametrize("fact", TAKEN_AWAY, ids=str)
def test_a_change_that_takes_the_right_away_ends_the_stream_before_it_is_told(web: Web, fact: dict) -> None:
    theirs, others = web.reader("/stream?user=u1"), web.reader("/stream?user=u2&session=s2")
    theirs.until("hello")
    others.until("hello")

    sse.publish({"type": "change", "resource": "users", "recordId": "u1", **fact})

    assert [event.kind for event in theirs.until("bye")] == ["bye"]
    assert theirs.ended()
    assert others.event().json["recordId"] == "u1"


def test_a_harmless_change_of_the_user_ends_nothing(web: Web) -> None:
    reader = web.reader("/stream?user=u1")
    reader.until("hello")
    for patch in ({"name": "x"}, {"role": "SUPER_ADMIN"}, {"isActive": True}):
        sse.publish({"type": "change", "resource": "users", "recordId": "u1", "action": "updated", "patch": patch})
    for resource in [*RECORDS][1:]:
        sse.publish({"type": "change", "resource": resource, "recordId": "u1", "action": "deleted"})
    sse.publish({"type": "update"})

    assert {event.kind for event in reader.until("update")} == {"change", "update"}


def test_sigterm_says_bye_to_all_with_spread_times(serve: Serve) -> None:
    web = serve(stream_limit_user=100)
    readers = [web.reader() for _ in range(60)]
    for reader in readers:
        reader.until("hello")
    began = time.monotonic()

    web.process.send_signal(signal.SIGTERM)

    byes = [reader.until("bye")[-1] for reader in readers]
    assert {bye.json["reason"] for bye in byes} == {"drain"}
    assert all(reader.ended() for reader in readers)
    assert time.monotonic() - began < 3
    times = sorted(bye.json["retryMs"] for bye in byes)
    assert times[-1] - times[0] > 1500
    assert max(later - earlier for earlier, later in pairwise(times)) < 200
    web.process.wait(10)


def test_five_hundred_streams_leave_eight_threads_free(web: Web) -> None:
    web.reader().until("hello")
    readers: list[Reader] = [web.reader() for _ in range(500)]
    for reader in readers:
        reader.until("hello")

    web.eventually(lambda page: page["streams"] == 501)
    took = []
    for _ in range(50):
        began = time.monotonic()
        page = web.get("/page")
        took.append(time.monotonic() - began)
    given = [sse.publish(change(number)) for number in range(10)]

    for reader in readers:
        assert [reader.event().id for _ in given] == given
    of_requests = [name for name in page["threads"] if name.startswith("ThreadPoolExecutor")]
    assert len(of_requests) <= 8
    assert sorted({*page["threads"]} - {*of_requests}) == ["MainThread", "feed", "rights", "roster", "streams"]
    assert len(page["threads"]) == len(of_requests) + 5
    assert sorted(took)[25] < 0.1
