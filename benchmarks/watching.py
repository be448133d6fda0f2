"""What is watched while something is measured: this process's memory, and how long another writer waits."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.connection import Connection
from typing import Any

import psutil
import psycopg
from sqlalchemy import URL, create_engine, text

from digisence.extensions.db import prepare

from .remote import Remote, obey


def connect(address: URL) -> Any:
    """A connection of the driver's own, each statement a transaction."""
    if address.drivername.startswith("sqlite"):
        return sqlite3.connect(str(address.database), isolation_level=None, timeout=30)
    text = address.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(text, autocommit=True)


@contextmanager
def beside(work: Callable[[], None], done: threading.Event) -> Iterator[None]:
    """Let `work` go on in a thread of its own until it sees that all is done."""
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


class Memory:
    """The most private memory of this process while it works, beyond what it has at rest; MB."""

    def __init__(self) -> None:
        self._process, self._most, self._done = psutil.Process(), 0, threading.Event()
        self.idle = self._now()

    def _now(self) -> int:
        return int(self._process.memory_full_info().uss)

    def watching(self) -> AbstractContextManager[None]:
        """Look every 50 ms."""
        return beside(self._watch, self._done)

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            self._most = max(self._most, self._now())

    @property
    def over_idle(self) -> float:
        """MB."""
        return (self._most - self.idle) / 2**20


class Writer:
    """Another writer of the product's kind, in a process of its own, and how long its small writes took; ms.

    Not one that leaves its waiting for SQLite's lock to SQLite: that sleeps up to 100 ms between two looks.
    """

    def __init__(self, address: URL) -> None:
        self._address = address.render_as_string(hide_password=False)
        self.waits: list[float] = []

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write every 5 ms."""
        with Remote(__name__) as remote:
            remote.ask("start", self._address)
            yield
            self.waits = remote.ask("stop")


class Writing:
    """What that process does."""

    def __init__(self) -> None:
        self._done, self._waits = threading.Event(), list[float]()

    def start(self, address: str) -> None:
        """Begin; returns once the first write stands."""
        self._engine = create_engine(address)
        prepare(self._engine)
        self._write()
        self._waits.clear()
        self._thread = threading.Thread(target=self._go_on)
        self._thread.start()

    def stop(self) -> list[float]:
        """End; returns what each write took."""
        self._done.set()
        self._thread.join()
        self._engine.dispose()
        return self._waits

    def _go_on(self) -> None:
        while not self._done.wait(0.005):
            self._write()

    def _write(self) -> None:
        began = time.perf_counter()
        with self._engine.execution_options(writes=True).begin() as connection:
            connection.execute(text("UPDATE categories SET description = :told"), {"told": str(began)})
        self._waits.append((time.perf_counter() - began) * 1000)


def begin(orders: int) -> None:
    """The process of a Writer."""
    writing, connection = Writing(), Connection(orders)
    while obey(writing, connection):
        pass
