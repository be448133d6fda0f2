"""Who may go on listening."""

import math
import queue
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.models import Session, User
from digisence.models.session import stamp
from digisence.realtime.client import Listener
from digisence.realtime.ends import Revocations
from digisence.realtime.rights import UNCLEAR, Watch, ended, verdict
from tests import outsider


def fact(**values: object) -> dict[str, object]:
    return {"type": "change", "resource": "users", "recordId": "u1", "action": "updated", "patch": {}, **values}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (fact(patch={"role": "BUSINESS_ADMIN"}), "u1"),
        (fact(patch={"isActive": False}), "u1"),
        (fact(action="deleted", patch=None), "u1"),
        (fact(action="quarantined", patch=None), "u1"),
        (fact(patch=None), UNCLEAR),
        ({"type": "change", "resource": "users", "action": "many", "count": 900}, UNCLEAR),
        (fact(patch={"name": "x"}), None),
        (fact(patch={"role": "SUPER_ADMIN", "isActive": True}), None),
        (fact(action="created", patch={"role": "SUPER_ADMIN", "isActive": True}), None),
        (fact(resource="businesses", action="deleted"), None),
        ({"type": "job"}, None),
        ([], None),
        ("text", None),
    ],
)
def test_what_a_message_means(data: object, expected: str | None) -> None:
    assert verdict(data) == expected


SPOILERS: dict[str, Callable[[User, Session], object]] = {
    "revoked": lambda _user, session: setattr(session, "revoked_at", utcnow()),
    "over": lambda _user, session: setattr(session, "expires_at", utcnow() - timedelta(seconds=1)),
    "disabled": lambda user, _session: setattr(user, "is_active", False),
    "another role": lambda user, _session: setattr(user, "role", "BUSINESS_ADMIN"),
    "another password": lambda user, _session: setattr(user, "password_hash", "another"),
    "a one-time password": lambda user, _session: setattr(user, "must_change_password", True),
}


def listener(session: str) -> Listener:
    return Listener("u", session, "a", 0, 0, role="SUPER_ADMIN", stamp=stamp(f"hash of {session}"))


@pytest.fixture
def sign_ins(app: Flask) -> None:
    """A sign-in that is good, and one spoilt in each way."""
    with app.app_context(), unit_of_work(Context("system:test")) as unit:
        for name, spoil in [("good", None), *SPOILERS.items()]:
            user = User(
                id=f"user {name}", email=f"{name.replace(' ', '')}@example.org", role="SUPER_ADMIN", is_active=True
            )
            user.password_hash = f"hash of {name}"
            session = Session(id=name, user_id=user.id, expires_at=utcnow() + timedelta(days=1))
            unit.add(user)
            unit.flush()
            if spoil:
                spoil(user, session)
            unit.add(session)


def test_the_database_says_which_sign_ins_have_ended(app: Flask, sign_ins: None) -> None:
    assert ended(app, map(listener, ["good", "unknown", *SPOILERS])) == {"unknown", *SPOILERS}
    many = {f"x{number}" for number in range(1200)}
    assert ended(app, map(listener, [*many, "good"])) == many
    assert ended(app, []) == set()


def test_the_watch_sees_what_nobody_announced(app: Flask, sign_ins: None, database: str) -> None:
    told: queue.Queue[set[str]] = queue.Queue()
    watch = Watch(app, lambda: [listener("good")], lambda gone: told.put(set(gone)))
    watch.thread.start()
    with pytest.raises(queue.Empty):
        told.get(timeout=0.6)

    outsider.write(database, "DELETE FROM sessions WHERE id = 'good'")

    assert told.get(timeout=5) == {"good"}
    watch.stop()
    watch.thread.join(5)
    assert not watch.thread.is_alive()


def test_the_watch_outlives_a_database_that_is_away(feed: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digisence.realtime.rights.AWAY_SECONDS", 0.01)
    db.init_app(feed)  # there is no table in it
    asked: queue.Queue[None] = queue.Queue()

    def listeners() -> list[Listener]:
        asked.put(None)
        return [listener("good")]

    watch = Watch(feed, listeners, lambda _gone: pytest.fail("a database that is away ends nobody's stream"))
    watch.thread.start()
    for _ in range(3):
        asked.get(timeout=5)
    watch.stop()
    watch.thread.join(5)
    with feed.app_context():
        db.engine.dispose()


def test_a_sign_in_that_was_found_void_may_come_back_one_that_is_over_may_not() -> None:
    said = Revocations()
    said.add([], ["over"], ["found"])
    before, after = time.time() - 1, time.time() + 1

    def hit(session: str, checked_at: float) -> bool:
        return said.hit(Listener("u", session, "a", checked_at, math.inf))

    assert [hit("found", before), hit("found", after), hit("over", before), hit("over", after)] == [
        True,
        False,
        True,
        True,
    ]
