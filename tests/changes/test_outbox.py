"""From commit to feed: at least once, never early, in order, and gone from the outbox only when it is out."""

import threading
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask import Flask
from redis import Redis, RedisError
from sqlalchemy import event, insert, select, update

from digisence.changes import Context, figures, outbox, tally, unit_of_work
from digisence.changes.seals import GENESIS, digest
from digisence.extensions import db, sse
from digisence.extensions.sse import Position
from digisence.models import Category, Change, Outbox, Publication, Seal, User
from tests import outsider
from tests.draining import drained
from tests.servers import RedisServer

ME = Context("user:me", "request-1", "mutation-1")


@pytest.fixture(autouse=True)
def context(app: Flask) -> Any:
    with app.app_context():
        yield


def feed() -> list[tuple[str, dict[str, Any]]]:
    return [(str(entry.position), orjson.loads(entry.data)) for entry in sse.stored(Position(0, 0)) if entry.data]


def insert_user(database: str, name: str) -> None:
    outsider.write(database, f"INSERT INTO users (id, email) VALUES ('{name}', '{name}@example.org')")


def test_a_change_is_published_with_its_patch_and_noted(database: str) -> None:
    insert_user(database, "u1")
    outsider.write(database, "UPDATE users SET name = 'Ann'")
    assert outbox.drain() == 2
    (_, created), (position, updated) = feed()
    assert created["patch"]["email"] == "u1@example.org"
    assert (updated["resource"], updated["recordId"], updated["action"]) == ("users", "u1", "updated")
    assert (updated["version"], updated["baseVersion"], updated["actor"]) == (2, 1, "external")
    assert set(updated["patch"]) == {"name", "version", "updatedAt"}
    newest = db.session.scalars(select(Publication).order_by(Publication.change_id.desc())).first()
    assert newest.position == position
    assert outbox.waiting(db.engine) == 0
    assert outbox.drain() == 0
    assert len(feed()) == 2


def test_what_is_written_while_many_are_told_by_one_message_is_told_too(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ", ".join(f"('c{number:03}', 'Category {number}')" for number in range(outbox.MANY_OVER + 100))
    outsider.write(database, f"INSERT INTO categories (id, name) VALUES {rows}")
    settle = outbox._settle

    def meanwhile(*arguments: Any) -> None:
        monkeypatch.setattr(outbox, "_settle", settle)
        outsider.write(database, "UPDATE categories SET name = 'Later' WHERE id = 'c007'")
        settle(*arguments)

    monkeypatch.setattr(outbox, "_settle", meanwhile)
    drained()
    assert [(told["action"], told.get("count"), told.get("recordId")) for _, told in feed()] == [
        ("many", 600, None), ("updated", None, "c007"),
    ]  # fmt: skip


def test_a_units_changes_are_on_the_feed_when_it_returns() -> None:
    with unit_of_work(ME, patience=20) as session:
        session.add(User(id="u1", email="a@example.org"))
    [(_, told)] = feed()
    assert (told["actor"], told["mutationId"], told["recordId"]) == ("user:me", "mutation-1", "u1")


def test_a_large_patch_is_left_out() -> None:
    with unit_of_work(ME, patience=20) as session:
        session.add(User(id="u1", email="a@example.org", name="x" * 20_000))
    [(_, told)] = feed()
    assert "patch" not in told


def test_what_goes_has_no_patch(database: str) -> None:
    insert_user(database, "u1")
    outsider.write(database, "DELETE FROM users")
    outbox.drain()
    told = feed()[-1][1]
    assert (told["action"], told["version"], told["baseVersion"]) == ("deleted", 2, 1)
    assert "patch" not in told


def test_a_large_transaction_is_one_message_a_resource(database: str) -> None:
    with unit_of_work(ME) as session:
        session.execute(insert(User), [{"id": f"u{n}", "email": f"{n}@example.org"} for n in range(1200)])
    drained()
    [(position, told)] = feed()
    assert (told["action"], told["count"], told["resource"]) == ("many", 1200, "users")
    assert set(db.session.scalars(select(Publication.position))) == {position}
    assert len(db.session.scalars(select(Seal.seq)).all()) == 1200
    outsider.write(database, "UPDATE users SET name = 'x'")
    drained()
    assert [told["count"] for _, told in feed()] == [1200, 1200]


def test_while_redis_is_away_changes_wait_and_then_come_once(
    app: Flask, database: str, redis_server: RedisServer
) -> None:
    redis_server.kill()
    with unit_of_work(ME) as session:
        session.add(User(id="u1", email="a@example.org"))
    app.extensions["digisence_drainer"].nudge(patience=30)  # let it give up first: one drains at a time
    with pytest.raises(RedisError):
        outbox.drain()
    assert db.session.scalars(select(Outbox)).one()
    db.session.rollback()
    redis_server.start()
    outbox.drain()
    assert [told["recordId"] for _, told in feed()] == ["u1"]


def test_a_publication_that_was_not_noted_is_not_published_twice(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert_user(database, "u1")
    with monkeypatch.context() as patched:
        patched.setattr(outbox, "_settle", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            outbox.drain()
    assert len(feed()) == 1
    assert outbox.drain() == 1
    assert len(feed()) == 1


def test_two_drainers_at_once_publish_each_change_once(app: Flask, database: str) -> None:
    outsider.write(database, *[f"INSERT INTO users (id, email) VALUES ('u{n}', '{n}@example.org')" for n in range(300)])
    totals: list[int] = []

    def work() -> None:
        with app.app_context():
            totals.append(outbox.drain())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(totals) == 300
    assert [told["recordId"] for _, told in feed()] == [f"u{n}" for n in range(300)]


def test_seals_chain_the_changes_in_publishing_order(database: str) -> None:
    for name in ("u1", "u2"):
        insert_user(database, name)
        outbox.drain()
    with db.engine.connect() as connection:
        rows = {row.id: row for row in connection.execute(select(Change.__table__))}
    previous = GENESIS
    for seal in db.session.scalars(select(Seal).order_by(Seal.seq)):
        assert seal.previous == previous
        assert seal.digest == digest(previous, rows[seal.change_id])
        previous = seal.digest
    assert previous != GENESIS


def test_order_within_a_record_is_kept(app: Flask, database: str) -> None:
    insert_user(database, "u1")

    def write(name: str) -> None:
        with app.app_context():
            for n in range(20):
                with unit_of_work(Context(f"user:{name}")) as session:
                    session.execute(update(User).values(name=f"{name}{n}"))

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    drained()
    versions = [told["version"] for _, told in feed()]
    assert versions == sorted(versions) == list(range(1, 42))


def test_a_database_made_afresh_does_not_inherit_the_old_ones_publications(
    app: Flask, database: str, tmp_path: Path
) -> None:
    insert_user(database, "u1")
    outbox.drain()
    db.session.rollback()
    anew = "DELETE FROM sqlite_sequence" if database.startswith("sqlite") else "ALTER SEQUENCE changes_id_seq RESTART"
    tables = ("seals", "publications", "outbox", "changes", "users")
    outsider.tamper(database, *(f"DELETE FROM {table}" for table in tables), anew)
    before = len(feed())
    insert_user(database, "u2")
    outbox.drain()
    assert [told["recordId"] for _, told in feed()[before:]] == ["u2"]


def test_the_feed_is_a_redis_stream_with_an_epoch(redis_url: str, database: str) -> None:
    insert_user(database, "u1")
    outbox.drain()
    first = Redis.from_url(redis_url).xrange("digisence:feed:sse", count=1)[0]
    assert b"epoch" in first[1]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_no_look_at_the_outbox_reads_all_the_changes_ever_made() -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "JOIN changes" in statement:
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    with db.engine.connect() as connection:
        outbox._page(connection)
        outbox._large_groups(connection)
        tally.counts(connection)
        tally._compared(connection, "users")
        figures.backlog(connection)
        event.remove(db.engine, "before_cursor_execute", note)
        assert len(asked) == 5
        for statement in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (1,) * statement.count("?")).all()
            looks = [row.detail for row in plan if "changes" in row.detail]
            assert looks == ["SEARCH changes USING INTEGER PRIMARY KEY (rowid=?)"], statement


def test_a_large_transaction_is_told_by_resource_however_few_are_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MANY_OVER", 4)
    monkeypatch.setattr(outbox, "PAGE", 2)
    with unit_of_work(Context("system:test")) as session:
        for number in range(6):
            session.execute(insert(User).values(id=f"u{number}", email=str(number)))
            if number % 2:
                session.execute(insert(Category).values(id=f"c{number}", name="x"))
    drained()

    assert [(told["resource"], told.get("recordId"), told.get("count")) for _, told in feed()] == [
        ("users", None, 6), ("categories", None, 3),
    ]  # fmt: skip


def test_a_large_transaction_is_told_without_reading_all_that_waits_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with outbox.elected(db.engine):  # nobody publishes meanwhile
        for batch in range(4):
            rows = [{"email": f"u{batch}-{number}@example.org"} for number in range(600)]
            with unit_of_work(ME, patience=None) as session:
                session.execute(insert(User), rows)
    pages: list[int] = []
    page = outbox._page
    monkeypatch.setattr(outbox, "_page", lambda *where: pages.append(1) or page(*where))
    assert outbox.drain() == 2400
    assert len(pages) <= 9  # two a transaction, and one that finds nothing
    assert [told["count"] for _, told in feed()] == [600] * 4
