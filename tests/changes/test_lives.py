"""An id whose record went may come to another: the two never share a version."""

from typing import Any

import pytest
from flask import Flask

from digisence.changes import unit_of_work
from digisence.extensions import db
from digisence.models import User
from tests import outsider
from tests.changes.test_triggers import ME, USER, changes, told
from tests.records.transfer.files import brought, undone


@pytest.fixture(autouse=True)
def context(app: Flask) -> Any:
    with app.app_context():
        yield


def test_a_new_life_of_an_id_begins_above_the_one_before(database: str) -> None:
    outsider.write(database, USER, "UPDATE users SET name = 'B'", "DELETE FROM users")
    outsider.write(database, USER, "UPDATE users SET name = 'C'", "DELETE FROM users")
    outsider.write(database, USER.replace("(id, ", "(version, id, ").replace("('u1'", "(3, 'u1'"))
    outsider.write(database, "DELETE FROM users", USER.replace("(id, ", "(version, id, ").replace("('u1'", "(50, 'u1'"))
    assert [(c.action, c.version, c.base_version) for c in changes()] == [
        ("created", 1, None), ("updated", 2, 1), ("deleted", 3, 2),
        ("created", 4, None), ("updated", 5, 4), ("deleted", 6, 5),
        ("created", 7, None), ("deleted", 8, 7), ("created", 50, None),
    ]  # fmt: skip
    assert [c.after["version"] for c in changes() if c.action == "created"] == [1, 4, 7, 50]
    assert db.session.get(User, "u1").version == 50


def test_an_id_given_to_another_record_does_not_mix_their_versions(database: str) -> None:
    other = "INSERT INTO users (id, email) VALUES ('u2', 'b@example.org')"
    outsider.write(database, USER, "UPDATE users SET name = 'B'", "DELETE FROM users", other)
    outsider.write(database, "UPDATE users SET id = 'u1' WHERE id = 'u2'")
    assert told()[3:] == [
        ("users", "u2", "created", 1, None, "external"),
        ("users", "u2", "deleted", 2, 1, "external"),
        ("users", "u1", "created", 4, None, "external"),
    ]
    assert changes()[-1].after["version"] == db.session.get(User, "u1").version == 4


def test_the_very_row_that_went_comes_back_as_what_it_was(database: str) -> None:
    columns = "id, email, name, created_at, updated_at, version, password_hash"
    outsider.write(database, USER, "UPDATE users SET name = 'B'", f"CREATE TABLE kept AS SELECT {columns} FROM users")
    back = f"INSERT INTO users ({columns}) SELECT {columns} FROM kept"
    outsider.write(database, "DELETE FROM users", back)
    assert told()[2:] == [("users", "u1", "deleted", 3, 2, "external"), ("users", "u1", "created", 2, None, "external")]
    outsider.write(database, "DELETE FROM users", "UPDATE kept SET name = 'C'", back)
    assert changes()[-1].version == db.session.get(User, "u1").version == 4


def test_a_record_made_again_can_be_written_at_once(database: str) -> None:
    outsider.write(database, USER, "DELETE FROM users")
    with unit_of_work(ME) as session:
        session.add(User(id="u1", email="a@example.org"))
        session.flush()
        session.get(User, "u1", populate_existing=True).name = "Anna"
    assert [c.version for c in changes()] == [1, 2, 3, 4]


def test_an_import_of_an_id_that_was_knows_the_version_it_wrote() -> None:
    row = "id,email\nu1,a@example.org\n"
    first = brought("users", row)
    assert undone(first["id"])["undone"] == 1
    second = brought("users", row)
    assert [(c.action, c.version) for c in changes() if c.version] == [
        ("created", 1), ("quarantined", 2), ("created", 3),
    ]  # fmt: skip
    assert undone(second["id"])["undone"] == 1
    assert [c.version for c in changes() if c.version][-1] == 4
