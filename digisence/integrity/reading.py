"""A read-only look at the database: one snapshot, a time limit, and no way to write, whatever a rule tries."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, select, type_coerce

from ..clock import truncate
from ..extensions import db
from ..models.base import Now
from ..models.types import UtcTime

STEPS = 10_000  # SQLite virtual machine steps between two looks at the clock
# Keys are drawn to the last one, and indexes that a directory is searched by are in memory: with this in mind the
# planner merges indexes in order, for which it needs no memory, instead of hashing whole tables
PLANNER = ("SET LOCAL cursor_tuple_fraction = 1", "SET LOCAL random_page_cost = 1.1")


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
            for setting in (f"SET LOCAL statement_timeout = {int(seconds * 1000)}", *PLANNER):
                connection.exec_driver_sql(setting)
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


def database_now(connection: Connection) -> datetime:
    """The database's own time, so that several machines agree."""
    moment = connection.scalar(select(type_coerce(Now(), UtcTime)))
    assert moment is not None  # noqa: S101
    return truncate(moment)
