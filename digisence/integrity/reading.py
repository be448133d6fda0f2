"""A read-only look at the database: one snapshot, a time limit, and no way to write, whatever a rule tries."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, Executable, func, select, text

from ..clock import truncate
from ..extensions import db
from ..models.types import UtcTime, default_time

STEPS = 10_000  # SQLite virtual machine steps between two looks at the clock
# Keys are drawn to the last one, and indexes that a directory is searched by are in memory: with this in mind the
# planner merges indexes in order, for which it needs no memory, instead of hashing whole tables
PLANNER = {"cursor_tuple_fraction": "1", "random_page_cost": "1.1"}


@contextmanager
def snapshot(seconds: float) -> Iterator[Connection]:
    """A connection that reads one snapshot. A statement that takes longer than `seconds` (on SQLite: all of them
    together) fails with an OperationalError, and so does one that writes.
    """
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            with _sqlite(connection, seconds), connection.begin():
                yield connection
            return
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        transaction = connection.begin()
        try:
            chosen = {"statement_timeout": str(int(seconds * 1000)), **PLANNER}
            connection.execute(select(*(func.set_config(name, value, True) for name, value in chosen.items())))
            yield connection
        finally:
            transaction.rollback()  # a commit would let what a rule did to the session with set_config() last


@contextmanager
def _sqlite(connection: Connection, seconds: float) -> Iterator[None]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101
    deadline = time.monotonic() + seconds
    driver.execute("PRAGMA query_only=ON")
    driver.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)
        driver.execute("PRAGMA query_only=OFF")


@cache
def _now(dialect: str) -> Executable:
    """Said in text, which is compiled once."""
    return text(f"SELECT {default_time(dialect)} AS now").columns(now=UtcTime)


def database_now(connection: Connection) -> datetime:
    """The database's own time, so that several machines agree."""
    moment = connection.scalar(_now(connection.dialect.name))
    assert moment is not None  # noqa: S101
    return truncate(moment)
