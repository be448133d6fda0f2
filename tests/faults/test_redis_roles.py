"""Redis changes its role, or dies in silence, while people write: every write succeeds soon, and is told once, in order."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis

from digisence import create_app
from digisence.accounts import create_superadmin
from digisence.changes import Context, outbox
from digisence.extensions import db
from tests.conftest import SECRET
from tests.draining import put_away
from tests.proxy import Proxy, until
from tests.realtime.reader import Reader
from tests.realtime.web import Web
from tests.servers import RedisServer

RELAY = """
import sys
from digisence import create_app
from digisence.changes.relay import Relay, stopped_by_signals
app = create_app(instance=sys.argv[1], database_url=sys.argv[2], redis_url=sys.argv[3], secret_key=sys.argv[4])
Relay(app).run(stopped_by_signals())
"""
PEOPLE = ("anna@example.org", "three grey horses run")
WRITES = 12
SLOWEST_SECONDS = 8.0  # the time-outs of whatever asks Redis in a request
USUAL_SECONDS = 1.0


class Pair:
    """Two Redis servers, the second of which follows the first, and the door through which the product comes."""

    def __init__(self, folder: Path) -> None:
        self.first, self.second = self._server(folder / "first"), self._server(folder / "second")
        follow(self.second, self.first)
        self.door = Proxy(("127.0.0.1", self.first.port))
        self.url = "redis://{}:{}/0".format(*self.door.address)

    def _server(self, folder: Path) -> RedisServer:
        folder.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = RedisServer(folder, port=port)
        server.start()
        return server

    def promote(self) -> None:
        """The second takes over, with all that the first had."""
        with client(self.first) as first, client(self.second) as second:
            until(
                lambda: first.info("replication")["slave0"]["offset"] == first.info("replication")["master_repl_offset"]
            )
            second.replicaof("NO", "ONE")

    def close(self) -> None:
        self.door.close()
        for server in (self.first, self.second):
            with contextlib.suppress(ProcessLookupError):
                server.kill()


def client(server: RedisServer) -> Redis:
    return Redis.from_url(server.url)


def follow(server: RedisServer, other: RedisServer) -> None:
    """Make a server the other's replica: it refuses to write."""
    with client(server) as redis:
        redis.replicaof("127.0.0.1", str(other.port))
        until(lambda: redis.info("replication")["master_link_status"] == "up", 20)


# -- how Redis fails, and what brings it back


def demoted(pair: Pair) -> Callable[[], None]:
    """Failed over by a change of address; connections stay with the old one, which now only reads."""
    pair.promote()
    follow(pair.first, pair.second)
    return lambda: setattr(pair.door, "upstream", ("127.0.0.1", pair.second.port))


def killed(pair: Pair) -> Callable[[], None]:
    """Failed over because the old one is gone."""
    pair.promote()
    pair.first.kill()
    return lambda: setattr(pair.door, "upstream", ("127.0.0.1", pair.second.port))


def half_open(pair: Pair) -> Callable[[], None]:
    """Every connection there is goes silent, and stays so; new ones work."""
    pair.door.freeze()
    return lambda: None


def silent(pair: Pair) -> Callable[[], None]:
    """New connections are silent too, for a while."""
    pair.door.hold()
    return pair.door.heal


FAULTS = [demoted, killed, half_open, silent]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    pair = Pair(tmp_path)
    yield pair
    pair.close()


@pytest.fixture
def app(database: str, pair: Pair, tmp_path: Path) -> Iterator[Flask]:
    """The application of this process: only to look at the database."""
    app = create_app(instance=tmp_path, database_url=database, redis_url=pair.url, secret_key=SECRET)
    with app.app_context():
        create_superadmin(*PEOPLE, Context("system:test"))
        yield app
    put_away(app)


@pytest.fixture
def web(app: Flask, database: str, pair: Pair, tmp_path: Path) -> Iterator[Web]:
    """The product's web process and its relay."""
    with (tmp_path / "relay.log").open("w") as log:
        relay = subprocess.Popen([sys.executable, "-c", RELAY, str(tmp_path), database, pair.url, SECRET], stderr=log)
    environment = {
        "DATABASE_URL": database,
        "REDIS_URL": pair.url,
        "DIGISENCE_INSTANCE": str(tmp_path),
        "DIGISENCE_SECRET_KEY": SECRET,
    }
    web = Web(tmp_path, "digisence:create_app()", environment, 1, 6, ["--graceful-timeout", "3"])
    try:
        web.begin()
        yield web
        web.stop()
    finally:
        relay.kill()
        relay.wait()


def signed_in(web: Web) -> dict[str, str]:
    status, told = web.ask("POST", "/api/auth/login", {"email": PEOPLE[0], "password": PEOPLE[1]})
    assert status == 200
    return {"Authorization": f"Bearer {told['accessToken']}"}


def versions(reader: Reader, last: int, wait: float) -> list[int]:
    """Of the changes that are told, up to one."""
    told = reader.until(lambda event: event.kind == "change" and event.json["version"] == last, wait)
    assert {event.kind for event in told} <= {"hello", "change", "update", "hb"}, [event.kind for event in told]
    return [event.json["version"] for event in told if event.kind == "change"]


@pytest.mark.parametrize("fail", FAULTS, ids=lambda fail: fail.__name__)
def test_writes_go_on_and_are_caught_up_in_order(
    pair: Pair, web: Web, fail: Callable[[Pair], Callable[[], None]]
) -> None:
    who = signed_in(web)
    readers = [web.reader("/api/admin/sse?topics=categories&initial=none", headers=who) for _ in range(3)]
    for reader in readers:
        reader.until("hello")
    _, category = web.ask("POST", "/api/admin/categories", {"name": "Version 1"}, who)
    assert [versions(reader, 1, 20) for reader in readers] == [[1]] * 3

    mend = fail(pair)
    took, waiting = [], 0
    for number in range(2, WRITES + 1):
        began = time.monotonic()
        status, told = write(web, category["id"], number, who)
        took.append(time.monotonic() - began)
        assert (status, told["version"]) == (200, number)
        waiting = max(waiting, outbox.waiting(db.engine))
    mend()

    assert [versions(reader, WRITES, 60) for reader in readers] == [[*range(2, WRITES + 1)]] * 3
    until(lambda: outbox.waiting(db.engine) == 0, 20)
    assert write(web, category["id"], WRITES + 1, who)[0] == 200
    assert [versions(reader, WRITES + 1, 20) for reader in readers] == [[WRITES + 1]] * 3
    assert waiting > 0, "the fault held nothing up"
    assert max(took) < SLOWEST_SECONDS
    assert sorted(took)[len(took) // 2] < USUAL_SECONDS


def write(web: Web, record_id: str, number: int, who: dict[str, str]) -> tuple[int, Any]:
    return web.ask("PATCH", f"/api/admin/categories/{record_id}", {"name": f"Version {number}"}, who)
