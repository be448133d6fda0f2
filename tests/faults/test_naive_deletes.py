"""Why a sweep locks first and looks again in a new statement: what the shorter ways do, seen on bare tables."""

import sqlite3
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

GUARDED = "DELETE FROM users WHERE id = 1 AND NOT EXISTS (SELECT 1 FROM businesses b WHERE b.admin_id = users.id)"
RECHECK = "SELECT 1 FROM users WHERE id = 1 AND NOT EXISTS (SELECT 1 FROM businesses b WHERE b.admin_id = users.id)"
CREATE = "INSERT INTO businesses (id, admin_id) VALUES (1, 1)"
KEYS = {
    "none": "admin_id int",
    "cascade": "admin_id int REFERENCES users ON DELETE CASCADE",
    "restrict": "admin_id int REFERENCES users ON DELETE RESTRICT",
}


class Bare:
    """A user without a business, and two connections: a creator, and a sweep."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.schema = url, f"bare{uuid.uuid4().hex[:8]}"
        self.creator, self.sweep = self.connect(), self.connect()
        with self.connect() as setup:
            setup.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(self.schema)))
            setup.execute("CREATE TABLE users (id int PRIMARY KEY)")
            setup.execute(f"CREATE TABLE businesses (id int PRIMARY KEY, {KEYS[key]})")
            setup.execute("INSERT INTO users VALUES (1)")

    def connect(self) -> psycopg.Connection[Any]:
        """One connection, its tables our own."""
        return psycopg.connect(self.url, options=f"-c search_path={self.schema}")

    def while_creating(self, statement: str) -> Any:
        """The sweep executes and commits `statement` while the creator's insert waits for its commit; its error."""
        self.creator.execute(CREATE)
        caught: list[Any] = []

        def act() -> None:
            try:
                self.sweep.execute(statement)
                self.sweep.commit()
            except psycopg.Error as error:
                self.sweep.rollback()
                caught.append(error)

        thread = threading.Thread(target=act)
        thread.start()
        thread.join(0.3)  # whether it waits for the creator is the database's affair, and what comes of it is the claim
        self.creator.commit()
        thread.join(20)
        return caught[0] if caught else None

    def counts(self) -> tuple[int, int]:
        """How many users, how many businesses."""
        with self.connect() as look:
            query = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM businesses)"
            row = look.execute(query).fetchone()
            assert row is not None
            return row[0], row[1]

    def close(self) -> None:
        """Leave nothing."""
        self.creator.close()
        self.sweep.close()
        with self.connect() as last:
            last.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(self.schema)))


@pytest.fixture
def bare(postgresql: str, key: str) -> Iterator[Bare]:
    """See Bare."""
    found = Bare(postgresql, key)
    yield found
    found.close()


@pytest.mark.parametrize(
    ("key", "left", "refused"),
    [("cascade", (0, 0), None), ("none", (0, 1), None), ("restrict", (1, 1), errors.RestrictViolation)],
)
def test_one_guarded_statement_deletes_what_was_just_created(
    bare: Bare, left: tuple[int, int], refused: type[Exception] | None
) -> None:
    """Its NOT EXISTS is of before it waited. A cascading key takes the new business along; its creator saw success."""
    error = bare.while_creating(GUARDED)
    assert (bare.counts(), type(error) if error else None) == (left, refused)


@pytest.mark.parametrize("key", ["cascade", "restrict"])
def test_a_lock_and_a_new_statement_see_it(bare: Bare) -> None:
    bare.creator.execute(CREATE)
    assert bare.sweep.execute("SELECT 1 FROM users WHERE id = 1 FOR UPDATE SKIP LOCKED").fetchone() is None
    waited = threading.Thread(target=bare.sweep.execute, args=("SELECT 1 FROM users WHERE id = 1 FOR UPDATE",))
    waited.start()
    bare.creator.commit()
    waited.join(20)
    assert bare.sweep.execute(RECHECK).fetchone() is None
    bare.sweep.commit()
    assert bare.counts() == (1, 1)


@pytest.mark.parametrize("key", ["cascade"])
@pytest.mark.parametrize(
    ("level", "statements"),
    [
        ("SERIALIZABLE", (GUARDED,)),
        ("REPEATABLE_READ", ("SELECT 1 FROM users WHERE id = 1 FOR UPDATE", RECHECK, GUARDED)),
    ],
)
def test_stricter_transactions_refuse_or_spare_it(bare: Bare, level: str, statements: tuple[str, ...]) -> None:
    bare.sweep.isolation_level = psycopg.IsolationLevel[level]
    bare.sweep.execute("SELECT count(*) FROM businesses")
    bare.creator.execute(CREATE)
    bare.creator.commit()
    error = None
    try:
        for statement in statements:
            bare.sweep.execute(statement)
        bare.sweep.commit()
    except errors.SerializationFailure as failure:
        error = failure
        bare.sweep.rollback()
    assert (bare.counts(), error is not None) == ((1, 1), True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A SQLite file with a user and no business; foreign keys are for whoever asks for them."""
    path = tmp_path / "bare.sqlite"
    with sqlite3.connect(path) as setup:
        setup.execute("PRAGMA journal_mode=WAL")
        setup.execute("CREATE TABLE users (id int PRIMARY KEY)")
        setup.execute("CREATE TABLE businesses (id int PRIMARY KEY, admin_id int)")
        setup.execute("INSERT INTO users VALUES (1)")
    setup.close()
    return path


def opened(path: Path) -> sqlite3.Connection:
    """A connection that begins when told, and waits for nobody."""
    return sqlite3.connect(path, isolation_level=None, timeout=0)


def test_on_sqlite_a_look_and_a_deletion_apart_leave_a_business_without_its_admin(file: Path) -> None:
    sweep, creator = opened(file), opened(file)
    assert sweep.execute(RECHECK).fetchall() == [(1,)]
    creator.execute(CREATE)
    sweep.execute("DELETE FROM users WHERE id = 1")
    assert (sweep.execute("SELECT * FROM users").fetchall(), sweep.execute("SELECT * FROM businesses").fetchall()) == (
        [],
        [(1, 1)],
    )
    sweep.close(), creator.close()


def test_on_sqlite_a_transaction_that_reads_first_may_not_write_later_and_one_that_begins_to_write_may(
    file: Path,
) -> None:
    sweep, creator = opened(file), opened(file)
    sweep.execute("BEGIN")
    assert sweep.execute(RECHECK).fetchall() == [(1,)]
    creator.execute("INSERT INTO businesses (id, admin_id) VALUES (7, 7)")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        sweep.execute("DELETE FROM users WHERE id = 1")
    sweep.execute("ROLLBACK")
    sweep.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        creator.execute(CREATE)
    assert sweep.execute(RECHECK).fetchall() == [(1,)]
    sweep.execute("DELETE FROM users WHERE id = 1")
    sweep.execute("COMMIT")
    assert creator.execute("SELECT count(*) FROM users").fetchone() == (0,)
    sweep.close(), creator.close()
