"""`update` tells what there is and what changed, once a state in the whole cluster, at most every five seconds."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
from flask import Flask
from redis import RedisError

from digisence.changes import Context, tally, unit_of_work
from digisence.extensions import db, redis_client
from digisence.extensions.sse import Position, Stored, sse
from digisence.models import RECORDS, Business
from digisence.realtime import summary
from digisence.realtime.initial import key_of
from digisence.realtime.summary import Summary
from tests import outsider
from tests.draining import drained
from tests.servers import RedisServer

# Takes the turn, then hangs
HOLDER = """
import sys, time
from digisence import create_app
from digisence.realtime import summary
summary.EVERY_SECONDS = 1.0
def hang(connection):
    print("mine", flush=True)
    time.sleep(60)
summary.counts = hang
app = create_app(instance=sys.argv[1], database_url=sys.argv[2], redis_url=sys.argv[3], doors=False)
with app.app_context():
    summary.Summary()(0)
"""
NONE = {key_of(resource): [] for resource in RECORDS}


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the summary's clock, and Redis's for the turn."""
    now = [1000.0]
    monkeypatch.setattr(summary.time, "monotonic", lambda: now[0])

    def forward(seconds: float) -> None:
        now[0] += seconds
        left = redis_client.get().pttl(summary.TURN)
        if left > 0:
            redis_client.get().pexpire(summary.TURN, max(1, int(left - seconds * 1000)))
            while left <= seconds * 1000 and redis_client.get().exists(summary.TURN):
                pass  # a millisecond

    return forward


def updates() -> list[Stored]:
    found = sse.stored(Position(0, 0))
    return [orjson.loads(each.data) for each in found if each.data and b'"type":"update"' in each.data]


def write(**values: object) -> None:
    with unit_of_work(Context("system:test")) as unit:
        unit.merge(Business(**values))
    drained()


def test_counts_and_the_changes_of_the_last_five_minutes(database: str, clock: Callable[[float], None]) -> None:
    write(id="b1", name="Bakery")
    write(id="b1", name="Baker")
    outsider.write(
        database, "UPDATE businesses SET name = 'Old' WHERE id = 'b1'", "DELETE FROM businesses WHERE id = 'b1'"
    )
    write(id="b2", name="Butcher")
    outsider.tamper(
        database,
        "UPDATE changes SET committed_at = '2020-01-01 00:00:00.000' WHERE action = 'created' AND record_id = 'b1'",
    )

    Summary()(0)

    [told] = updates()
    assert told["data"]["counts"] == {**dict.fromkeys(NONE, 0), "businesses": 1}
    recent = told["data"]["recentChanges"]
    assert {**recent, "businesses": []} == NONE
    assert [(each["id"], each["action"], each["name"]) for each in recent["businesses"]] == [
        ("b2", "created", "Butcher"), ("b1", "deleted", "Old"), ("b1", "updated", "Old"), ("b1", "updated", "Baker"),
    ]  # fmt: skip
    assert all(each["at"].endswith("Z") for each in recent["businesses"])


def test_it_is_told_only_while_something_changes_and_at_most_every_five_seconds(clock: Callable[[float], None]) -> None:
    tell = Summary()
    tell(0)
    assert updates() == []
    write(id="b1", name="Bakery")
    tell(1)
    assert len(updates()) == 1  # at once: nothing was told in the last five seconds
    write(id="b1", name="Baker")
    clock(4.9)
    tell(1)
    assert len(updates()) == 1
    clock(0.2)
    tell(0)
    assert len(updates()) == 2
    for _ in range(10):
        clock(5)
        tell(0)
    assert len(updates()) == 2


def test_two_relays_tell_each_state_once(app: Flask, clock: Callable[[float], None]) -> None:
    relays, together = [Summary(), Summary()], threading.Barrier(2)

    def run(tell: Summary) -> None:
        with app.app_context():
            for _ in range(20):
                together.wait(10)
                tell(0)

    write(id="b1", name="Bakery")
    threads = [threading.Thread(target=run, args=(tell,)) for tell in relays]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(updates()) == 1
    write(id="b2", name="Butcher")
    for tell in relays:
        tell(0)
    assert len(updates()) == 1  # the five seconds are the cluster's, not each relay's
    clock(5)
    for tell in relays:
        tell(0)
    assert len(updates()) == 2


def test_a_relay_killed_in_its_turn_holds_up_the_others_no_longer_than_that(
    database: str, redis_url: str, tmp_path: Path
) -> None:
    write(id="b1", name="Bakery")
    arguments = [sys.executable, "-c", HOLDER, str(tmp_path), database, redis_url]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"mine\n"
        process.kill()
    tell = Summary()
    tell(0)
    assert updates() == []
    end = time.monotonic() + 10
    while not updates():
        assert time.monotonic() < end
        tell(0)
    assert len(updates()) == 1


def test_redis_away_and_back(redis_server: RedisServer, clock: Callable[[float], None]) -> None:
    tell = Summary()
    write(id="b1", name="Bakery")
    tell(1)
    assert len(updates()) == 1
    clock(5)
    redis_server.kill()
    with pytest.raises(RedisError):
        tell(0)
    redis_server.start()
    tell(0)
    assert [told["data"]["counts"]["businesses"] for told in updates()] == [1]  # the feed is empty: told afresh
    clock(5)
    tell(0)
    assert len(updates()) == 1


def test_a_corrected_count_is_told(clock: Callable[[float], None], database: str) -> None:
    for resource in RECORDS:
        tally.verify(db.engine, resource)
    write(id="b1", name="Bakery")
    outsider.write(database, "UPDATE tallies SET count = 7 WHERE resource = 'businesses'")
    tell = Summary()
    tell(1)
    clock(5)
    tell(0)
    assert len(updates()) == 1
    tally.verify(db.engine, "businesses")
    tell(0)
    assert [told["data"]["counts"]["businesses"] for told in updates()] == [7, 1]


def test_a_flood_is_cut(clock: Callable[[float], None]) -> None:
    with unit_of_work(Context("system:test")) as unit:
        unit.add_all(Business(id=f"b{number}", name="x") for number in range(200))
    drained()
    Summary()(200)

    assert len(updates()[0]["data"]["recentChanges"]["businesses"]) == summary.LONGEST
