"""Over the whole product, on either database: whatever broke, who keeps a table by the stream has the database's in the end."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select

from digisence import create_app
from digisence.accounts import create_superadmin
from digisence.changes import Context
from digisence.client import follower
from digisence.extensions import db
from digisence.extensions.sse import stream_key
from digisence.models import Category
from digisence.models.wire import dump
from tests.conftest import SECRET
from tests.draining import put_away
from tests.faults.mirror import Mirror
from tests.faults.test_redis_roles import PEOPLE, RELAY, signed_in
from tests.outsider import plain
from tests.proxy import Proxy, until
from tests.realtime.web import Web
from tests.servers import RedisServer

SEEDS = range(int(os.environ.get("DIGISENCE_FAULT_EXAMPLES", "1")))
STEPS, MIRRORS = 25, 3


class Product:
    """Two web processes and a relay; `door` stands before them, `wire` between them and Redis."""

    def __init__(self, folder: Path, database: str) -> None:
        self.database, self.redis = database, RedisServer(folder, persist=True)
        self.redis.start()
        self.wire = Proxy(self.redis.socket)
        url = "redis://{}:{}/0".format(*self.wire.address)
        places = {
            "DATABASE_URL": database,
            "REDIS_URL": url,
            "DIGISENCE_INSTANCE": str(folder),
            "DIGISENCE_SECRET_KEY": SECRET,
        }
        with (folder / "relay.log").open("w") as log:
            self._relay = subprocess.Popen(
                [sys.executable, "-c", RELAY, str(folder), database, url, SECRET], stderr=log
            )
        options = ["--graceful-timeout", "3"]
        self.web = Web(folder, "digisence:create_app()", {**places, "DIGISENCE_HEARTBEAT": "1"}, 2, 6, options)
        self.door = Proxy(self.web.address)

    def sql(self, statement: str) -> None:
        """What a stranger does to the same database."""
        if self.database.startswith("sqlite"):
            with sqlite3.connect(self.database.removeprefix("sqlite:///"), timeout=20) as connection:
                connection.execute(statement)
            connection.close()
        else:
            with psycopg.connect(plain(self.database)) as connection:
                connection.execute(statement.encode())

    def kill_worker(self) -> None:
        for worker in psutil.Process(self.web.process.pid).children()[:1]:
            worker.send_signal(signal.SIGKILL)

    def restart_redis(self) -> None:
        self.redis.kill()
        self.redis.start()

    def empty_redis(self) -> None:
        with Redis.from_url(self.redis.url) as redis:
            redis.flushall()

    def trim(self) -> None:
        with Redis.from_url(self.redis.url) as redis:
            redis.xtrim(stream_key(), maxlen=2, approximate=False)

    def heal(self) -> None:
        self.wire.heal()
        self.door.heal()

    def close(self) -> None:
        self.heal()
        try:
            self.web.stop()
        finally:
            self._relay.kill()
            self._relay.wait()
            self.door.close()
            self.wire.close()
            self.redis.kill()


@pytest.fixture
def product(database: str, tmp_path: Path) -> Iterator[Product]:
    product = Product(tmp_path, database)
    yield product
    product.close()


@pytest.fixture
def app(product: Product, database: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(instance=tmp_path, database_url=database, redis_url=product.redis.url, secret_key=SECRET)
    with app.app_context():
        create_superadmin(*PEOPLE, Context("system:test"))
        yield app
    put_away(app)


class Author:
    """Writes to the categories, through the API and past it."""

    def __init__(self, product: Product, who: dict[str, str], dice: random.Random) -> None:
        self._product, self._who, self._dice = product, who, dice
        self.ids: list[str] = []
        self._count = 0

    def write(self) -> None:
        self._count += 1
        known, act = self._dice.choice(self.ids or [""]), self._dice.choice(["add", "change", "remove", "stranger"])
        if act == "add" or not known:
            status, told = self.ask("POST", "", {"name": f"Number {self._count}"})
            assert status == 201, told
            self.ids.append(told["id"])
        elif act == "change":
            assert self.ask("PATCH", f"/{known}", {"name": f"Changed {self._count}"})[0] == 200
        elif act == "remove":
            self._product.sql(f"DELETE FROM categories WHERE id = '{known}'")
            self.ids.remove(known)
        else:
            self._product.sql(f"UPDATE categories SET description = 'by a stranger {self._count}'")

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Of the API; a process that was killed in the middle is asked again, as people do."""
        for _ in range(20):
            try:
                return self._product.web.ask(method, f"/api/admin/categories{path}", body, self._who)
            except (OSError, ValueError):
                time.sleep(0.2)
        raise AssertionError("the web does not come back")

    def fetch(self, record_id: str) -> dict[str, Any] | None:
        status, told = self.ask("GET", f"/{record_id}")
        return told if status == 200 else None


def stored() -> dict[str, dict[str, Any]]:
    """The table, as the database has it."""
    db.session.rollback()
    return {row.id: dump(Category, row) for row in db.session.execute(select(*Category.__table__.columns))}


def quiet(_product: Product) -> None: ...


FAULTS = (
    quiet, quiet, quiet, Product.kill_worker, Product.restart_redis, Product.empty_redis, Product.trim, Product.heal,
    lambda product: product.wire.freeze(), lambda product: product.wire.cut(), lambda product: product.door.cut(),
    lambda product: product.door.hold(), lambda product: product.door.truncate(700),
    lambda product: product.web.process.send_signal(signal.SIGHUP),
)  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_who_fetches_anew_when_told_lost_and_patches_otherwise_has_the_table(
    product: Product, app: Flask, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "LONGEST_PAUSE", 0.5)  # not to wait half a minute after the last fault
    dice, story = random.Random(seed), []
    product.web.begin()
    who = signed_in(product.web)
    author = Author(product, who, dice)
    mirrors = [Mirror(product.door.address, "categories", who, author.fetch) for _ in range(MIRRORS)]
    for _ in range(STEPS):
        fault = dice.choice(FAULTS)
        story.append(fault.__qualname__)
        fault(product)
        for _ in range(dice.randrange(4)):
            author.write()
        time.sleep(dice.random() * 0.3)
    product.heal()
    author.ask("POST", "", {"name": "The last"})

    expected = stored()
    try:
        until(lambda: all(mirror.table == expected or mirror.troubles for mirror in mirrors), 60)
    finally:
        for mirror in mirrors:
            mirror.close()
    assert [mirror.troubles for mirror in mirrors] == [[]] * MIRRORS
    assert [mirror.table == expected for mirror in mirrors] == [True] * MIRRORS, story
    assert sum(mirror.connections for mirror in mirrors) > MIRRORS
