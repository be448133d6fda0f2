"""No check reads more than it needs, on either database: EXPLAIN of every core rule, over a directory of some size."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from benchmarks import directory
from digisence.changes import tally
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.integrity import data_sync_service, registry, statistics
from digisence.integrity.reading import snapshot

from .conftest import save, user

LARGE = {"users", "businesses", "professionals"}
# Tables whose rows a check may read through, and why; all else is answered by indexes that hold every column it asks for
MAY_READ: dict[str, set[str]] = {
    "digisence.dangling_category": {"businesses"},  # what a record remembers has no index
    "digisence.email_case": {"users"},  # compares every address with every other, by lower case
    "digisence.role_mismatch": {"users", "businesses", "professionals"},  # has no index of role and key in one order
    "digisence.two_profiles": {"users", "businesses", "professionals"},
}
USERS = 6_000


@pytest.fixture
def filled(app: Flask) -> Iterator[dict[str, registry.Registered]]:
    """The rules, and a directory that is large enough for the planner to care."""
    with app.app_context():
        directory.fill(db.engine, directory.scaled(USERS))
        yield registry.survey(10).rules


def plan(connection: Any, statement: Any) -> list[str]:
    """The lines of EXPLAIN."""
    compiled = statement.compile(connection, compile_kwargs={"literal_binds": True})
    words = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN (COSTS OFF)"
    rows = connection.exec_driver_sql(f"{words} {compiled}", execution_options={"no_parameters": True})
    return [str(row[-1]) for row in rows]


def rows_read(lines: list[str]) -> set[str]:
    """Tables that a plan reads from the first row to the last, rather than from an index alone."""
    found = set()
    for line in lines:
        scanned = re.search(r"Seq Scan on (\w+)|^SCAN (\w+)", line.strip())
        if scanned and "COVERING INDEX" not in line:
            found.add(scanned[1] or scanned[2])
    return found & LARGE


def test_no_core_check_reads_more_than_it_needs(filled: dict[str, registry.Registered]) -> None:
    before, ids = utcnow() - timedelta(days=1), ["a", "b"]
    with snapshot(30) as connection:
        dialect = connection.dialect.name
        for name, rule in sorted(filled.items()):
            predicate = rule.predicate(utcnow(), dialect, rule.about.defaults, 10)
            scan = predicate.scans()[0 if dialect == "postgresql" else -1]
            lines = plan(connection, scan.keys)
            assert rows_read(lines) <= MAY_READ.get(name, set()), f"{name}: {lines}"
            for statement in (scan.kept(before, ids), predicate.within(before, ids=ids)):
                lines = plan(connection, statement)
                assert rule.about.resource not in rows_read(lines), f"{name} by key: {lines}"


@pytest.mark.usefixtures("inside")
def test_statistics_count_no_records_once_the_checks_have_looked() -> None:
    save(user("orphan"))
    data_sync_service.check_data_integrity()
    for resource in ("users", "businesses", "professionals"):
        tally.verify(db.engine, resource)
    said: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", listen)
    assert statistics.brief()["orphanedUsers"] == 1
    event.remove(db.engine, "before_cursor_execute", listen)
    assert [one for one in said if re.search(r"FROM (users|businesses|professionals)\b", one)] == []
    assert said
