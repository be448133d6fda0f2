"""The rows of bulk actions: written down, taken on by one process at a time, counted in the transaction that acts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, exists, func, insert, or_, select, type_coerce, update

from ..changes import Context, unit_of_work
from ..changes.context import Unit
from ..clock import utcnow
from ..config import settings
from ..errors import Conflict, NotFound
from ..extensions.db import db
from ..models import RECORDS, BulkAction, BulkItem, Record, new_id
from ..models.base import Now
from ..models.bulk_action import (
    CONFLICT,
    DONE,
    ERRORED,
    FAILED,
    QUEUED,
    RUNNING,
    UNDO_QUEUED,
    UNDOING,
    UNDONE,
    WAITING,
)
from ..models.types import UtcTime
from . import actions, bulk, listing, query
from .actions import Ask
from .pace import paced
from .tables import table

KEEPER = Context("system:bulk")
SILENT = timedelta(seconds=30)  # a batch takes moments; whoever says nothing for so long is dead
BEGUN = {QUEUED: RUNNING, UNDO_QUEUED: UNDOING, RUNNING: RUNNING, UNDOING: UNDOING}
LEFT = (BulkItem.state == WAITING,)  # what an action has still to do
TO_UNDO = (BulkItem.state == DONE, or_(BulkItem.undo.is_(None), BulkItem.undo == CONFLICT))

Told = dict[str, Any]  # columns of an item by name, `seq` among them


class TurnLost(Exception):
    """Another process has taken this bulk action over: this one may not write any more."""


@dataclass(frozen=True)
class Turn:
    """A bulk action in the hands of this process, until another takes it over."""

    bulk_id: str
    fence: int
    undo: bool
    model: type[Record]
    action: str
    values: Mapping[str, Any] | None
    context: Context
    total: int


def open_(model: type[Record], body: Mapping[str, Any], context: Context) -> tuple[str, bool]:
    """Write down what somebody asks for; its id, and whether it is small enough to be done at once.

    Raises what `actions.read` raises.
    """
    with listing.snapshot() as session:
        ask = actions.read(session, model, body)
        ids = _targets(session, model, ask, actions.AT_ONCE + 1)
    bulk_id, few = new_id(), len(ids) <= actions.AT_ONCE
    row = {
        "id": bulk_id, "resource": model.__resource__, "action": ask.action, "new_values": ask.values,
        "filter": ask.filter, "state": QUEUED, "actor": context.actor, "context": asdict(context),
        "asked": None if few else {"ids": ask.ids, "versions": ask.versions},
        "total": len(ids) if few or ask.ids is not None else None,
    }  # fmt: skip
    with unit_of_work(context, patience=None) as session:
        session.connection().execute(insert(table(BulkAction)).values(**row))
        if few:
            _list(session, bulk_id, 0, ids, ask.versions)
    return bulk_id, few


def _targets(session: Unit, model: type[Record], ask: Ask, most: int | None) -> Sequence[str]:
    if ask.ids is not None:
        return ask.ids
    chosen = listing.conditions(model, query.parse(model, ask.filter or {}), session.get_bind().dialect.name)
    key = table(model).c.id
    return session.execute(select(key).where(*chosen).order_by(key).limit(most)).scalars().all()


def _list(session: Unit, bulk_id: str, first: int, ids: Sequence[str], versions: Mapping[str, int]) -> None:
    rows = [
        {"bulk_id": bulk_id, "seq": first + number, "record_id": record_id, "version": versions.get(record_id)}
        for number, record_id in enumerate(ids)
    ]
    bulk.insert(session, table(BulkItem), [row | {"state": WAITING} for row in rows])


def list_records(turn: Turn) -> int:
    """Write the records of a large action down, as the filter finds them now; begun anew where a process died over it.

    Returns how many there are.
    """
    action = read(turn.bulk_id)
    if action.asked is None:
        return action.total or 0
    ask = Ask(action.action, None, action.asked["ids"], action.filter)
    with listing.snapshot() as session:
        ids = _targets(session, turn.model, ask, None)
    with unit_of_work(turn.context, patience=None) as session:
        fenced(session, turn)
        session.execute(delete(table(BulkItem)).where(table(BulkItem).c.bulk_id == turn.bulk_id))
    for numbers in paced(range(len(ids)), gentle=True):
        with unit_of_work(turn.context, patience=None) as session:
            fenced(session, turn)
            listed = ids[numbers[0] : numbers[-1] + 1]
            _list(session, turn.bulk_id, numbers[0], listed, action.asked["versions"])
            count(session, turn)
    with unit_of_work(turn.context, patience=None) as session:
        fenced(session, turn)
        _write(session, turn.bulk_id, asked=None, total=len(ids))
    return len(ids)


def claim(bulk_id: str) -> Turn | None:
    """Take on what waits, or what a dead process left; None when it has ended or another is at it. NotFound."""
    with unit_of_work(KEEPER, patience=None) as session:
        action = session.get(BulkAction, bulk_id, with_for_update=True, populate_existing=True)
        if action is None:
            raise NotFound("bulk actions", bulk_id)
        waits = action.state in (QUEUED, UNDO_QUEUED)
        if action.state not in BEGUN or not (waits or action.heartbeat_at < _now(session) - SILENT):
            return None
        action.fence, action.state = action.fence + 1, BEGUN[action.state]
        action.heartbeat_at = _now(session)
        session.flush()
        session.expunge(action)
    undo = action.state == UNDOING
    return Turn(
        bulk_id, action.fence, undo, RECORDS[action.resource], action.action, action.new_values,
        Context(**dict(action.undo_context or {} if undo else action.context)), action.total or 0,
    )  # fmt: skip


def fenced(session: Unit, turn: Turn) -> None:
    """Within a unit of work, first of all: hold the action until the commit. TurnLost when it is another's."""
    held = select(BulkAction.fence).where(BulkAction.id == turn.bulk_id, BulkAction.fence == turn.fence)
    if session.execute(held.where(BulkAction.state.in_((RUNNING, UNDOING))).with_for_update()).scalar() is None:
        raise TurnLost("another process has taken over")


def items(session: Unit, turn: Turn, numbers: Sequence[int], *which: ColumnElement[bool]) -> Sequence[Any]:
    """The items whose `seq` lies among `numbers`, which follow one another, in that order."""
    low, high = sorted((numbers[0], numbers[-1]))
    rows = select(table(BulkItem)).where(BulkItem.bulk_id == turn.bulk_id, BulkItem.seq.between(low, high), *which)
    return session.execute(rows.order_by(BulkItem.seq.desc() if numbers[0] > numbers[-1] else BulkItem.seq)).all()


def settle(session: Unit, turn: Turn, told: Sequence[Told]) -> None:
    """Write down what became of items, in the transaction in which it did."""
    if not told:
        return
    names = [name for name in told[0] if name != "seq"]
    item = table(BulkItem)
    change = update(item).where(item.c.bulk_id == turn.bulk_id, item.c.seq == bindparam("number"))
    change = change.values({item.c[name]: bindparam(f"new_{name}") for name in names})
    rows = [{"number": one["seq"], **{f"new_{name}": one[name] for name in names}} for one in told]
    session.connection().execute(change, rows)
    if turn.undo:
        count(session, turn, undone=sum(one["undo"] == UNDONE for one in told))
    else:
        done = sum(one["state"] == DONE for one in told)
        count(session, turn, done=done, failed=len(told) - done)


def count(session: Unit, turn: Turn, **more: int) -> None:
    """Add to the numbers of an action, and say that its process lives."""
    held = table(BulkAction).c
    _write(session, turn.bulk_id, heartbeat_at=Now(), **{name: held[name] + number for name, number in more.items()})


def ask_undo(bulk_id: str, context: Context) -> int:
    """Let the undo of an action begin; how many records it is about.

    NotFound; Conflict `not-finished`, `under-way`, `forgotten`.
    """
    with unit_of_work(context, patience=None) as session:
        action = session.get(BulkAction, bulk_id, with_for_update=True, populate_existing=True)
        if action is None:
            raise NotFound("bulk actions", bulk_id)
        if action.state in (QUEUED, RUNNING):
            raise Conflict("not-finished", "This bulk action is still under way; cancel its job or wait for its end.")
        if action.state in (UNDO_QUEUED, UNDOING):
            raise Conflict("under-way", "This bulk action is being undone already; look again in a moment.")
        if action.forgotten_at is not None:
            told = f"This bulk action is older than {settings().bulk_days} days: what it replaced is kept no longer."
            raise Conflict("forgotten", told)
        action.state, action.heartbeat_at, action.error = UNDO_QUEUED, _now(session), None
        action.undo_actor, action.undo_context = context.actor, asdict(context)
        return action.done - action.undone


def forget(context: Context) -> int:
    """Drop the records of actions that ended and began longer than `bulk_days` ago; returns how many actions. What was
    asked for, by whom, and the numbers stay.
    """
    limit = utcnow() - timedelta(days=settings().bulk_days)
    left = or_(BulkAction.forgotten_at.is_(None), exists().where(BulkItem.bulk_id == BulkAction.id))
    old = (BulkAction.created_at < limit, BulkAction.state.not_in(tuple(BEGUN)), left)
    with db.engine.connect() as connection:
        ids = connection.scalars(select(BulkAction.id).where(*old).order_by(BulkAction.created_at)).all()
    for bulk_id in ids:
        _forget(bulk_id, context)
    return len(ids)


def _forget(bulk_id: str, context: Context) -> None:
    """First that it is forgotten, so that no undo begins; then its records, a portion at a time."""
    held, item = table(BulkAction).c, table(BulkItem)
    with unit_of_work(context, patience=None) as session:
        over = update(table(BulkAction)).where(held.id == bulk_id, held.state.not_in(tuple(BEGUN)))
        since = func.coalesce(held.forgotten_at, Now())  # whoever began it may have died amid it
        taken = session.connection().execute(over.values(forgotten_at=since, asked=None))
        last = session.execute(select(func.max(item.c.seq)).where(item.c.bulk_id == bulk_id)).scalar()
    for numbers in paced(range((last or 0) + 1), gentle=True) if taken.rowcount else ():
        with unit_of_work(context, patience=None) as session:
            some = item.c.seq.between(numbers[0], numbers[-1])
            session.connection().execute(delete(item).where(item.c.bulk_id == bulk_id, some))


def number_of(bulk_id: str, *which: ColumnElement[bool]) -> int:
    """How many items of an action there are."""
    with db.engine.connect() as connection:
        counted = select(func.count()).select_from(table(BulkItem)).where(BulkItem.bulk_id == bulk_id, *which)
        return connection.scalar(counted) or 0


def close(bulk_id: str, state: str, *, fence: int | None = None, error: str | None = None) -> None:
    """End an action, or its undo, unless another process has it (`fence`)."""
    held = table(BulkAction).c
    conflicts = number_of(bulk_id, BulkItem.undo == CONFLICT)
    with unit_of_work(KEEPER, patience=None) as session:
        ended = "undone_at" if state == UNDONE else "finished_at"
        values: dict[str, Any] = {"state": state, "error": error, ended: Now(), "conflicts": conflicts}
        mine = update(table(BulkAction)).where(held.id == bulk_id, held.state.in_(tuple(BEGUN)))
        if fence is not None:
            mine = mine.where(held.fence == fence)
        session.connection().execute(mine.values(**values))


def assign(bulk_id: str, job_id: str) -> None:
    """Remember which job has it."""
    with unit_of_work(KEEPER, patience=None) as session:
        _write(session, bulk_id, job_id=job_id)


def silent() -> Sequence[Any]:
    """Actions under way of which nothing was heard for a while: id, state, job_id."""
    with db.engine.connect() as connection:
        before = connection.scalar(select(type_coerce(Now(), UtcTime))) - SILENT  # type: ignore[operator]
        chosen = select(BulkAction.id, BulkAction.state, BulkAction.job_id)
        return connection.execute(
            chosen.where(BulkAction.state.in_(tuple(BEGUN)), BulkAction.heartbeat_at < before).order_by(BulkAction.id)
        ).all()


def read(bulk_id: str) -> BulkAction:
    """The action. NotFound."""
    action = db.session.get(BulkAction, bulk_id, populate_existing=True)
    if action is None:
        raise NotFound("bulk actions", bulk_id)
    db.session.expunge(action)
    db.session.rollback()
    return action


def _write(session: Unit, bulk_id: str, **values: Any) -> None:
    session.connection().execute(update(table(BulkAction)).where(table(BulkAction).c.id == bulk_id).values(**values))


def _now(session: Unit) -> datetime:
    moment: datetime = session.execute(select(type_coerce(Now(), UtcTime))).scalar_one()
    return moment


__all__ = ["ERRORED", "FAILED", "LEFT", "TO_UNDO", "Turn", "TurnLost"]
