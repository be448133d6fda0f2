"""Questions that are asked for every batch read no whole table, however little the planner knows of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event

from digisence.changes import unit_of_work
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.integrity import protection
from digisence.models import User
from digisence.records import emails, guards, told
from tests.records.conftest import ME

ASKED: dict[str, Callable[[Any], Any]] = {
    "superadmins": lambda session: guards.hold(session, User),
    "whether one is a superadmin": lambda session: guards.hold(session, User, ["a"]),
    "e-mails": lambda session: emails.twins(session, User, ["A@example.org"]),
    "the never-list": lambda session: protection.reasons(session, User, ["a"], ME.actor, utcnow()),
    "snapshots": lambda session: list(told.read(session, User, "id", ["a"])),
}
WHOLE = {"SCAN users", "INDEX ix_users_is_active", "INDEX ix_businesses_admin_id", "(admin_id=?)"}


@contextmanager
def heard(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    statements: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", hear)
    yield statements
    event.remove(engine, "before_cursor_execute", hear)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # PostgreSQL's planner counts, SQLite's guesses
@pytest.mark.parametrize("question", ASKED)
def test_no_batch_reads_a_whole_table(app: Flask, question: str) -> None:
    with unit_of_work(ME) as session, heard(db.engine) as statements:
        ASKED[question](session)
    selects = [(statement, parameters) for statement, parameters in statements if statement.startswith("SELECT")]
    assert selects
    with db.engine.connect() as connection:
        for statement, parameters in selects:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).scalars("detail").all()
            read = [step for step in plan if any(part in step for part in WHOLE) and "email_mixed" not in step]
            assert read == [], plan
