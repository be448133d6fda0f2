"""A bulk action from its row to its end: batch after batch, each one transaction that acts and tells what it did.

Killed in the middle, it stands as its last batch left it, and whoever takes it on next goes on from there.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from ..changes import unit_of_work
from ..changes.context import Unit
from ..errors import Problem
from ..extensions import queue
from ..models import BulkAction, BulkItem, Record
from ..models.bulk_action import CONFLICT, DELETE, DONE, ERRORED, QUEUED, UNDONE
from . import acting, actions, guards, ledger, undoing
from .crossing import tried
from .ledger import Told, Turn, TurnLost
from .pace import paced

log = structlog.get_logger(__name__)

Values = Mapping[str, Any]
Watch = Callable[[dict[str, int]], object]  # told how far it is
Written = Callable[[type[Record], Mapping[str, Values | None]], object]  # by id what was written; None: deleted

JOB = "bulk-action"
CALLED_OFF = "its job was called off; what it had not come to stays as it was"


def carry_out(
    bulk_id: str,
    written: Written = lambda _model, _changes: None,
    watch: Watch = lambda _progress: None,
    barred: guards.Barred = guards.nobody_barred,
) -> BulkAction | None:
    """Do, or undo, what is left of a bulk action, here and now; returns it. None when it has ended or another has it.

    `written` is called after each commit. `barred` is asked before each batch whether who asked for it still may; else
    it ends errored, and says so. A database that goes away leaves it to be taken on again, and raises.
    """
    turn = ledger.claim(bulk_id)
    if turn is None:
        return None
    try:
        Carrying(turn, written, watch, barred).carry_out()
    except TurnLost:
        return None
    except guards.PanelLost as stop:
        ledger.close(bulk_id, ERRORED, fence=turn.fence, error=f"{stop}; what it had not come to stays as it was")
        return ledger.read(bulk_id)
    except (OperationalError, InterfaceError):
        raise
    except BaseException as error:
        ledger.close(bulk_id, ERRORED, fence=turn.fence, error=f"{type(error).__name__}: {error}"[:2000])
        raise
    ledger.close(bulk_id, UNDONE if turn.undo else DONE, fence=turn.fence)
    return ledger.read(bulk_id)


class Carrying:
    """A bulk action in the hands of this process."""

    def __init__(self, turn: Turn, written: Written, watch: Watch, barred: guards.Barred) -> None:
        self.turn, self.written, self.watch, self.barred = turn, written, watch, barred
        self.seen = 0

    def carry_out(self) -> None:
        """All that is left of it."""
        if self.turn.undo:
            self._undo()
            return
        self.total = ledger.list_records(self.turn)
        for numbers in paced(range(self.total), gentle=True):
            self._batch(numbers, self._act, *ledger.LEFT)

    def _undo(self) -> None:
        self.total = self.turn.total
        backwards = range(self.total - 1, -1, -1)
        for numbers in paced(backwards, gentle=True):
            self._batch(numbers, self._put_back, *ledger.TO_UNDO)
        refused, again = self._waiting(), 0
        while self.turn.action == DELETE and refused and refused != again:
            for numbers in paced(backwards, gentle=True):
                waits = BulkItem.undo_code == undoing.WAITS
                self._batch(numbers, self._put_back, BulkItem.undo == CONFLICT, waits)
            refused, again = self._waiting(), refused

    def _waiting(self) -> int:
        return ledger.number_of(self.turn.bulk_id, BulkItem.undo == CONFLICT, BulkItem.undo_code == undoing.WAITS)

    def _batch(self, numbers: Sequence[int], step: Callable[..., Any], *which: Any) -> None:
        """One transaction; tried again when another was in its way."""
        tried(lambda: self._once(numbers, step, *which), bulk=self.turn.bulk_id)

    def _once(self, numbers: Sequence[int], step: Callable[..., Any], *which: Any) -> None:
        with unit_of_work(self.turn.context, patience=0) as session:
            ledger.fenced(session, self.turn)
            guards.go_on(session, self.turn.context.actor, self.barred)
            items = ledger.items(session, self.turn, numbers, *which)
            told, changes = step(session, items) if items else ([], {})
            ledger.settle(session, self.turn, told)
            session.flush()
            session.expunge_all()
        if changes:
            self.written(self.turn.model, changes)
        self.seen += len(numbers)
        self.watch({"seen": min(self.seen, self.total), "total": self.total})

    def _act(self, session: Unit, items: Sequence[Any]) -> tuple[list[Told], dict[str, Values | None]]:
        told = acting.act(session, self.turn, items)
        ids = {item.seq: item.record_id for item in items}
        values = actions.written(self.turn.model, self.turn.action, self.turn.values)
        deleted = self.turn.action == DELETE
        done = [one for one in told if one["state"] == DONE and (deleted or one["before"] is not None)]
        return told, {ids[one["seq"]]: None if deleted else values for one in done}

    def _put_back(self, session: Unit, items: Sequence[Any]) -> tuple[list[Told], dict[str, Values | None]]:
        told, values = undoing.undo(session, self.turn, items)
        return told, dict(values)


def enqueue(bulk_id: str) -> str:
    """Put a bulk action before the worker; its job's id. Without Redis it ends errored, and the Problem 503 says so."""
    try:
        return _enqueue(bulk_id)
    except Problem as problem:
        ledger.close(bulk_id, ERRORED, error=problem.detail)
        raise Problem(problem.status, problem.code, problem.detail, bulkId=bulk_id) from problem


def _enqueue(bulk_id: str) -> str:
    job_id = queue.enqueue(JOB, {"bulk_id": bulk_id})
    ledger.assign(bulk_id, job_id)
    return job_id


def resume() -> list[str]:
    """Queue again what a dead process or an emptied Redis left, and end what was called off; returns the jobs' ids.

    Whoever calls it, and however often: an action is in one process's hands at a time. Problem 503 without Redis.
    """
    enqueued = []
    for action in ledger.silent():
        state = queue.state(action.job_id) if action.job_id else None
        if state in ("canceled", "stopped"):
            ledger.close(action.id, ERRORED, error=CALLED_OFF)
        elif state != QUEUED:
            log.warning("a bulk action goes on", bulk=action.id)
            enqueued.append(_enqueue(action.id))
    return enqueued
