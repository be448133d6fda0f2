"""The way back from a bulk action: what it deleted is restored, what it wrote is put back where nobody wrote since."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from ..changes.context import Unit
from ..errors import Conflict, Problem
from ..models import QuarantineEntry, Record
from ..models.bulk_action import CONFLICT, DELETE, UNDONE
from ..models.types import decode
from ..models.wire import by_name
from . import quarantine
from .acting import Outcome, Values, Wish, sentence, write
from .apart import apart
from .bulk import among
from .closure import missing
from .ledger import Told, Turn
from .tables import table

WAITS = "missing-reference"  # the refusal that may go away once another record is back


def undo(session: Unit, turn: Turn, items: Sequence[Any]) -> tuple[list[Told], dict[str, Values]]:
    """Undo the action on the records of `items`; what became of each, and by id what was written."""
    values: dict[str, Values] = {}
    if turn.action == DELETE:
        refused = _bring_back(session, turn, items)
    else:
        values, refused = _earlier(turn, items)
        outcome = _put_back(session, turn, items, values)
        refused |= {key: _why(session, turn, problem, key) for key, problem in outcome.refused.items()}
        values = {record_id: values[record_id] for record_id in outcome.written}
    return [_told(item, refused.get(item.record_id)) for item in items], values


def _told(item: Any, refusal: Problem | None) -> Told:
    return {
        "seq": item.seq, "undo": CONFLICT if refusal else UNDONE, "undo_code": refusal and refusal.code,
        "undo_detail": refusal and sentence(refusal),
    }  # fmt: skip


def _earlier(turn: Turn, items: Sequence[Any]) -> tuple[dict[str, Values], dict[str, Problem]]:
    """What each record that was changed had before, by id; and those for which that has no place any more."""
    values: dict[str, Values] = {}
    refused: dict[str, Problem] = {}
    for item in items:
        try:
            if item.before is not None:
                values[item.record_id] = _values(turn.model, item.before)
        except Conflict as conflict:
            refused[item.record_id] = conflict
    return values, refused


def _put_back(session: Unit, turn: Turn, items: Sequence[Any], values: Mapping[str, Values]) -> Outcome:
    changed = [item for item in items if item.record_id in values]
    wishes = [Wish(item.record_id, values[item.record_id], item.left_version) for item in changed]
    return write(session, turn.model, wishes, turn.context.actor, lambda _session, _model, _record, values: values)


def _values(model: type[Record], before: Values) -> Values:
    known = by_name(model)
    lost = before.keys() - known.keys()
    if lost:
        raise Conflict("shape-changed", f"The {model.__resource__} have no {', '.join(sorted(lost))} any more.")
    return {known[name].attribute: decode(known[name].type, value) for name, value in before.items()}


def _why(session: Unit, turn: Turn, problem: Problem, record_id: str) -> Problem:
    """What stands in the way of putting a record back, in words of the undo."""
    if problem.code == "precondition-failed":
        fields = f" ({', '.join(problem.fields)})" if problem.fields else ""
        version = problem.extra["current"]["version"]
        told = f"It was changed after the bulk action{fields} and is at version {version} now"
        return Conflict("changed-since", f"{told}; look at it, and change it by hand if need be.")
    if problem.code == "not-found":
        entry = _entry_of(session, turn.model.__resource__, record_id)
        cure = f"restore its quarantine entry {entry} first, then undo again." if entry else "it cannot be put back."
        return Conflict("gone", f"It was deleted after the bulk action; {cure}")
    return problem


def _entry_of(session: Unit, resource: str, record_id: str) -> str | None:
    held = table(QuarantineEntry).c
    waiting = select(held.id).where(held.resource == resource, held.record_id == record_id, held.restored_at.is_(None))
    return session.execute(waiting.order_by(held.id.desc()).limit(1)).scalar()


def _bring_back(session: Unit, turn: Turn, items: Sequence[Any]) -> dict[str, Problem]:
    """Restore the entries of `items`; why not, by record id."""
    held = table(QuarantineEntry).c
    chosen = select(held.id, held.restored_at, held.restored_by).where(among(held.id, [one.entry_id for one in items]))
    entries = {row.id: row for row in session.execute(chosen.with_for_update())}
    resource = turn.model.__resource__
    absent = missing(session, resource, {item.record_id for item in items})
    refused: dict[str, Problem] = {}
    waiting: dict[str, str] = {}
    for item in items:
        entry = entries.get(item.entry_id)
        if entry is None:
            refused[item.record_id] = Conflict("purged", "It was purged from the quarantine: it is gone for good.")
        elif entry.restored_at is None:
            waiting[item.entry_id] = item.record_id
        elif item.record_id in absent:
            refused[item.record_id] = _gone_again(session, resource, item.record_id, entry.restored_by)
    # Somebody may have restored it by hand: then there is nothing left to do
    for entry_id, problem in apart(session, turn.model, list(waiting), lambda ids: _restore(session, ids, turn)):
        refused[waiting[entry_id]] = problem
    return refused


def _restore(session: Unit, entry_ids: Sequence[str], turn: Turn) -> None:
    quarantine.restore_within(session, entry_ids, turn.context.actor)


def _gone_again(session: Unit, resource: str, record_id: str, by: str) -> Problem:
    entry = _entry_of(session, resource, record_id)
    cure = f"; restore its quarantine entry {entry}" if entry else ""
    return Conflict("gone", f"It was restored by {by} and went again since{cure}.")
