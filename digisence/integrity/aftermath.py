"""Looking at what a repair has done to the records around it; what made something worse is taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from ..changes import Context
from ..errors import Problem
from ..models import QuarantineEntry, Record
from ..models.finding import OPEN, REPAIRED, SET_ASIDE
from ..records import quarantine
from ..records.bulk import among
from ..records.tables import table
from . import breaker, findings, lease
from .detection import still
from .predicate import Predicate
from .rule import RELINK
from .stage import Stage
from .surroundings import Around, around, by_resource

Failing = set[tuple[str, str, str]]  # check, resource, record id


@dataclass
class Watched:
    """The surroundings of what one check is about to touch, and what is wrong in them before."""

    predicates: Mapping[str, Predicate]
    until: datetime
    around: Around = field(default_factory=dict)
    before: Failing = field(default_factory=set)


def watch(
    stage: Stage, predicates: Mapping[str, Predicate], model: type[Record], ids: Sequence[str], at: datetime
) -> Watched:
    """Look around `ids` before they are touched. Grace does not count here: what is touched now is fresh."""
    watched = Watched(predicates, at + timedelta(days=1))
    with stage.reader() as reader:
        watched.around = around(reader, model, ids)
        watched.before = _failing(reader, watched)
    return watched


def made_worse(stage: Stage, watched: Watched) -> dict[str, list[str]]:
    """The touched records beside which something fails now that did not before: what fails, by record."""
    with stage.reader() as reader:
        after = _failing(reader, watched)
    found: dict[str, list[str]] = {}
    for check_id, resource, key in sorted(after - watched.before):
        for root in watched.around[resource, key]:
            found.setdefault(root, []).append(f"{check_id} at {resource}/{key}")
    return found


def _failing(reader: Any, watched: Watched) -> Failing:
    grouped = by_resource(watched.around)
    return {
        (check_id, predicate.model.__resource__, key)
        for check_id, predicate in watched.predicates.items()
        for key in still(reader, predicate, watched.until, grouped.get(predicate.model.__resource__, []))
    }


def take_back(stage: Stage, work: Any, worse: Mapping[str, list[str]]) -> dict[str, str]:
    """Undo what was done to these records, trip the check's breaker over them; returns what could not be undone."""
    stuck: dict[str, str] = {}
    for record_id, what in sorted(worse.items()):
        try:
            with stage.unit() as session:
                lease.fenced(session, work.run_id, work.fence)
                _undo(session, work, record_id)
                findings.settle(session, work.check.id, [record_id], OPEN, f"taken back: it made {what[0]} fail")
        except Problem as problem:
            stuck[record_id] = problem.detail
    with stage.unit() as session:
        lease.fenced(session, work.run_id, work.fence)
        first = next(iter(worse.values()))[0]
        reason = f"repairing {len(worse)} records made others fail, as {first}; they were taken back"
        breaker.trip(session, work.check.id, sorted(worse), work.run_id, reason)
    return stuck


def _undo(session: Any, work: Any, record_id: str) -> None:
    model, context = work.found.predicate.model, work.context
    if _bring_back(session, work.run_id, work.check.id, model, record_id, context):
        work.tally[SET_ASIDE] -= 1
        return
    held = table(model)
    was: dict[str, Any] = {"admin_id": None} if work.check.remedy == RELINK else {"is_active": True}
    if session.execute(update(held).where(held.c.id == record_id).values(was)).rowcount:
        work.tally[REPAIRED] -= 1


def _bring_back(
    session: Any, run_id: str, check_id: str, model: type[Record], record_id: str, context: Context
) -> bool:
    held = table(QuarantineEntry).c
    mine = (held.run_id == run_id, held.check_id == check_id, held.resource == model.__resource__)
    chosen = select(held.id).where(*mine, among(held.record_id, [record_id]), held.restored_at.is_(None))
    entry_id = session.execute(chosen).scalar()
    if entry_id is None:
        return False
    quarantine.restore_within(session, [entry_id], context.actor)
    return True
