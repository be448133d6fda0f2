"""A session is worth what the database says now, and its end is told to every process."""

import time
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from digisence.accounts import Client, people, sessions, sign_in
from digisence.changes import Context, unit_of_work
from digisence.changes import context as changes
from digisence.clock import utcnow
from digisence.errors import NotFound
from digisence.extensions import db
from digisence.jobs import run
from digisence.models import Change, Session
from tests import outsider
from tests.servers import RedisServer

from .conftest import PASSWORD, Orders, Person

pytestmark = pytest.mark.usefixtures("context")
ME = Context("user:me")


def enter(email: str = "anna@example.org") -> sessions.Signed:
    return sign_in(email, PASSWORD, Client()).session


def test_a_session_is_good_until_it_is_revoked(person: Person, orders: Orders) -> None:
    user_id = person()
    session, other = enter(), enter()
    assert sessions.check(session.session_id, user_id) == session
    sessions.revoke(session.session_id, user_id, ME)
    assert orders() == [{"kind": "revoked", "sessions": [session.session_id], "users": []}]
    assert sessions.check(session.session_id, user_id) is None
    assert sessions.check(other.session_id, user_id) == other
    with pytest.raises(NotFound):
        sessions.revoke(session.session_id, user_id, ME)


def test_a_session_belongs_to_its_user(person: Person) -> None:
    person()
    stranger = person("eve@example.org")
    session = enter()
    assert sessions.check(session.session_id, stranger) is None
    assert sessions.check("none", stranger) is None
    with pytest.raises(NotFound):
        sessions.revoke(session.session_id, stranger, ME)


def test_all_sessions_of_a_user_end_together(person: Person, orders: Orders) -> None:
    user_id = person()
    person("eve@example.org")
    mine, hers = [enter(), enter()], enter("eve@example.org")
    assert set(sessions.revoke_all(user_id, ME)) == {session.session_id for session in mine}
    assert orders() == [{"kind": "revoked", "sessions": [], "users": [user_id]}]
    assert sessions.of_user(user_id) == []
    assert sessions.check(hers.session_id, hers.user_id) == hers


def test_an_expired_session_is_over(person: Person) -> None:
    user_id = person()
    session = enter()
    with unit_of_work(ME) as unit:
        unit.execute(update(Session).values(expires_at=utcnow() - timedelta(milliseconds=1)))
    assert sessions.check(session.session_id, user_id) is None
    assert sessions.of_user(user_id) == []


@pytest.mark.parametrize(
    "statement", ["UPDATE users SET is_active = false", "DELETE FROM users", "DELETE FROM sessions"]
)
def test_what_others_do_to_the_tables_ends_a_session(person: Person, database: str, statement: str) -> None:
    user_id = person()
    session = enter()
    outsider.write(database, statement)
    assert sessions.check(session.session_id, user_id) is None


def test_role_and_password_are_read_each_time(person: Person, database: str) -> None:
    user_id = person()
    session = enter()
    outsider.write(database, "UPDATE users SET role = 'BUSINESS_ADMIN', password_hash = 'another'")
    now = sessions.check(session.session_id, user_id)
    assert now is not None
    assert now.role == "BUSINESS_ADMIN"
    assert now.stamp != session.stamp


def test_whom_others_disabled_stays_out_when_enabled_again(person: Person, orders: Orders, database: str) -> None:
    user_id = person()
    person("eve@example.org")
    mine, hers = enter(), enter("eve@example.org")
    outsider.write(database, "UPDATE users SET is_active = false WHERE email = 'anna@example.org'")
    assert sessions.revoke_unwelcome() == [mine.session_id]
    assert sessions.revoke_unwelcome() == []
    [told] = db.session.scalars(select(Change).where(Change.action == "sessions-ended"))
    assert (told.actor, told.record_id, told.after) == ("system:sessions", user_id, {"count": 1})
    assert orders() == [{"kind": "revoked", "sessions": [mine.session_id], "users": []}]
    outsider.write(database, "UPDATE users SET is_active = true")
    assert sessions.check(mine.session_id, user_id) is None
    assert sessions.check(hers.session_id, hers.user_id) == hers


def test_whom_we_disable_is_signed_out_by_the_disabling_itself(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    user_id = person()
    person("eve@example.org")
    mine = enter()
    monkeypatch.setattr(changes, "nudge", lambda _patience: sessions.revoke_unwelcome())  # the relay looks at once
    assert people.disable(user_id, ME) == [mine.session_id]
    [told] = db.session.scalars(select(Change).where(Change.action == "sessions-ended"))
    assert (told.actor, told.record_id, told.after) == (ME.actor, user_id, {"count": 1})


def test_a_list_of_sessions_is_newest_first(person: Person) -> None:
    user_id = person()
    opened = [enter().session_id for _ in range(3)]
    assert [session["id"] for session in sessions.of_user(user_id)] == opened[::-1]


def test_without_redis_a_session_ends_all_the_same(person: Person, redis_server: RedisServer) -> None:
    user_id = person()
    session = enter()
    redis_server.kill()
    sessions.revoke(session.session_id, user_id, ME)
    assert sessions.check(session.session_id, user_id) is None


def test_a_check_leaves_no_transaction_open(app: Flask, person: Person) -> None:
    user_id = person()
    session = enter()
    db.session.rollback()
    db.session.remove()
    sessions.check(session.session_id, user_id)
    assert not db.session.registry.has() or not db.session.in_transaction()
    deadline = time.monotonic() + 10
    while db.engine.pool.checkedout():  # the drainer may still be publishing the sign-in
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_expired_a_day_ago_is_forgotten_and_nothing_else(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    person()
    monkeypatch.setattr(sessions, "PORTION", 2)
    ids = [enter().session_id for _ in range(6)]
    with unit_of_work(ME) as unit:
        for session_id, hours in zip(ids, (-100, -30, -25, -23, 1, 700), strict=True):
            unit.execute(
                update(Session).where(Session.id == session_id).values(expires_at=utcnow() + timedelta(hours=hours))
            )
    assert run("forget-sessions", {}) == {"forgotten": 3, "links": 0}
    assert set(db.session.scalars(select(Session.id))) == set(ids[3:])
