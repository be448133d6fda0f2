"""The process that publishes what nobody else did: changes of outsiders, and what a dead process left.

It sleeps on what the database offers: NOTIFY on PostgreSQL, `PRAGMA data_version` on SQLite (a number that moves when
another connection commits; a look costs microseconds).
"""

import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

import structlog
from flask import Flask
from redis import RedisError
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from ..extensions import redis_client
from ..extensions.db import db
from .outbox import drain
from .triggers.postgresql import CHANNEL

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.02
ROUND_SECONDS = 1.0  # look at the outbox at least so often, whatever was heard
RETRY_SECONDS = 1.0
HEARTBEAT = "digisence:relay:tick"
HEARTBEAT_SECONDS = 10

FAULTS = (RedisError, SQLAlchemyError, sqlite3.Error, OSError)


def lives() -> bool:
    """Whether a relay looks after the outbox; False, too, where Redis cannot say so."""
    try:
        return bool(redis_client.get().exists(HEARTBEAT))
    except RedisError:
        return False


class Relay:
    """Drains on every wake; then calls each of `after_drain` with the number of changes published (0 included)."""

    def __init__(self, app: Flask, after_drain: Sequence[Callable[[int], object]] = ()) -> None:
        self._app, self._after = app, after_drain

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set. Survives the database and Redis going away."""
        while not stop.is_set():
            try:
                with self._app.app_context():
                    for _ in wakes(db.engine.url, stop):
                        self._round()
            except FAULTS as error:
                log.warning("relay waits", why=str(error).strip())
                stop.wait(RETRY_SECONDS)

    def _round(self) -> None:
        # Told first: a drain that fails is another fault than a relay that is not there
        redis_client.get().set(HEARTBEAT, str(time.time()), ex=HEARTBEAT_SECONDS)
        published = drain()
        for call in self._after:
            call(published)


def stopped_by_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set.

    A handler runs inside whatever the main thread is at, perhaps inside the event's own lock: another thread sets it.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=stop.set).start())
    return stop


def wakes(url: URL, stop: threading.Event) -> Iterator[None]:
    """Yields at once, then whenever somebody may have committed, at least every ROUND_SECONDS, until `stop`."""
    return (
        _sqlite_wakes(str(url.database), stop) if url.get_backend_name() == "sqlite" else _postgresql_wakes(url, stop)
    )


def _sqlite_wakes(path: str, stop: threading.Event) -> Iterator[None]:
    with closing(sqlite3.connect(f"file:{path}?mode=rw", uri=True, isolation_level=None)) as connection:
        seen, due = None, 0.0
        while not stop.is_set():
            [version] = connection.execute("PRAGMA data_version").fetchone()
            if version != seen or time.monotonic() >= due:
                seen, due = version, time.monotonic() + ROUND_SECONDS
                yield
            stop.wait(POLL_SECONDS)


def _postgresql_wakes(url: URL, stop: threading.Event) -> Iterator[None]:
    import psycopg  # where it is the database

    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            yield
            while not stop.is_set():
                for _ in connection.notifies(timeout=ROUND_SECONDS, stop_after=1):
                    pass
                yield
    except psycopg.Error as error:
        raise ConnectionError(str(error)) from error
