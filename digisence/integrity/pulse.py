"""A run says every few seconds that it lives, whatever it is at: so its silence is short when its process is gone.

It stops saying so when the run has made no step for longer than a rule can take, asked three times: hung is dead.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from flask import Flask, current_app
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from ..changes import Context, unit_of_work
from ..config import settings
from ..models import Run
from ..models.run import RUNNING
from . import lease
from .reading import database_now

log = structlog.get_logger(__name__)

EVERY_SECONDS = 5.0


class Pulse:
    """The thread beside a run that has its turn."""

    def __init__(self, run_id: str, fence: int, context: Context) -> None:
        self._run_id, self._fence, self._context = run_id, fence, context
        self._over = threading.Event()
        self.patience = 30 + 3 * settings().rule_timeout
        self.step()

    def step(self) -> None:
        """The run goes on."""
        self._stepped = time.monotonic()

    def beat(self, app: Flask) -> None:
        """Until the run is over, hangs, or has lost its turn."""
        with app.app_context():
            while not self._over.wait(EVERY_SECONDS):
                if time.monotonic() - self._stepped > self.patience:
                    log.error("a run makes no step any more", run=self._run_id)
                    return
                try:
                    self._say()
                except lease.LeaseLost:
                    return  # which the run will find out by itself
                except SQLAlchemyError as error:
                    log.warning("a run cannot say that it lives", run=self._run_id, why=str(error).splitlines()[0])

    def _say(self) -> None:
        with unit_of_work(self._context, patience=None) as session:
            lease.keep(session, self._run_id, self._fence)
            living = update(Run).where(Run.id == self._run_id, Run.state == RUNNING)
            session.execute(
                living.values(heartbeat_at=database_now(session.connection())).execution_options(
                    synchronize_session=False
                )
            )

    def end(self) -> None:
        """The run is over."""
        self._over.set()


@contextmanager
def beating(run_id: str, fence: int, context: Context) -> Iterator[Pulse]:
    """A pulse for as long as the block runs."""
    pulse = Pulse(run_id, fence, context)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    thread = threading.Thread(target=pulse.beat, args=(app,), name="pulse", daemon=True)
    thread.start()
    try:
        yield pulse
    finally:
        pulse.end()
        thread.join()
