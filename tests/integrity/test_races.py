"""Two real connections about one record, for every remedy and the way back: nobody's work is lost or undone."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from digisence.changes import Context, unit_of_work
from digisence.errors import Conflict
from digisence.extensions import db
from digisence.integrity import catalogue, choices, relink, repairs, runner, runs
from digisence.models import Business, Change, Check, Finding, QuarantineEntry, User
from digisence.records import quarantine, restoration

from .conftest import healthy, save, user
from .test_mending import empty
from .test_repairs import before

ADMIN = Context("user:root")
pytestmark = pytest.mark.usefixtures("inside")

LAZY = """
from digisence.integrity.rule import rule

@rule("nameless", api=1, resource="users", severity="low", title="A user without a name", remedy="deactivate")
def nameless(q):
    return q.select(q.users.id).where(q.users.name.is_(None), q.users.id == "orphan")
"""


class Other:
    """Another program: each statement a transaction of its own, on a connection of its own."""

    def __init__(self, database: str) -> None:
        url = database.replace("postgresql://", "postgresql+psycopg://", 1)
        waits = {"timeout": 20, "check_same_thread": False} if database.startswith("sqlite") else {}
        self.engine: Engine = create_engine(url, connect_args=waits)
        self.error: Exception | None = None

    def write(self, statement: str) -> None:
        """Execute and commit; keep the error of one that is refused."""
        try:
            with self.engine.begin() as connection:
                if self.engine.dialect.name == "sqlite":
                    connection.exec_driver_sql("PRAGMA foreign_keys=ON")
                connection.execute(text(statement))
        except DBAPIError as error:
            self.error = error

    def later(self, statement: str) -> Callable[[], threading.Thread]:
        """Begin to write in a thread: it waits for our locks, and goes on when we let go."""

        def begin() -> threading.Thread:
            self.thread = threading.Thread(target=self.write, args=(statement,))
            self.thread.start()
            self.thread.join(0.3)
            assert self.thread.is_alive(), "it did not wait"
            return self.thread

        return begin


@pytest.fixture
def other(database: str) -> Any:
    """See Other."""
    found = Other(database)
    yield found
    found.engine.dispose()


def run(**options: Any) -> dict[str, Any]:
    """A run, here and now."""
    done = runner.execute(str(runs.create(ADMIN, **options)))
    assert done is not None
    db.session.rollback()
    return done


def unled() -> None:
    """A business that has lost its admin u0007, and will be given them back by the next repairing run."""
    healthy(200)
    save(user("spare"))
    empty("b0007")
    run()


def admin() -> Any:
    db.session.rollback()
    return db.session.scalar(select(Business.admin_id).where(Business.id == "b0007"))


def states(record_id: str) -> set[str]:
    return set(db.session.scalars(select(Finding.state).where(Finding.record_id == record_id)))


def test_an_admin_assigned_meanwhile_stays(other: Other, monkeypatch: pytest.MonkeyPatch) -> None:
    unled()
    before(
        monkeypatch,
        repairs,
        "_batch",
        lambda: other.write("UPDATE businesses SET admin_id = 'spare' WHERE id = 'b0007'"),
    )
    run(repair=True, checks=["missing_business"])
    assert (other.error, admin(), states("b0007")) == (None, "spare", {"healed"})
    assert [c.actor for c in db.session.scalars(select(Change).where(Change.record_id == "b0007"))][-1] == "external"


def test_an_admin_assigned_under_our_lock_comes_after_and_wins(other: Other, monkeypatch: pytest.MonkeyPatch) -> None:
    unled()
    assign = other.later("UPDATE businesses SET admin_id = 'spare' WHERE id = 'b0007'")
    before(monkeypatch, repairs, "still", assign)
    run(repair=True, checks=["missing_business"])
    other.thread.join(20)
    assert (other.error, admin()) == (None, "spare")


def test_a_remembered_admin_deleted_meanwhile_is_not_linked_to(other: Other, monkeypatch: pytest.MonkeyPatch) -> None:
    unled()
    before(monkeypatch, repairs, "_batch", lambda: other.write("DELETE FROM users WHERE id = 'u0007'"))
    run(repair=True, checks=["missing_business"])
    entry = db.session.scalars(select(QuarantineEntry).where(QuarantineEntry.record_id == "b0007")).one()
    assert (entry.resource, entry.snapshot["adminRef"], db.session.get(Business, "b0007")) == (
        "businesses",
        "u0007",
        None,
    )
    quarantine.restore(entry.id, ADMIN)
    assert admin() is None


def test_a_remembered_admin_deleted_under_our_lock_goes_after_the_link(
    other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    unled()
    before(monkeypatch, relink, "_set_back", other.later("DELETE FROM users WHERE id = 'u0007'"))
    run(repair=True, checks=["missing_business"])
    other.thread.join(20)
    assert (other.error, admin(), db.session.get(User, "u0007")) == (None, None, None)
    assert db.session.scalar(select(QuarantineEntry.id)) is None
    assert states("b0007") == {"repaired"}


def test_a_remembered_admin_taken_by_another_under_our_lock_stays_ours(
    other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    unled()
    take = "INSERT INTO businesses (id, name, admin_id) VALUES ('rival', 'Rival', 'u0007')"
    before(monkeypatch, relink, "_set_back", other.later(take))
    run(repair=True, checks=["missing_business"])
    other.thread.join(20)
    # PostgreSQL finds that each waits for the other (their key, our user) and ends theirs
    assert (isinstance(other.error, DBAPIError), admin()) == (True, "u0007")


def test_a_remembered_admin_taken_by_another_meanwhile_stays_theirs(
    other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    unled()
    take = "INSERT INTO businesses (id, name, admin_id) VALUES ('rival', 'Rival', 'u0007')"
    before(monkeypatch, repairs, "_batch", lambda: other.write(take))
    run(repair=True, checks=["missing_business"])
    assert other.error is None
    assert db.session.scalar(select(Business.admin_id).where(Business.id == "rival")) == "u0007"
    assert db.session.get(Business, "b0007") is None
    assert db.session.scalars(select(QuarantineEntry.record_id)).all() == ["b0007"]


def nameless(distribution: Any) -> None:
    """A user that a check is about to deactivate."""
    distribution("lazy-rules", LAZY)
    healthy(200)
    save(user("orphan"))
    catalogue.register(ADMIN)
    choices.change("lazy-rules.nameless", {"mode": "act"}, ADMIN)
    with unit_of_work(ADMIN) as session:
        session.execute(update(Check).where(Check.id != "lazy-rules.nameless").values(mode="off"))
    run()


def test_who_got_a_name_meanwhile_stays_active(
    other: Other, distribution: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nameless(distribution)
    before(monkeypatch, repairs, "_batch", lambda: other.write("UPDATE users SET name = 'Ann' WHERE id = 'orphan'"))
    assert run(repair=True)["fixedRecords"] == 0
    found = db.session.get(User, "orphan")
    assert (found.name, found.is_active, states("orphan")) == ("Ann", True, {"healed"})


def test_who_gets_a_name_under_our_lock_keeps_it(
    other: Other, distribution: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nameless(distribution)
    before(monkeypatch, repairs, "still", other.later("UPDATE users SET name = 'Ann' WHERE id = 'orphan'"))
    assert run(repair=True)["fixedRecords"] == 1
    other.thread.join(20)
    found = db.session.get(User, "orphan", populate_existing=True)
    assert (found.name, found.is_active, found.version, other.error) == ("Ann", False, 3, None)


@pytest.mark.parametrize("when", ["before our look", "after it"])
def test_an_email_used_again_while_its_first_user_is_brought_back_is_told(
    other: Other, engine_name: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    healthy(200)
    save(user("orphan"))
    run()
    run(repair=True)
    entry_id = db.session.scalars(select(QuarantineEntry.id)).one()
    again = "INSERT INTO users (id, email) VALUES ('again', 'orphan@example.org')"
    if when == "before our look":
        before(monkeypatch, quarantine, "unit_of_work", lambda: other.write(again))
    elif engine_name == "sqlite":  # there the other waits for our write lock, and is told
        before(monkeypatch, restoration, "_set_back", other.later(again))
        quarantine.restore(entry_id, ADMIN)
        other.thread.join(20)
        assert isinstance(other.error, IntegrityError)
        return
    else:
        before(monkeypatch, restoration.bulk, "insert", lambda: other.write(again))
    with pytest.raises(Conflict) as refused:
        quarantine.restore(entry_id, ADMIN)
    assert (refused.value.code, other.error, db.session.get(User, "orphan")) == ("taken", None, None)
    assert quarantine.read(entry_id).restored_at is None
