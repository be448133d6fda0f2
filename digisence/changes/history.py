"""The versions of a record, read from its changes: all of them, one of them, and how it stood at a time.

What a compacted change held may still stand elsewhere: as `before` of the change that followed, or in the record.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from ..clock import parse, to_wire
from ..errors import NotFound, Problem
from ..models import Change, Record
from ..models.change import CREATED, OF_RECORD, RESTORED, UPDATED
from ..models.wire import dump, public
from .context import Unit

LIVING = (CREATED, UPDATED, RESTORED)
BOOKKEEPING = ("version", "updatedAt")
State = dict[str, Any]


def page(session: Unit, model: type[Record], record_id: str, number: int, limit: int) -> tuple[list[State], int]:
    """A record's versions, the newest first, and how many there are. NotFound for a record that never was."""
    mine = _of(model, record_id)
    total = session.execute(select(func.count()).select_from(Change).where(*mine)).scalar_one()
    if not total and _live(session, model, record_id) is None:
        raise NotFound(model.__resource__, record_id)
    query = select(Change.__table__).where(*mine).order_by(Change.id.desc()).limit(limit).offset((number - 1) * limit)
    return [to_json(row) for row in session.execute(query)], total


def to_json(row: Any) -> State:
    """A version as the API tells it."""
    return {
        "changeId": row.id,
        "version": row.version,
        "baseVersion": row.base_version,
        "action": row.action,
        "at": to_wire(row.committed_at),
        "actor": row.actor,
        "address": row.address,
        "requestId": row.request_id,
        "mutationId": row.mutation_id,
        "changes": changes(row.before, row.after),
        "secrets": sorted(row.secrets or {}),
        "compacted": bool(row.before_digest or row.after_digest),
    }


def changes(before: State | None, after: State | None) -> list[State]:
    """What differs, field by field; None for what was not there."""
    old, new = before or {}, after or {}
    named = [*new, *(name for name in old if name not in new)]
    return [
        {"field": name, "before": old.get(name), "after": new.get(name)}
        for name in named
        if name not in BOOKKEEPING and old.get(name) != new.get(name)
    ]


def as_of(session: Unit, model: type[Record], record_id: str, moment: datetime) -> State:
    """The record as it stood at `moment`. NotFound when it did not exist then; 410 where that was compacted."""
    past = (*_of(model, record_id), Change.committed_at <= moment)
    last = session.execute(select(Change.__table__).where(*past).order_by(Change.id.desc()).limit(1)).first()
    if last is not None:
        if last.action not in LIVING:
            raise NotFound(model.__resource__, record_id)
        return _after(session, model, last)
    state = _before_all(session, model, record_id)
    if state is None or parse(state["createdAt"]) > moment:
        raise NotFound(model.__resource__, record_id)
    return state


def at_version(session: Unit, model: type[Record], record_id: str, version: int) -> State | None:
    """The record as it was at a version, None for a version it never had. 410 where that was compacted."""
    wanted = (*_of(model, record_id), Change.version == version, Change.action.in_(LIVING))
    row = session.execute(select(Change.__table__).where(*wanted).order_by(Change.id.desc()).limit(1)).first()
    if row is not None:
        return _after(session, model, row)
    state = _before_all(session, model, record_id)  # what it was when capture began
    return state if state is not None and state["version"] == version else None


def secrets_between(session: Unit, model: type[Record], record_id: str, first: int, last: int) -> list[str]:
    """The names of the secrets that somebody changed after the lower of two versions, up to the higher."""
    low, high = sorted((first, last))
    meant = (*_of(model, record_id), Change.version > low, Change.version <= high)
    rows = session.execute(select(Change.secrets).where(*meant)).scalars()
    return sorted({name for changed in rows for name in changed or ()})


def was(session: Unit, model: type[Record], record_id: str) -> bool:
    """Whether there ever was such a record."""
    return session.execute(select(Change.id).where(*_of(model, record_id)).limit(1)).first() is not None


def _of(model: type[Record], record_id: str) -> Sequence[Any]:
    return Change.resource == model.__resource__, Change.record_id == record_id, OF_RECORD


def _after(session: Unit, model: type[Record], row: Row[Any]) -> State:
    """What a change left behind it."""
    if row.after is not None:
        return _whole(model, row.after)
    later = (*_of(model, row.record_id), Change.id > row.id)
    heir = session.execute(select(Change.before).where(*later).order_by(Change.id).limit(1)).first()
    live = _live(session, model, row.record_id) if heir is None else None
    state = heir.before if heir is not None else live
    if state is None:
        kept = "Its changes of that time keep no more than digests (DIGISENCE_HISTORY_DAYS)."
        raise Problem(410, "history-compacted", f"What the record was then is no longer kept. {kept}")
    return _whole(model, state)


def _before_all(session: Unit, model: type[Record], record_id: str) -> State | None:
    """What a record was before its first change that is known; None when it came into being with that."""
    query = select(Change.before, Change.action, Change.before_digest).where(*_of(model, record_id))
    first = session.execute(query.order_by(Change.id).limit(1)).first()
    if first is None:
        return _live(session, model, record_id)
    if first.before_digest:
        raise Problem(410, "history-compacted", "What the record was before its first change is no longer kept.")
    return _whole(model, first.before) if first.before else None


def _live(session: Unit, model: type[Record], record_id: str) -> State | None:
    row = session.execute(select(model.__table__).where(model.id == record_id)).first()
    return None if row is None else dump(model, row)


def _whole(model: type[Record], state: State) -> State:
    """Every field that the record has today; None for those that came later."""
    return {field.name: state.get(field.name) for field in public(model)}
