"""What a run writes down as it goes: where it stands, what each check saw, how each check is; in few transactions.

A transaction costs more than many a look, so what was seen waits for the next one, at most for EVERY seconds and one
check. Whoever is killed meanwhile has not looked.
"""

import time
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from ..changes import Context, unit_of_work
from ..changes.context import Unit
from ..extensions import db
from ..extensions.queue import JobTimeout
from . import catalogue, lease, outcome, recording, runs
from .detection import Detection
from .isolation import RuleBroken
from .outcome import Outcome

log = structlog.get_logger(__name__)

EVERY = 0.25

Watch = Callable[[dict[str, Any]], object]


class Books:
    """The books of the run that has its turn."""

    def __init__(self, run_id: str, fence: int, context: Context, watch: Watch) -> None:
        self.run_id, self.fence, self.context, self._watch = run_id, fence, context, watch
        self.found: dict[str, Detection] = {}
        self.progress: dict[str, Any] | None = None
        self._waiting: list[tuple[Outcome, Detection | None]] = []
        self._written = time.monotonic()

    def tell(self, progress: dict[str, Any], *, at_once: bool = False) -> None:
        """Say where the run stands, and stay in turn. LeaseLost when another has taken over."""
        self.progress = progress
        if at_once or time.monotonic() - self._written > EVERY:
            self.write()
            runs.tell(self.run_id)
        else:
            lease.check(self.run_id, self.fence)
        db.session.rollback()  # hold no snapshot while a rule runs
        self._watch(progress)

    def note(self, one: Outcome, found: Detection | None) -> None:
        """A check has looked, or broke."""
        self._waiting.append((one, found))

    def write(self) -> None:
        """Write all that waits, and that this run lives. LeaseLost."""
        waiting, self._waiting = self._waiting, []
        with unit_of_work(self.context, patience=None) as session:
            now = lease.keep(session, self.run_id, self.fence)
            runs.beat(session, self.run_id, self.progress, now)
            for one, found in waiting:
                if found is not None:
                    self._record(session, one, found)
            catalogue.note_health(session, now, [(one.check.id, one.broken, one.complete) for one, _ in waiting])
        self.found.update({one.check.id: found for one, found in waiting if found is not None and one.complete})
        self._written = time.monotonic()

    def _record(self, session: Unit, one: Outcome, found: Detection) -> None:
        """Write down what was seen. Where that cannot be written, it is this check's fault and no other's."""
        try:
            with session.begin_nested():
                one.counts.update(recording.record(session, one.check, found, self.run_id))
        except (lease.LeaseLost, OperationalError, InterfaceError, JobTimeout):
            raise  # our turn, our database or our time: nothing that a rule did
        except Exception as error:
            log.exception("what a check saw cannot be written", check=one.check.id)
            cause = getattr(error, "orig", None) or error
            said = f"{type(cause).__name__}: {cause}".partition("\n")[0]
            one.broken, one.complete = str(RuleBroken(f"what it saw cannot be written: {said}"[:2000])), False
            return
        one.look_at = outcome.ALL if found.looked is None else outcome.CHANGES
        one.broken, one.complete = found.trouble, True
