"""Threads that take turns, one database statement at a time, in an order that a seed decides.

A part pauses before each statement and each commit; the stepper picks who goes on. A part that waits for another's lock
is left waiting, and goes on by itself when it gets it.
"""

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, event

from digisence.extensions.db import _begin_sqlite

READY, RUNNING, ENDED = "ready", "running", "ended"
LONGEST = 60.0  # seconds after which a step is stuck
WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
TAKES_SQLITES_LOCK = "BEGIN IMMEDIATE"


class Part:
    """One thread and where it stands. `next`: the statement before which it pauses."""

    def __init__(self, name: str, work: Callable[[], object]) -> None:
        self.name, self.work = name, work
        self.state, self.next, self.pid = RUNNING, "", 0
        self.steps: list[str] = []  # before which statement of the chief each of its own fell
        self.error: BaseException | None = None
        self.may = threading.Semaphore(0)
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self.work()
        except BaseException as error:  # noqa: BLE001 told to whoever asks for it
            self.error = error


class Stepper:
    """Takes a chief and others through their statements; the others come one after the other, so many at a time."""

    def __init__(self, chance: random.Random, engine: Engine, database: str) -> None:
        self.chance, self.engine = chance, engine
        self.most = chance.randint(2, 12)  # others at once
        self.haste = chance.uniform(0.0, 0.5)  # how often the chief goes first
        self.changed = threading.Condition()
        self.parts: dict[int, Part] = {}
        self.stuck: set[Part] = set()
        self.look = _Look(database)

    @contextmanager
    def attached(self) -> Iterator[None]:
        """While this holds, whoever is a part pauses before each statement on the engine."""
        listeners = {
            "before_cursor_execute": lambda connection, _cursor, statement, *_: self._pause(statement, connection),
            "commit": lambda connection: self._pause("COMMIT", connection),
            "rollback": lambda connection: self._pause("ROLLBACK", connection),
        }
        sqlite = self.engine.dialect.name == "sqlite"
        if sqlite:  # the product's own takes the lock at once: what pauses has to come before it
            event.remove(self.engine, "begin", _begin_sqlite)
            listeners["begin"] = self._begin
        for name, listener in listeners.items():
            event.listen(self.engine, name, listener)
        try:
            yield
        finally:
            if sqlite:
                event.listen(self.engine, "begin", _begin_sqlite)
            for name, listener in listeners.items():
                event.remove(self.engine, name, listener)
            self.look.close()

    def _begin(self, connection: Any) -> None:
        if connection.get_execution_options().get("writes"):
            self._pause(TAKES_SQLITES_LOCK, connection)
        _begin_sqlite(connection)

    def _pause(self, statement: str, connection: Any) -> None:
        part = self.parts.get(threading.get_ident())
        if part is None:
            return
        if connection.dialect.name == "postgresql":
            part.pid = connection.connection.driver_connection.info.backend_pid
        with self.changed:
            part.state, part.next = READY, statement
            self.changed.notify_all()
        part.may.acquire()

    def run(self, chief: Part, others: Iterable[Part]) -> None:
        """Until all have ended that came while the chief was at work."""
        coming = iter(others)
        alive = [self._start(chief)]
        while alive:
            while chief in alive and len(alive) <= self.most and (new := next(coming, None)) is not None:
                alive.append(self._start(new))
            ready = [part for part in alive if part.state == READY and self._may(part)]
            if ready:
                self._step(self._chosen(chief, ready), chief)
            else:
                time.sleep(0.002)  # all wait for locks; PostgreSQL ends one of those that wait for each other
                self._settle()
            alive = [part for part in alive if part.state != ENDED]

    def _chosen(self, chief: Part, ready: list[Part]) -> Part:
        return chief if chief in ready and self.chance.random() < self.haste else self.chance.choice(ready)

    def _start(self, part: Part) -> Part:
        def work() -> None:
            self.parts[threading.get_ident()] = part
            part._run()
            with self.changed:
                part.state = ENDED
                self.parts.pop(threading.get_ident())
                self.changed.notify_all()

        part.thread = threading.Thread(target=work, daemon=True)
        part.thread.start()
        self._settle()
        return part

    def _may(self, part: Part) -> bool:
        return part.next != TAKES_SQLITES_LOCK or self.look.free()

    def _step(self, part: Part, chief: Part) -> None:
        if part is not chief:
            part.steps.append(f"{part.next.split(' ', 1)[0]} | {chief.next[:160] if chief.state != ENDED else ''}")
        part.state = RUNNING
        part.may.release()
        self._settle()

    def _settle(self) -> None:
        """Until nobody moves any more: each pauses, has ended, or waits for a lock."""
        began = time.monotonic()
        while running := [part for part in list(self.parts.values()) if part.state == RUNNING]:
            moving = [part for part in running if part not in self.stuck]
            with self.changed:
                if any(part.state == RUNNING for part in moving) and self.changed.wait(0.004):
                    continue
            waiting = self.look.waiting()
            self.stuck = {part for part in running if part.pid in waiting and part.state == RUNNING}
            if all(part in self.stuck or part.state != RUNNING for part in running):
                return
            assert time.monotonic() - began < LONGEST, [(part.name, part.next) for part in running]


class _Look:
    """What a bystander sees: is SQLite's write lock free; which PostgreSQL backends wait for a lock."""

    def __init__(self, database: str) -> None:
        self.server = psycopg.connect(database, autocommit=True) if database.startswith("postgresql") else None
        self.file = None if self.server else sqlite3.connect(database.removeprefix("sqlite:///"), timeout=0)
        if self.file:
            self.file.isolation_level = None

    def free(self) -> bool:
        assert self.file is not None
        try:
            self.file.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        self.file.execute("ROLLBACK")
        return True

    def waiting(self) -> set[int]:
        return {row[0] for row in self.server.execute(WAITING)} if self.server else set()

    def close(self) -> None:
        (self.server or self.file).close()  # type: ignore[union-attr]
