"""What only SQLite can do: replace rows in passing, write times as text, leave foreign keys alone."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from digisence.changes import outbox
from digisence.extensions import db
from digisence.models import Business, Change, User
from tests import outsider

USER = "INSERT INTO users (id, email, name) VALUES ('u1', 'a@example.org', 'Ann')"
RECURSIVE = pytest.mark.parametrize("recursive", ["ON", "OFF"])


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "digisence.sqlite"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(autouse=True)
def context(app: Flask) -> Any:
    with app.app_context():
        yield


def told() -> list[tuple[str, str, int]]:
    db.session.rollback()
    return [(c.record_id, c.action, c.version) for c in db.session.scalars(select(Change).order_by(Change.id))]


@RECURSIVE
def test_replace_tells_the_row_that_went_and_the_one_that_came(database: str, recursive: str) -> None:
    outsider.write(database, USER)
    outsider.write(
        database,
        "REPLACE INTO users (id, email) VALUES ('u1', 'new@example.org')",
        before=f"PRAGMA recursive_triggers={recursive}",
    )
    assert told() == [("u1", "created", 1), ("u1", "deleted", 2), ("u1", "created", 3)]


@RECURSIVE
def test_replace_by_another_unique_key(database: str, recursive: str) -> None:
    outsider.write(database, USER)
    outsider.write(
        database,
        "INSERT OR REPLACE INTO users (id, email) VALUES ('u2', 'a@example.org')",
        before=f"PRAGMA recursive_triggers={recursive}",
    )
    assert told() == [("u1", "created", 1), ("u1", "deleted", 2), ("u2", "created", 1)]


@RECURSIVE
def test_update_or_replace(database: str, recursive: str) -> None:
    outsider.write(database, USER, "INSERT INTO users (id, email) VALUES ('u2', 'b@example.org')")
    outsider.write(
        database,
        "UPDATE OR REPLACE users SET email = 'a@example.org' WHERE id = 'u2'",
        before=f"PRAGMA recursive_triggers={recursive}",
    )
    assert told()[2:] == [("u1", "deleted", 2), ("u2", "updated", 2)]


@RECURSIVE
def test_ignore_and_upsert_tell_only_what_happened(database: str, recursive: str) -> None:
    before = f"PRAGMA recursive_triggers={recursive}"
    outsider.write(database, USER)
    outsider.write(database, "INSERT OR IGNORE INTO users (id, email) VALUES ('u2', 'a@example.org')", before=before)
    assert told() == [("u1", "created", 1)]
    outsider.write(
        database,
        "INSERT INTO users (id, email) VALUES ('u1', 'z@example.org') ON CONFLICT (id) DO UPDATE SET email = excluded.email",
        before=before,
    )
    outsider.write(database, "INSERT INTO users (id, email) VALUES ('u3', 'c@example.org')", before=before)
    assert told() == [("u1", "created", 1), ("u1", "updated", 2), ("u3", "created", 1)]


@RECURSIVE
def test_an_update_is_told_once(database: str, recursive: str) -> None:
    outsider.write(database, USER, "INSERT INTO businesses (id, name, admin_id) VALUES ('b1', 'Bee', 'u1')")
    outsider.write(
        database, "UPDATE businesses SET created_at = '2024-01-02T03:04:05+01:00', opening_hours = '[ 1 ]', name = 'Bees'",
        before=f"PRAGMA recursive_triggers={recursive}",
    )  # fmt: skip
    assert told()[2:] == [("b1", "updated", 2)]


def test_times_and_json_that_outsiders_write_are_brought_into_our_form(database: str) -> None:
    outsider.write(
        database,
        "INSERT INTO businesses (id, name, created_at, opening_hours) VALUES ('b1', 'Bee', '2024-01-02T03:04:05Z', '{ \"a\" : 1 }')",
    )
    with db.engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT created_at, opening_hours FROM businesses").one()
    assert tuple(row) == ("2024-01-02 03:04:05.000", '{"a":1}')
    [change] = db.session.scalars(select(Change))
    assert (change.after["createdAt"], change.after["openingHours"]) == ("2024-01-02T03:04:05.000Z", {"a": 1})
    assert db.session.get(Business, "b1").created_at.isoformat() == "2024-01-02T03:04:05+00:00"


def test_a_user_deleted_past_the_foreign_keys_leaves_the_reference_dangling(database: str) -> None:
    outsider.write(database, USER, "INSERT INTO businesses (id, name, admin_id) VALUES ('b1', 'Bee', 'u1')")
    outsider.write(database, "DELETE FROM users WHERE id = 'u1'", before="PRAGMA foreign_keys=OFF")
    db.session.rollback()
    assert db.session.get(User, "u1") is None
    assert db.session.get(Business, "b1").admin_id == "u1"
    assert told()[-1] == ("u1", "deleted", 2)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("created_at", "'0000-01-01'"),
        ("created_at", "12345"),
        ("created_at", "''"),
        ("opening_hours", "'{'"),
        ("is_active", "7"),
    ],
)
def test_what_postgresql_would_refuse_by_type_is_refused_here_too(database: str, column: str, value: str) -> None:
    with pytest.raises(subprocess.CalledProcessError, match="1"):
        outsider.write(database, f"INSERT INTO businesses (id, name, {column}) VALUES ('b1', 'Bee', {value})")
    assert told() == []


def test_text_that_is_no_utf8_hides_nothing(database: str) -> None:
    outsider.write(
        database, "INSERT INTO users (id, email, name) VALUES ('u1', 'a@example.org', CAST(x'41FF42' AS TEXT))"
    )
    [change] = db.session.scalars(select(Change))
    assert change.after["name"] == "A\ufffdB"
    assert db.session.get(User, "u1").name == "A\ufffdB"
    assert outbox.drain() == 1
