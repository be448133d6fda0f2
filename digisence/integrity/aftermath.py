"""Looking at what a repair has done to the records around it; what made something worse is taken back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from ..errors import Conflict, Problem
from ..models import QuarantineEntry, Record
from ..models.finding import OPEN, REPAIRED, SET_ASIDE
from ..records import closure, quarantine
from ..records.tables import portions, table
from . import breaker, findings, lease
from .predicate import Predicate
from .rule import RELINK
from .stage import Stage
from .surroundings import Around, around, by_resource

LOOKED_AT = 5_000  # records a statement: some rules look through a whole table, whatever they are asked about
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
        (check_id, predicate.model.__resource__, row[0])
        for check_id, predicate in watched.predicates.items()
        for portion in portions(grouped.get(predicate.model.__resource__, []), LOOKED_AT)
        for row in reader.execute(predicate.within(watched.until, ids=portion))
    }


def take_back(stage: Stage, work: Any, worse: Mapping[str, list[str]]) -> dict[str, str]:
    """Undo what was done to these records, trip the check's breaker over them; returns what could not be undone.

    `worse`: records that the run has mended, and no other.
    """
    stuck: dict[str, str] = {}
    for record_id, what in sorted(worse.items()):
        try:
            with stage.unit() as session:
                lease.fenced(session, work.run_id, work.fence)
                UNDO[work.mended[record_id]](session, work, record_id)
                findings.settle(session, work.check.id, [record_id], OPEN, f"taken back: it made {what[0]} fail")
            work.tally[work.mended.pop(record_id)] -= 1
        except Problem as problem:
            stuck[record_id] = problem.detail
    with stage.unit() as session:
        lease.fenced(session, work.run_id, work.fence)
        first = next(iter(worse.values()))[0]
        reason = f"repairing {len(worse)} records made others fail, as {first}; they were taken back"
        breaker.trip(session, work.check.id, sorted(worse), work.run_id, reason)
    return stuck


def _set_back(session: Any, work: Any, record_id: str) -> None:
    """Give the column its earlier value again, where it still has the one that the remedy set."""
    held = table(work.found.predicate.model)
    before, now = work.changed[record_id]
    column = held.c.is_active
    if work.check.remedy == RELINK:
        column = held.c.admin_id
        before = None if before and closure.missing(session, "users", {before}) else before
    changed = update(held).where(held.c.id == record_id, column == now).values({column.name: before})
    if not session.execute(changed).rowcount:
        raise Conflict("changed", "somebody has changed or removed it meanwhile, and that stays")


def _bring_back(session: Any, work: Any, record_id: str) -> None:
    held = table(QuarantineEntry).c
    mine = (held.run_id == work.run_id, held.check_id == work.check.id, held.record_id == record_id)
    chosen = select(held.id).where(*mine, held.resource == work.check.resource, held.restored_at.is_(None))
    entry_id = session.execute(chosen).scalar()
    if entry_id is None:
        raise Conflict("changed", "somebody has restored or purged it meanwhile, and that stays")
    quarantine.restore_within(session, [entry_id], work.context.actor)


UNDO: Mapping[str, Callable[[Any, Any, str], None]] = {REPAIRED: _set_back, SET_ASIDE: _bring_back}
