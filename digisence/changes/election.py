"""One drainer at a time: a lock that dies with its holder, on either database."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

LOCK = "hashtext('digisence.drain')"
SETTLING = "hashtext('digisence.seal')"


@contextmanager
def elected(engine: Engine) -> Iterator[bool]:
    """True for the one who may drain now; the others get False at once."""
    if engine.dialect.name == "sqlite":
        with _file_lock(f"{engine.url.database}.drain") as mine:
            yield mine
    else:
        with _advisory_lock(engine) as mine:
            yield mine


@contextmanager
def settling(engine: Engine) -> Iterator[Connection]:
    """A writing transaction of which there is one at a time, committed at the end; it waits for the one before."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":  # SQLite has one writer anyway
            connection.execute(text(f"SELECT pg_advisory_xact_lock({SETTLING})"))
        yield connection


@contextmanager
def _file_lock(path: str) -> Iterator[bool]:
    # An open file description of its own for each holder, so threads exclude each other too
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)


@contextmanager
def _advisory_lock(engine: Engine) -> Iterator[bool]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        mine = bool(connection.scalar(text(f"SELECT pg_try_advisory_lock({LOCK})")))
        try:
            yield mine
        finally:
            if mine:
                connection.execute(text(f"SELECT pg_advisory_unlock({LOCK})"))
