"""Changes and seals are append-only by a rule of the database: whoever alters or removes one is refused."""

import subprocess
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from digisence.changes import Context, outbox, triggers, unit_of_work
from digisence.extensions import db
from digisence.models import User
from tests import outsider

DIGEST = "f" * 64
BY_HAND = [
    "UPDATE changes SET actor = 'user:nobody'",
    "UPDATE changes SET after = NULL, after_digest = '{digest}'",
    "DELETE FROM changes WHERE id > 1",
    "UPDATE seals SET digest = 'x'",
    "DELETE FROM seals",
]
ON_SQLITE = [
    "INSERT OR REPLACE INTO changes (id, resource, record_id, action, version, actor) VALUES (1, 'users', 'u', 'created', 1, 'x')",
    "INSERT OR REPLACE INTO seals (seq, change_id, previous, digest) VALUES (1, 1, 'x', 'y')",
    "INSERT OR REPLACE INTO seals (seq, change_id, previous, digest) VALUES (99, 1, 'x', 'y')",
    "INSERT OR REPLACE INTO seals (change_id, previous, digest) VALUES (2, 'x', 'y')",
]
ON_POSTGRESQL = ["TRUNCATE changes CASCADE", "TRUNCATE seals"]
DOOR = "INSERT INTO change_targets (resource, record_id, action) VALUES ('changes', 'compaction', 'compacted')"
THROUGH_THE_DOOR = [
    "UPDATE changes SET after = NULL, after_digest = '{digest}', actor = 'user:nobody'",
    "UPDATE changes SET after = NULL, after_digest = 'short'",
    "UPDATE changes SET after = NULL",
    "UPDATE changes SET after_digest = '{digest}'",
    "UPDATE changes SET before_digest = '{digest}', after = NULL, after_digest = '{digest}'",
    "DELETE FROM changes",
]


@pytest.fixture(autouse=True)
def two_changes(app: Flask) -> Any:
    with app.app_context():
        for number in (1, 2):
            with unit_of_work(Context("user:me"), patience=20) as session:
                session.add(User(id=f"u{number}", email=f"{number}@example.org"))
        outbox.drain()
        yield


def rows() -> list[Any]:
    with db.engine.connect() as connection:
        return [
            *connection.execute(text("SELECT * FROM changes, seals")),
            *connection.execute(text("SELECT * FROM outbox")),
        ]


def refused(database: str, *statements: str) -> None:
    before = rows()
    with pytest.raises(subprocess.CalledProcessError) as caught:
        outsider.write(database, *statements)
    assert "append-only" in caught.value.stderr
    assert rows() == before


def test_by_hand_nothing_moves(database: str) -> None:
    own = ON_SQLITE if database.startswith("sqlite") else ON_POSTGRESQL
    for statement in [*BY_HAND, *own]:
        refused(database, statement.format(digest=DIGEST))
    for statement in THROUGH_THE_DOOR:
        refused(database, DOOR, statement.format(digest=DIGEST))


def test_the_door_is_for_digests_alone(database: str) -> None:
    outsider.write(
        database,
        DOOR,
        f"UPDATE changes SET after = NULL, after_digest = '{DIGEST}' WHERE id = 1",
        "DELETE FROM change_targets",
    )
    with db.engine.connect() as connection:
        found = connection.execute(text("SELECT after, after_digest FROM changes ORDER BY id")).all()
    assert [tuple(row)[1] for row in found] == [DIGEST, None]
    assert found[0].after is None
    refused(database, DOOR, f"UPDATE changes SET after_digest = '{'e' * 64}' WHERE id = 1")


def test_a_rule_that_is_off_is_seen(database: str) -> None:
    off = "DROP TRIGGER digisence_changes_keep_delete"
    if not database.startswith("sqlite"):
        off = "ALTER TABLE changes DISABLE TRIGGER digisence_changes_keep_delete"
    outsider.write(database, off)
    with db.engine.connect() as connection:
        [fault] = triggers.verify(connection)
    assert "digisence_changes_keep_delete" in fault
