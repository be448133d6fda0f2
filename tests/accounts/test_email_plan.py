"""Whoever is looked up by e-mail, in whatever letters, is found by index on either database: no door reads all users."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, select, text

from digisence.changes import triggers, unit_of_work
from digisence.extensions import db
from digisence.models import User
from digisence.records import emails
from tests.records.conftest import ME

MANY = 5_000
FILL = {
    "sqlite": "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many) ",
    "postgresql": "WITH n (i) AS (SELECT generate_series(1, :many)) ",
}
ROWS = (
    "INSERT INTO users (id, email) SELECT 'u' || i, CASE WHEN i = 7 THEN 'U' ELSE 'u' END || i || '@example.org' FROM n"
)


@pytest.fixture
def crowd(app: Flask, engine_name: str) -> Any:
    """Many users, of whom one has a capital letter; the database knows how many."""
    with app.app_context():
        with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
            triggers.drop(connection)
            connection.execute(text(FILL[engine_name] + ROWS), {"many": MANY})
            triggers.install(connection)
            connection.execute(text("ANALYZE"))
        yield


def plan(connection: Connection, query: Any) -> list[str]:
    written = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    word = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    return [str(row[-1]) for row in connection.exec_driver_sql(f"{word} {written}")]


@pytest.mark.parametrize("email", ["U7@example.org", "u7@example.org", " U8@EXAMPLE.org "])
def test_an_e_mail_in_any_letters_is_found_by_index(crowd: None, email: str) -> None:
    query = select(User.id).where(emails.of(email)).limit(2)
    with db.engine.connect() as connection:
        assert connection.scalars(query).all() == [f"u{email.strip()[1]}"]
        steps = plan(connection, query)
    read = [step for step in steps if ("SCAN users" in step or "Seq Scan on users" in step) and "mixed" not in step]
    assert read == [], steps


def test_twins_of_many_e_mails_are_found_by_index(crowd: None) -> None:
    with unit_of_work(ME) as session:
        assert emails.twins(session, User, ["U8@example.org", "u7@example.org", "u9@example.org"]) == {
            "U8@example.org": "u8", "u7@example.org": "u7",
        }  # fmt: skip
        query = emails.folded(lambda email: email.in_(["u7@example.org", "u8@example.org"]))
        steps = plan(session.connection(), query)
    assert not [step for step in steps if "Seq Scan" in step or ("SCAN users" in step and "mixed" not in step)], steps
