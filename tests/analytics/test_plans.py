"""Measuring reads what changed, not what ever happened."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from digisence.analytics import levels, spans, sums
from digisence.changes import unit_of_work
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.models import Category
from tests.analytics.conftest import ME
from tests.analytics.past import unwatched
from tests.draining import drained

STATEMENTS = ("sums", "levels", "response", "freshness")


def statement(name: str, dialect: str) -> str:
    if name in ("sums", "levels"):
        return {"sums": sums, "levels": levels}[name].statement(dialect)  # type: ignore[attr-defined, no-any-return]
    return spans.statement(name, "hour", dialect)


@pytest.fixture
def long_past(app: Flask) -> None:
    """Two thousand changes of years ago."""
    with unit_of_work(ME) as session:
        session.add_all([Category(name=f"c{number}") for number in range(2_000)])
    drained()
    with unwatched() as connection:
        old = "2020-01-01 00:00:00.000"
        connection.execute(text("UPDATE changes SET committed_at = :old"), {"old": old})
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def test_no_statement_reads_all_changes(long_past: None) -> None:
    sqlite = db.engine.dialect.name == "sqlite"
    for name in STATEMENTS:
        with db.engine.connect() as connection:
            explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
            asked = (
                sums.timed(explain + statement(name, connection.dialect.name))
                if name != "levels"
                else text(explain + levels.statement(connection.dialect.name))
            )
            times = {"start": utcnow() - timedelta(hours=2), "end": utcnow()}
            if name == "levels":
                times = {"start": times["start"].strftime("%Y-%m-%d %H:%M:%S.000")}
            plan = "\n".join(str(row[-1]) for row in connection.execute(asked, times))
        assert "ix_changes_committed_at" in plan or "ix_changes_recent" in plan, (name, plan)
        assert not [whole for whole in ("SCAN changes", "SCAN c\n", "Seq Scan on changes") if whole in plan], (
            name,
            plan,
        )
        assert "SCAN p" not in plan.replace("SCAN placed", ""), (name, plan)
