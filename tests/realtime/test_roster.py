"""The roster holds every stream of every process, and nothing of one that is dead."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from redis import Redis

from digisence.extensions.sse import Position, sse
from digisence.realtime import drain, hub_for, overview, roster
from digisence.realtime.client import Client, Listener
from digisence.realtime.dialects import PLAIN
from digisence.realtime.ring import Entry, Ring, view
from digisence.realtime.roster import INDEX, Roster
from tests.realtime.conftest import change
from tests.realtime.web import Web
from tests.servers import RedisServer

Serve = Callable[..., Web]
Make = Callable[[], Roster]
PLACES = {"user:u": 2, "all": 3}


@pytest.fixture
def make(redis_of_its_own: RedisServer, feed: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Each call is another process; a beat every fifth of a second."""
    monkeypatch.setattr(roster, "LEASE_SECONDS", 1.2)
    monkeypatch.setattr(roster, "AWAY_SECONDS", 0.2)
    made = []

    def start() -> Roster:
        made.append(Roster(redis_of_its_own.url, Ring(sse.head(), 10_000), lambda: {"startedAt": time.time()}))
        made[-1].thread.start()
        return made[-1]

    yield start
    for one in made:
        one.close()


def eventually(found: Callable[[], Any], wanted: Any, wait: float = 8) -> None:
    deadline = time.monotonic() + wait
    while (seen := found()) != wanted:
        assert time.monotonic() < deadline, seen
        time.sleep(0.01)


def listening(name: str, ring: Ring) -> Client:
    ours, theirs = socket.socketpair()
    theirs.close()
    listener = Listener("u", "s", "1.2.3.4", 0, 0, agent="curl", id=name)
    return Client(ours, listener, view(frozenset({"users"}), PLAIN), ring.tip()[1], close=ours.close)


def names() -> list[str]:
    return [told["id"] for told in overview.connections()]


def test_a_stream_is_told_of_with_where_it_stands(make: Make) -> None:
    one = make()
    one.take(PLACES)
    ring = one._ring
    client = listening("c1", ring)
    one.arrive(client)
    eventually(names, ["c1"])
    [told] = overview.connections()
    assert abs(told.pop("since").timestamp() - time.time()) < 8
    assert told == {
        "id": "c1", "userId": "u", "address": "1.2.3.4", "agent": "curl", "topics": ["users"], "transport": "sse",
        "position": str(ring.last), "behind": 0, "bytesSent": 0, "process": one.process,
    }  # fmt: skip
    before = ring.last

    ring.append(Entry(Position(before.milliseconds + 5, 0), b"data: 1\n\n", "users"))

    eventually(lambda: [(told["behind"], told["position"]) for told in overview.connections()], [(1, str(before))])
    one.leave("c1", PLACES)
    eventually(names, [])
    client.free()


def test_a_process_that_closes_leaves_nothing(make: Make, redis_of_its_own: RedisServer) -> None:
    one, two = make(), make()
    assert one.take(PLACES) is one.take(PLACES) is None
    assert two.take(PLACES) == "user:u"

    one.close()

    assert two.take(PLACES) is None
    with Redis.from_url(redis_of_its_own.url) as redis:
        assert not [key for key in redis.keys(f"{INDEX}:*") if one.process in key.decode()]
        assert redis.smembers(INDEX) == {two.process.encode()}


def test_an_emptied_redis_is_told_everything_again(make: Make, redis_of_its_own: RedisServer) -> None:
    one, two = make(), make()
    client = listening("c1", one._ring)
    one.arrive(client)
    assert one.take(PLACES) is one.take(PLACES) is None
    eventually(names, ["c1"])
    with Redis.from_url(redis_of_its_own.url) as redis:
        redis.flushall()

        eventually(lambda: redis.hget(f"{INDEX}:{one.process}", "user:u"), b"2")
    eventually(names, ["c1"])
    assert two.take(PLACES) == "user:u"
    client.free()


def test_a_feed_that_was_not_reached_yet_has_no_lag_and_one_that_was_has_its_own(make: Make) -> None:
    sse.publish(change(1))
    one = make()
    eventually(lambda: one.lag_ms, 0)
    one._ring.reset(Position(0, 0))  # as a hub begins
    eventually(lambda: one.lag_ms, None)


def test_without_redis_a_process_counts_its_own_and_tells_them_later(make: Make, redis_of_its_own: RedisServer) -> None:
    one, two = make(), make()
    redis_of_its_own.kill()
    began = time.monotonic()

    assert [one.take(PLACES), one.take(PLACES), one.take(PLACES)] == [None, None, "user:u"]
    assert two.take(PLACES) is None
    assert time.monotonic() - began < 3

    redis_of_its_own.start()
    with Redis.from_url(redis_of_its_own.url) as redis:
        eventually(lambda: redis.hget(f"{INDEX}:{one.process}", "user:u"), b"2")
    assert two.take(PLACES) == "user:u"


def test_a_redis_that_is_silent_holds_up_an_arrival_shortly_and_a_departure_not_at_all(
    make: Make, redis_of_its_own: RedisServer
) -> None:
    one = make()
    one.take(PLACES)
    assert redis_of_its_own._process is not None
    redis_of_its_own._process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    asker = threading.Thread(target=one.take, args=(PLACES,))
    asker.start()

    one.leave("c1", PLACES)

    assert time.monotonic() - began < 1
    asker.join(3)
    assert not asker.is_alive()
    redis_of_its_own._process.send_signal(signal.SIGCONT)
    eventually(one.held, 1)
    with Redis.from_url(redis_of_its_own.url) as redis:
        eventually(lambda: redis.hget(f"{INDEX}:{one.process}", "user:u"), b"1")


def test_a_forked_child_has_a_part_of_its_own_and_takes_only_that_away(feed: Flask) -> None:
    parent = hub_for(feed)
    assert parent.roster.take(PLACES) is None
    child = os.fork()
    if child == 0:
        mine = hub_for(feed).roster
        first, second = mine.take(PLACES), mine.take(PLACES)
        drain()
        os._exit(0 if (first, second) == (None, "user:u") else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    eventually(lambda: [told["id"] for told in overview.processes()], [parent.roster.process])
    assert [parent.roster.take(PLACES), parent.roster.take(PLACES)] == [None, "user:u"]
    parent.close()
    assert overview.processes() == []


def test_a_killed_process_gives_its_places_back_when_its_lease_ends(serve: Serve) -> None:
    doomed, other = serve(lease=2, stream_limit_user=2), serve(lease=2, stream_limit_user=2)
    for _ in range(2):
        doomed.reader().until("hello")
    assert other.reader().status == 429
    killed = doomed.get("/page")["pid"]
    eventually(lambda: len(overview.connections()), 2)

    os.kill(killed, signal.SIGKILL)

    assert other.reader().status == 429
    eventually(lambda: other.reader().status, 200)
    eventually(lambda: {told["pid"] for told in overview.processes()} & {killed}, set())


def test_two_workers_of_one_server_share_the_limits(serve: Serve) -> None:
    web = serve(processes=2, stream_limit_address=6)

    given = [web.reader().status for _ in range(20)]

    assert given.count(200) == 6
    eventually(lambda: len(overview.connections()), 6)


def test_a_listing_spans_processes_and_a_disconnect_finds_its_stream_in_any(serve: Serve) -> None:
    here, there = serve(), serve()
    ours, theirs = here.reader("/stream?user=a"), there.reader("/stream?user=b")
    ours.until("hello")
    theirs.until("hello")
    eventually(lambda: {told["userId"] for told in overview.connections()}, {"a", "b"})
    wanted = next(told["id"] for told in overview.connections() if told["userId"] == "b")
    began = time.monotonic()

    assert overview.disconnect(wanted)

    assert theirs.until("bye")[-1].json["reason"] == "disconnected"
    assert theirs.ended()
    assert time.monotonic() - began < 4
    sse.publish(change(1))
    assert ours.until("change")
    eventually(lambda: overview.disconnect(wanted), False)
    assert not overview.disconnect("nobody")
