"""The relay, a process of its own: what outsiders commit is on the feed within moments, whatever fell over before."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
from flask import Flask

from digisence.changes import outbox
from digisence.changes.relay import HEARTBEAT
from digisence.extensions import db, redis_client, sse
from digisence.extensions.sse import Position
from tests import outsider
from tests.servers import RedisServer

PROGRAM = """
import sys
from digisence import create_app
from digisence.changes.relay import Relay, stopped_by_signals
app = create_app(instance=sys.argv[1], database_url=sys.argv[2], redis_url=sys.argv[3])
Relay(app).run(stopped_by_signals())
"""


@pytest.fixture
def start(app: Flask, database: str, redis_url: str, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    running: list[subprocess.Popen[bytes]] = []

    def go() -> subprocess.Popen[bytes]:
        running.append(subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path), database, redis_url]))
        return running[-1]

    with app.app_context():
        yield go
    for process in running:
        process.kill()
        process.wait()


def until(condition: Callable[[], object], seconds: float = 60) -> float:
    """Wait for a condition; returns how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.002)
    return time.monotonic() - began


def ids() -> list[str]:
    return [orjson.loads(entry.data).get("recordId") for entry in sse.stored(Position(0, 0)) if entry.data]


def test_an_outsiders_commit_is_on_the_feed_soon(start: Callable[[], subprocess.Popen[bytes]], database: str) -> None:
    start()
    until(lambda: redis_client.get().exists(HEARTBEAT))
    for n in range(5):
        outsider.write(database, f"INSERT INTO users (id, email) VALUES ('u{n}', '{n}@example.org')")
        until(lambda n=n: f"u{n}" in ids(), 2)
    assert ids() == [f"u{n}" for n in range(5)]


def test_what_a_dead_process_left_is_published_once(
    start: Callable[[], subprocess.Popen[bytes]], database: str
) -> None:
    outsider.write(database, "INSERT INTO users (id, email) VALUES ('u1', '1@example.org')")
    first = start()
    until(lambda: ids() == ["u1"])
    first.send_signal(signal.SIGKILL)
    first.wait()
    outsider.write(database, "INSERT INTO users (id, email) VALUES ('u2', '2@example.org')")
    start()
    until(lambda: ids() == ["u1", "u2"])


def test_redis_restarted_empty_gets_what_comes_after(
    start: Callable[[], subprocess.Popen[bytes]], database: str, redis_server: RedisServer
) -> None:
    start()
    outsider.write(database, "INSERT INTO users (id, email) VALUES ('u1', '1@example.org')")
    until(lambda: ids() == ["u1"])
    until(lambda: not outbox.waiting(db.engine))  # what is published and not yet noted would be published again
    redis_server.kill()
    outsider.write(database, "INSERT INTO users (id, email) VALUES ('u2', '2@example.org')")
    redis_server.start()
    until(lambda: ids() == ["u2"])


def test_it_ends_when_told_to(start: Callable[[], subprocess.Popen[bytes]]) -> None:
    process = start()
    until(lambda: redis_client.get().exists(HEARTBEAT))
    process.terminate()
    assert process.wait(5) == 0
