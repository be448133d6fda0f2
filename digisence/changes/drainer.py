"""A thread a process that drains after commits, so that a request waits for its publication but never for Redis."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from flask import Flask, current_app
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 0.05
IDLE_SECONDS = 30  # then its thread leaves, and with it what it holds; the next nudge starts another


class Drainer:
    """Drains when nudged; nudges that come while it works are answered by one more drain."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._changed = threading.Condition()
        self._wanted = self._done = 0
        self._failing = False
        self._thread: threading.Thread | None = None
        self.busy = threading.Lock()
        self.process = os.getpid()

    def nudge(self, patience: float = PATIENCE_SECONDS) -> bool:
        """Ask for a drain that begins after now; wait for its end up to `patience` seconds. False if it took longer."""
        with self._changed:
            self._start()
            self._wanted += 1
            mine = self._wanted
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._done >= mine, patience)

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="drainer", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._changed.wait_for(lambda: self._wanted > self._done, IDLE_SECONDS):
                    self._thread = None
                    return
                serving = self._wanted
            with self.busy:
                self._drain()
            with self._changed:
                self._done = serving
                self._changed.notify_all()

    def _drain(self) -> None:
        from .outbox import drain

        try:
            with self._app.app_context():
                drain()
        except (RedisError, SQLAlchemyError) as error:
            if not self._failing:
                log.warning("changes wait in the outbox", why=str(error))
            self._failing = True
        else:
            self._failing = False


def settle(app: Flask, patience: float = 5.0) -> None:
    """Before a short-lived process ends: wait up to `patience` seconds until what it committed is published.

    What takes longer, or finds Redis away, is the relay's to publish.
    """
    drainer = app.extensions.get("digisence_drainer")
    if drainer is not None and drainer.process == os.getpid():
        drainer.nudge(patience)


@contextmanager
def at_rest(app: Flask, patience: float = 10.0) -> Iterator[None]:
    """While this process forks: no drain is under way, nor begins.

    A child inherits what SQLite keeps in memory of its locks: one that a drain held at the fork is held in the child
    for ever, by nobody. Waits up to `patience` seconds for a drain that a silent Redis holds up.
    """
    drainer = app.extensions.get("digisence_drainer")
    if drainer is None or drainer.process != os.getpid():
        yield
        return
    taken = drainer.busy.acquire(timeout=patience)
    try:
        yield
    finally:
        if taken:
            drainer.busy.release()


def nudge(patience: float = PATIENCE_SECONDS) -> None:
    """Have this process's drainer look at the outbox; waits a moment for it, never for a Redis that is away."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    drainer = app.extensions.get("digisence_drainer")
    if drainer is None or drainer.process != os.getpid():
        drainer = app.extensions["digisence_drainer"] = Drainer(app)
    drainer.nudge(patience)
