"""Bulk actions as their readers see them: the action, its numbers, and what became of each record."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from ..clock import to_wire
from ..config import settings
from ..models import BulkAction, BulkItem
from ..models.bulk_action import CONFLICT, DONE, FAILED, ITEM_STATES, UNDONE
from . import ledger
from .listing import snapshot
from .tables import table

RESULTS: Mapping[str, ColumnElement[bool]] = {
    **{state: BulkItem.state == state for state in ITEM_STATES},
    UNDONE: BulkItem.undo == UNDONE,
    CONFLICT: BulkItem.undo == CONFLICT,
}
# Whom no further undo puts back: others changed it since, or it was purged
FOR_GOOD = (RESULTS[CONFLICT], BulkItem.undo_code.in_(("changed-since", "purged")))


def summary(action: BulkAction) -> dict[str, Any]:
    """The action in its public form."""
    return {
        "id": action.id,
        "resource": action.resource,
        "action": action.action,
        "values": action.new_values,
        "filter": action.filter,
        "state": action.state,
        "total": action.total,
        "done": action.done,
        "failed": action.failed,
        "undone": action.undone,
        "conflicts": action.conflicts,
        "conflictsForGood": ledger.number_of(action.id, *FOR_GOOD) if action.conflicts else 0,
        "error": action.error,
        "jobId": action.job_id,
        "actor": action.actor,
        "createdAt": to_wire(action.created_at),
        "finishedAt": action.finished_at and to_wire(action.finished_at),
        "undoneBy": action.undo_actor,
        "undoneAt": action.undone_at and to_wire(action.undone_at),
        "keptUntil": None if action.forgotten_at else to_wire(action.created_at + timedelta(days=settings().bulk_days)),
        "forgottenAt": action.forgotten_at and to_wire(action.forgotten_at),
    }


def page(number: int, limit: int) -> tuple[list[BulkAction], int]:
    """Bulk actions, the newest first, and how many there are."""
    with snapshot() as session:
        newest = select(BulkAction).order_by(BulkAction.created_at.desc(), BulkAction.id.desc())
        found = list(session.scalars(newest.offset((number - 1) * limit).limit(limit)))
        session.expunge_all()
        return found, session.scalar(select(func.count()).select_from(BulkAction)) or 0


def items(bulk_id: str, number: int, limit: int, result: str | None = None) -> tuple[list[dict[str, Any]], int]:
    """What became of the records, in the order in which they were named; `result` is one of RESULTS."""
    chosen = [BulkItem.bulk_id == bulk_id, *([RESULTS[result]] if result else [])]
    with snapshot() as session:
        total = session.scalar(select(func.count()).select_from(table(BulkItem)).where(*chosen)) or 0
        rows = select(table(BulkItem)).where(*chosen).order_by(BulkItem.seq)
        return [_item(row) for row in session.execute(rows.offset((number - 1) * limit).limit(limit))], total


def _item(row: Any) -> dict[str, Any]:
    return {
        "recordId": row.record_id,
        "state": row.state,
        "code": row.code,
        "detail": row.detail,
        "quarantineId": row.entry_id,
        "undo": row.undo,
        "undoCode": row.undo_code,
        "undoDetail": row.undo_detail,
    }


def results(bulk_id: str, *, undo: bool = False) -> dict[str, Any]:
    """What became of all of an action's records, or of its undo: `{"bulkId","done":[id],"failed":[{"id","code",
    "detail"}]}`.
    """
    state, code, detail = (
        (BulkItem.undo, BulkItem.undo_code, BulkItem.undo_detail)
        if undo
        else (BulkItem.state, BulkItem.code, BulkItem.detail)
    )
    good, bad = (UNDONE, CONFLICT) if undo else (DONE, FAILED)
    chosen = select(BulkItem.record_id, state, code, detail).where(BulkItem.bulk_id == bulk_id).order_by(BulkItem.seq)
    with snapshot() as session:
        rows = session.execute(chosen).all()
    return {
        "bulkId": bulk_id,
        "done": [row[0] for row in rows if row[1] == good],
        "failed": [{"id": row[0], "code": row[2], "detail": row[3]} for row in rows if row[1] == bad],
    }
