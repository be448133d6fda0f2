"""Kept counts are the true counts, whoever writes what and whoever dies; what escaped the triggers is found."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, select, text
from structlog.testing import capture_logs

from digisence import records
from digisence.changes import Context, tally, triggers, unit_of_work
from digisence.changes.outbox import drain, waiting
from digisence.errors import Problem
from digisence.extensions import db
from digisence.models import RECORDS, Business, Inquiry, QuarantineEntry, Tally, User
from tests.draining import drained

ME = Context("user:me")
ROOT = Path(__file__).parents[2]
INSERT = "INSERT INTO users (id, email) VALUES ('{id}', '{id}@example.org')"
ANEW = {
    "sqlite": "INSERT OR REPLACE INTO users (id, email) VALUES ('{id}', '{id}@example.org')",
    "postgresql": f"{INSERT} ON CONFLICT (id) DO UPDATE SET name = 'again'",
}
LABOUR = """
import random, sys
from digisence import create_app
from digisence.changes import Context, unit_of_work
from digisence.changes.outbox import drain
from digisence.models import User, new_id
from sqlalchemy import text
app = create_app(instance=sys.argv[1], database_url=sys.argv[2], redis_url=sys.argv[3], doors=False)
with app.app_context():
    print("begun", flush=True)
    while True:
        with unit_of_work(Context("system:labour")) as unit:
            for _ in range(random.randint(1, 40)):
                unit.add(User(id=(id := new_id()), email=id))
            unit.flush()
            unit.execute(text("DELETE FROM users WHERE id IN (SELECT id FROM users ORDER BY id LIMIT 15)"))
        drain()
"""


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def write(*statements: str) -> None:
    """As a stranger would: without a word who and why."""
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        for statement in statements:
            connection.execute(text(statement))


def all_verified() -> None:
    for resource in RECORDS:
        tally.verify(db.engine, resource)


def both() -> tuple[dict[str, int], dict[str, int]]:
    """Kept and true counts from one snapshot."""
    with snapshot() as connection:
        return tally.counts(connection), {name: tally.true_count(connection, name) for name in RECORDS}


def snapshot() -> Connection:
    isolated = {} if db.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    return db.engine.connect().execution_options(**isolated)


def row(resource: str = "users") -> Any:
    with db.engine.connect() as connection:
        return connection.execute(select(Tally.__table__).where(Tally.resource == resource)).one()


class Life:
    """Somebody does something, chance says what."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.made = 0

    def step(self) -> None:
        deeds = (
            self.create,
            self.create,
            self.stranger,
            self.stranger,
            self.remove,
            self.restore,
            self.change,
            drained,
        )
        try:
            self.chance.choice(deeds)()
        except Problem:
            db.session.rollback()  # refused: nothing is to be counted

    def name(self) -> str:
        self.made += 1
        return f"n{self.made}"

    def some(self, model: Any) -> str | None:
        found = db.session.scalars(select(model.id)).all()
        db.session.rollback()
        return self.chance.choice(found) if found else None

    def create(self) -> None:
        user = records.create(User, {"email": f"{self.name()}@example.org"}, ME)
        business = records.create(Business, {"name": "Bee", "admin_id": user.id}, ME)
        asked = {"name": "Vi", "email": "vi@example.org", "message": "Hello", "business_id": business.id}
        records.create(Inquiry, asked, ME)

    def stranger(self) -> None:
        known = self.some(User) or "nobody"
        write(*self.chance.choice((
            [INSERT.format(id=self.name())],
            [f"DELETE FROM users WHERE id = '{known}'"],
            [ANEW[db.engine.dialect.name].format(id=known)],
            [f"UPDATE users SET id = '{self.name()}' WHERE id = '{known}' AND id LIKE 'n%'"],
            [INSERT.format(id=self.name()), f"DELETE FROM inquiries WHERE id = '{self.some(Inquiry)}'"],
        )))  # fmt: skip

    def remove(self) -> None:
        model = self.chance.choice((User, Business, Inquiry))
        if found := self.some(model):
            records.delete(model, found, ME)

    def restore(self) -> None:
        if found := self.some(QuarantineEntry):
            records.quarantine.restore(found, ME)

    def change(self) -> None:
        if found := self.some(Business):
            records.update(Business, found, {"name": self.name()}, ME)


@pytest.mark.parametrize("seed", [1, 2])
def test_kept_is_true_at_every_moment_of_any_life(seed: int) -> None:
    all_verified()
    life = Life(seed)
    for _ in range(60):
        life.step()
        kept, true = both()
        assert kept == true
    drained()
    assert {name: row(name).count for name in RECORDS} == both()[1]
    assert both()[1]["users"] > 0
    assert [tally.verify(db.engine, name) for name in RECORDS] == [0] * len(RECORDS)


def test_kept_is_true_whoever_is_killed_in_the_middle(database: str, redis_url: str, tmp_path: Path) -> None:
    all_verified()
    chance = random.Random(3)
    for _ in range(3):
        arguments = [sys.executable, "-c", LABOUR, str(tmp_path), database, redis_url]
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, cwd=ROOT)
        assert process.stdout is not None
        process.stdout.readline()
        until = time.monotonic() + 0.4 + chance.random() / 4
        while time.monotonic() < until:
            kept, true = both()
            assert kept == true
        process.kill()
        process.wait()
        process.stdout.close()
    kept, true = both()
    assert kept == true
    assert true["users"] > 0
    drained()
    assert row().count == true["users"]


def test_the_first_count_is_no_drift_and_misses_nothing_that_is_settled_meanwhile(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(INSERT.format(id="u1"))
    drained()
    assert both()[0]["users"] == 1  # never counted: counted now
    compared = tally._compared

    def interrupted(connection: Connection, resource: str) -> Any:
        found = compared(connection, resource)
        connection.rollback()
        write(INSERT.format(id="u2" if found is None else "u3"))
        drained()
        return found

    monkeypatch.setattr(tally, "_compared", interrupted)
    assert tally.verify(db.engine, "users") == 0
    assert (row().count, row().drift, row().drift_total) == (3, 0, 0)
    assert both()[0]["users"] == 3


def test_what_was_written_without_triggers_is_found_corrected_and_reported(client: FlaskClient) -> None:
    write(INSERT.format(id="u1"))
    all_verified()
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        triggers.drop(connection)
        for one in ("u2", "u3"):
            connection.execute(text(INSERT.format(id=one)))
        triggers.install(connection)
    assert both()[0]["users"] == 1

    with capture_logs() as said:
        assert tally.verify(db.engine, "users") == 2
    [told] = [line for line in said if line["event"] == "a kept count had drifted"]
    assert (told["log_level"], told["resource"], told["drift"]) == ("warning", "users", 2)
    assert both()[0]["users"] == 3
    assert (row().drift, row().drift_total, row().drifted_at) == (2, 2, row().verified_at)
    assert 'digisence_count_drift_total{resource="users"} 2.0' in client.get("/metrics").text
    assert 'digisence_count_drift_total{resource="businesses"} 0.0' in client.get("/metrics").text

    seen = row()
    assert tally.verify(db.engine, "users") == 0
    assert (row().drift, row().drift_total, row().drifted_at) == (2, 2, seen.drifted_at)  # the last one stays told


def test_two_who_find_the_same_drift_correct_it_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    all_verified()
    write("UPDATE tallies SET count = 7 WHERE resource = 'users'")
    compared, together = tally._compared, threading.Barrier(2)

    def meeting(connection: Connection, resource: str) -> Any:
        found = compared(connection, resource)
        together.wait(10)
        return found

    monkeypatch.setattr(tally, "_compared", meeting)
    found: list[int] = []

    def go() -> None:
        with app.app_context():
            found.append(tally.verify(db.engine, "users"))

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [-7, 0]
    assert (row().count, row().drift_total) == (0, 7)


def test_every_resource_is_counted_at_first_and_again_when_its_time_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    verify = tally.verify
    monkeypatch.setattr(tally, "verify", lambda engine, resource: counted.append(resource) or verify(engine, resource))
    one = tally.Verifier()
    for number in range(len(RECORDS)):
        one(0)
        assert len(counted) == number + 1  # one a call: a large directory holds up no drain for long
    one(0)
    tally.Verifier()(0)  # another process has nothing to do
    assert sorted(counted) == sorted(RECORDS)

    later = tally.utcnow() + tally.EVERY
    monkeypatch.setattr(tally, "utcnow", lambda: later + timedelta(seconds=1))
    one(0)
    assert len(counted) == len(RECORDS) + 1


def test_a_rolled_back_settlement_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    all_verified()
    add = tally.add

    def burst(connection: Connection, changes: Any) -> None:
        add(connection, changes)
        raise RuntimeError("died before the commit")

    write(INSERT.format(id="u1"))
    monkeypatch.setattr(tally, "add", burst)
    with pytest.raises(RuntimeError, match="died before"):
        drain()
    assert (row().count, both()[0]["users"], waiting(db.engine)) == (0, 1, 1)
    monkeypatch.setattr(tally, "add", add)
    drained()
    assert (row().count, both()[0]["users"]) == (1, 1)


def test_only_what_is_asked_for() -> None:
    with unit_of_work(ME) as unit:
        unit.add(User(email="a@example.org"))
    with db.engine.connect() as connection:
        assert tally.counts(connection, {"users", "job"}) == {"users": 1}
        assert list(tally.counts(connection)) == list(RECORDS)
