"""Events: among the changes, sealed like them, told to nobody as one."""

from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy import select

from digisence.changes import Context, events, unit_of_work
from digisence.changes.context import OutsideUnitOfWork
from digisence.extensions import db, sse
from digisence.extensions.sse import Position
from digisence.integrity import incremental
from digisence.models import Change, Outbox, Publication, Seal, User
from digisence.realtime.summary import recent_changes
from digisence.records import freshness, listing
from tests.draining import drained

ME = Context("user:me", "request-1", "mutation-1", "192.0.2.7")


@pytest.fixture(autouse=True)
def context(app: Flask) -> Any:
    with app.app_context():
        yield


def told() -> list[dict[str, Any]]:
    return [orjson.loads(entry.data) for entry in sse.stored(Position(0, 0)) if entry.data]


def test_an_event_has_who_when_and_from_where(app: Flask) -> None:
    with unit_of_work(ME) as session:
        events.record(session, "exported", resource="businesses", detail={"rows": 3, "name": "Bü🐝"})
    row = db.session.scalars(select(Change)).one()
    assert (row.actor, row.address, row.request_id, row.mutation_id) == (
        "user:me",
        "192.0.2.7",
        "request-1",
        "mutation-1",
    )
    assert (row.resource, row.record_id, row.action, row.version) == ("businesses", "", "exported", 0)
    assert (row.base_version, row.before, row.after, row.secrets) == (None, None, {"rows": 3, "name": "Bü🐝"}, None)
    assert row.committed_at.tzinfo is not None
    assert row.transaction_id


def test_it_is_sealed_and_told_to_nobody(app: Flask) -> None:
    with unit_of_work(ME) as session:
        events.record(session, "signed-in", resource="users", record_id="u1")
        session.add(User(id="u1", email="a@example.org"))
    drained()
    assert [(message["type"], message["recordId"], message["action"]) for message in told()] == [
        ("change", "u1", "created")
    ]
    changes = db.session.execute(select(Change.id, Change.action, Change.address).order_by(Change.id)).all()
    assert [tuple(row)[1:] for row in changes] == [("signed-in", "192.0.2.7"), ("created", "192.0.2.7")]
    assert db.session.scalars(select(Seal.change_id).order_by(Seal.seq)).all() == [row.id for row in changes]
    assert db.session.scalars(select(Publication.change_id)).all() == [changes[1].id]


def test_events_of_a_large_transaction_are_no_message_of_their_own(app: Flask) -> None:
    with unit_of_work(ME, patience=0) as session:
        events.record(session, "imported", resource="users", detail={"rows": 501})
        session.add_all([User(id=f"u{number}", email=f"{number}@example.org") for number in range(501)])
    drained()
    assert [(message["action"], message["count"]) for message in told()] == [("many", 501)]
    assert len(db.session.scalars(select(Seal.seq)).all()) == 502
    assert len(db.session.scalars(select(Publication.change_id)).all()) == 501


def test_an_event_needs_no_redis(app: Flask, redis_server: Any) -> None:
    redis_server.kill()
    with unit_of_work(ME) as session:
        events.record(session, "signed-in", resource="users", record_id="u1")
    drained()
    assert db.session.scalars(select(Seal.change_id)).one()
    redis_server.start()


def test_an_event_that_is_rolled_back_never_was(app: Flask) -> None:
    def fail() -> None:
        with unit_of_work(ME) as session:
            events.record(session, "signed-in", resource="users", record_id="u1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert db.session.scalars(select(Change)).all() == []
    assert db.session.scalars(select(Outbox)).all() == []


def test_readers_of_records_do_not_see_it(app: Flask) -> None:
    with unit_of_work(ME, patience=20) as session:
        session.add(User(id="u1", email="a@example.org"))
    drained()

    def seen() -> Any:
        with listing.snapshot() as session:
            position = str(Position(0, 0))
            found = freshness.since(session, User, position), freshness.tag(session, {"": "users"}, "SUPER_ADMIN")
        with db.engine.connect() as connection:
            newest = incremental.last_seal(connection)
            return *found, incremental.News.since(connection, 0).rows, recent_changes(connection), newest

    *before, seal = seen()
    with unit_of_work(ME, patience=None) as session:
        events.record(session, "signed-in", resource="users", record_id="u1")
    *waiting, _ = seen()
    drained()
    *after, later = seen()
    assert before == waiting == after
    assert later == seal + 1


def test_what_is_no_event_is_refused(app: Flask) -> None:
    for action in ("created", "purged", "Signed in", "", "signed_in"):
        with pytest.raises(ValueError, match="cannot be the action"), unit_of_work(ME) as session:
            events.record(session, action, resource="users")
    with pytest.raises(OutsideUnitOfWork):
        events.record(db.session, "signed-in", resource="users")
