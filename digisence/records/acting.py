"""What a bulk action does to a handful of records in one transaction: each record for itself, told in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from ..changes.context import Unit
from ..errors import Invalid, NotFound, Problem
from ..models import QuarantineEntry, Record
from ..models.bulk_action import DELETE, DONE, FAILED
from ..models.types import to_json
from ..models.wire import fields
from . import actions, circles, crud, decisions, emails, guards, holders, lost, quarantine
from .apart import apart
from .bulk import among
from .ledger import Told, Turn
from .locks import lock
from .tables import memory, table

Values = Mapping[str, Any]
Spell = Callable[[Unit, type[Record], Record, Values], Values]


@dataclass(frozen=True)
class Wish:
    """Values (by attribute) that a record shall have, if nobody edited it since `version` (None: whatever it is)."""

    record_id: str
    values: Values
    version: int | None


@dataclass
class Outcome:
    """What came of wishes, by record id: `before` and the version now of what was written; why others were refused.

    `before` is None where the record had these values already.
    """

    written: dict[str, tuple[dict[str, Any] | None, int]] = field(default_factory=dict)
    refused: dict[str, Problem] = field(default_factory=dict)


def act(session: Unit, turn: Turn, items: Sequence[Any]) -> list[Told]:
    """Do the action to the records of `items`; what became of each."""
    return _remove(session, turn, items) if turn.action == DELETE else _write(session, turn, items)


def _write(session: Unit, turn: Turn, items: Sequence[Any]) -> list[Told]:
    values = actions.written(turn.model, turn.action, turn.values)
    wishes = [Wish(item.record_id, values, item.version) for item in items]
    outcome = write(session, turn.model, wishes, turn.context.actor, crud.meant)
    return [_told(item, outcome.refused.get(item.record_id), outcome.written.get(item.record_id)) for item in items]


def _told(item: Any, refusal: Problem | None, written: tuple[Any, int] | None = None, entry: str | None = None) -> Told:
    before, version = written or (None, None)
    return {
        "seq": item.seq, "state": FAILED if refusal else DONE, "code": refusal and refusal.code,
        "detail": refusal and sentence(refusal), "before": before, "left_version": version, "entry_id": entry,
    }  # fmt: skip


def write(session: Unit, model: type[Record], wishes: Sequence[Wish], actor: str, spell: Spell) -> Outcome:
    """Fulfil `wishes` inside the caller's unit of work, each by itself: a refusal holds up no other.

    `spell` says what a wish means in full. Problems as `crud.update` raises them.
    """
    outcome = Outcome()
    for wish in wishes:
        emails.hold(session, model, wish.values)
        circles.hold(session, model, wish.values)
    touching = any(guards.touches(model, wish.values) for wish in wishes)
    superadmins = guards.hold(session, model) if touching else set()
    records = _locked(session, model, [wish.record_id for wish in wishes])
    gone, tree = lost.find(session, model, [wish.values for wish in wishes]), circles.Tree(session, model)
    ready: list[tuple[Wish, Record]] = []
    for wish in wishes:
        record = records.get(wish.record_id)
        try:
            if record is None:
                raise NotFound(model.__resource__, wish.record_id)
            crud.match(session, model, record, wish.version, wish.values)
            decisions.check(model, record, wish.values)
            if wrong := tree.wrong(wish.record_id, wish.values) | lost.wrong(model, wish.values, gone):
                raise Invalid(wrong)
            decisions.check_person(session, model, record, wish.values)
            _guard(model, record, wish, actor, superadmins)
            tree.take(wish.record_id, wish.values)
            ready.append((wish, record))
        except Problem as problem:
            outcome.refused[wish.record_id] = problem
    _fulfil(session, model, ready, spell, outcome)
    return outcome


def _fulfil(
    session: Unit, model: type[Record], ready: Sequence[tuple[Wish, Record]], spell: Spell, outcome: Outcome
) -> None:
    stood = {wish.record_id: (record.version, _before(model, record, wish.values)) for wish, record in ready}

    def flush(some: Sequence[tuple[Wish, Record]]) -> None:
        for wish, record in some:
            for attribute, value in spell(session, model, record, wish.values).items():
                setattr(record, attribute, value)
        session.flush()
        for wish, _record in some:
            emails.check(session, model, wish.values, wish.record_id, stood[wish.record_id][1].get("email"))

    for (wish, _record), problem in apart(session, model, ready, flush):
        held = holders.holders(session, model, wish.values, wish.record_id) if problem.code == "taken" else {}
        outcome.refused[wish.record_id] = Problem(409, "taken", " ".join(held.values())) if held else problem
    ids = [record_id for record_id in stood if record_id not in outcome.refused]
    key = table(model).c
    for record_id, version in session.execute(select(key.id, key.version).where(among(key.id, ids))):
        was, before = stood[record_id]
        outcome.written[record_id] = (None if version == was else before, version)


def _remove(session: Unit, turn: Turn, items: Sequence[Any]) -> list[Told]:
    superadmins = guards.hold(session, turn.model)
    held = lock(session, turn.model, [item.record_id for item in items])
    source = table(turn.model)
    rows = {row.id: row for row in session.execute(select(source).where(among(source.c.id, held)))}
    refused: dict[str, Problem] = {}
    for item in items:
        try:
            if item.record_id not in rows:
                raise NotFound(turn.model.__resource__, item.record_id)
            crud.match(session, turn.model, rows[item.record_id], item.version, None)
            guards.check(turn.model, [item.record_id], turn.context.actor, superadmins, "delete")
            superadmins.discard(item.record_id)
        except Problem as problem:
            refused[item.record_id] = problem
    going = [item.record_id for item in items if item.record_id not in refused]
    refused |= dict(apart(session, turn.model, going, lambda some: _place(session, turn, some)))
    entries = _entries(session, turn.bulk_id, going)
    return [_told(item, refused.get(item.record_id), entry=entries.get(item.record_id)) for item in items]


def _place(session: Unit, turn: Turn, ids: Sequence[str]) -> None:
    quarantine.place(
        session, turn.model, ids, kind=quarantine.MANUAL, reason="Deleted by a bulk action",
        actor=turn.context.actor, bulk_id=turn.bulk_id,
    )  # fmt: skip


def _entries(session: Unit, bulk_id: str, ids: Sequence[str]) -> dict[str, str]:
    held = table(QuarantineEntry).c
    placed = select(held.record_id, held.id).where(held.bulk_id == bulk_id, among(held.record_id, ids))
    return {row.record_id: row.id for row in session.execute(placed)}


def _locked(session: Unit, model: type[Record], ids: Sequence[str]) -> dict[str, Record]:
    held = lock(session, model, ids)
    found = session.scalars(select(model).where(among(model.id, held)).execution_options(populate_existing=True))
    return {record.id: record for record in found}


def _guard(model: type[Record], record: Record, wish: Wish, actor: str, superadmins: set[str]) -> None:
    if guards.touches(model, wish.values) and crud.loses_panel(record, wish.values):
        guards.check(model, [wish.record_id], actor, superadmins, "disable or demote")
        superadmins.discard(wish.record_id)


def _before(model: type[Record], record: Record, values: Values) -> dict[str, Any]:
    """The fields that `values` changes, as they are, by outer name; with what remembers references."""
    twins = {twin.attribute for attribute in values if (twin := memory(model, attribute))}
    return {
        one.name: to_json(one.type, getattr(record, one.attribute))
        for one in fields(model)
        if one.attribute in values or one.attribute in twins
    }


def sentence(problem: Problem) -> str:
    """A refusal in one sentence or two, with the fields at fault."""
    named = [f"{name} {message}" for name, message in problem.fields.items() if message not in problem.detail]
    return f"{problem.detail} {'; '.join(named)}.".strip() if named else problem.detail
