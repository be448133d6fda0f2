"""The database: SQLAlchemy on SQLite or PostgreSQL, with SQLite put into the mode that concurrent writers need."""

import os
import sqlite3
import time
from functools import partial
from typing import Any

import orjson
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, MetaData, event
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import DeclarativeBase

from ..config import SettingsError, settings

BUSY_TIMEOUT_MS = 5_000
ASK_AGAIN = 0.001  # seconds; SQLite itself sleeps up to 100 ms between two looks, and misses every gap meanwhile
FORMS = "Write sqlite:////path/to/file or postgresql://user:password@host/name"
# SQLite does not look whether text is UTF-8, and a row that a stranger spoilt must not hide all the others
LENIENT_TEXT = partial(str, encoding="utf-8", errors="replace")
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
)
CONSTRAINT_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every table inherits."""

    metadata = MetaData(naming_convention=CONSTRAINT_NAMES)


class Database(SQLAlchemy):
    """Flask-SQLAlchemy whose engines know how to begin on SQLite and survive a fork."""

    def init_app(self, app: Flask) -> None:
        """Bind to `app`; SettingsError when the URL cannot be understood."""
        url = settings(app).database_url
        app.config.setdefault("SQLALCHEMY_DATABASE_URI", url)
        if not url.startswith(("sqlite:", "postgresql+psycopg:")):
            raise SettingsError(f"DATABASE_URL cannot be used: {FORMS}")
        try:
            super().init_app(app)
            with app.app_context():
                prepare(self.engine)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError) as error:
            raise SettingsError(f"DATABASE_URL cannot be used: {error}. {FORMS}") from error


# Python's own reader makes whole numbers of any length from PostgreSQL's JSON, and nothing here can write these
db = Database(model_class=Base, engine_options={"json_deserializer": orjson.loads})


def prepare(engine: Engine) -> None:
    """Attach what an engine of ours needs: pragmas and explicit BEGIN on SQLite, a fresh pool after a fork."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))


def _configure_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # SQLAlchemy's recipe for real transactions on sqlite3: the driver must not begin by itself
    connection.isolation_level = None
    connection.text_factory = LENIENT_TEXT
    for pragma in PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that may write takes the write lock at once: a deferred one that reads first
    # fails with "database is locked" when it comes to write, whatever the busy timeout
    if not connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql("BEGIN")
        return
    driver: Any = connection.connection.driver_connection
    if not _write_lock(driver):
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # one last time, and refused as SQLAlchemy tells it


def _write_lock(driver: sqlite3.Connection) -> bool:
    """Take the write lock, asking every moment; False when it could not be had in time."""
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while time.monotonic() < deadline:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    return False
                time.sleep(ASK_AGAIN)
            else:
                return True
    finally:
        driver.execute(PRAGMAS[-1])
    return False
