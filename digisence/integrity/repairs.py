"""Acting on findings: small batches, each one transaction that locks, looks again in a new statement, then acts."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from ..changes import Context
from ..changes.context import Unit
from ..models import Check
from ..models.finding import BLOCKED, HEALED, REPAIRED, SET_ASIDE
from ..records import quarantine
from ..records.locks import lock
from ..records.pace import paced
from . import findings, lease, protection
from .detection import Detection, still
from .plan import Plan
from .registry import Registered
from .relink import relink
from .rule import DEACTIVATE, QUARANTINE, RELINK
from .stage import Stage

log = structlog.get_logger(__name__)

BUSY, LEFT_ALONE = "busy", "leftAlone"
CROSSED = ("40P01", "40001", "55P03")  # deadlock, serialization failure, lock not available

Settled = dict[str, list[str]]  # record ids by what became of them


@dataclass
class Work:
    """What one run may do about one check, and what came of it.

    `mended`: what it really did, and to which records. `changed`: the value that the remedy found, and the one it set.
    """

    check: Check
    registered: Registered
    found: Detection
    run_id: str
    fence: int
    context: Context
    stage: Stage
    plan: Plan | None = None
    blocked: dict[str, str] = field(default_factory=dict)
    tally: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    mended: dict[str, str] = field(default_factory=dict)
    changed: dict[str, tuple[Any, Any]] = field(default_factory=dict)


def act(work: Work, ids: Sequence[str]) -> Iterator[int]:
    """Mend what can be mended of `ids`, in batches; yields how many records each batch settled.

    Raises LeaseLost, with nothing half done, when another run has taken over. Whatever else one record raises blocks
    that record's finding and no other's.
    """
    for batch in paced(ids):
        _batch(work, batch)
        yield len(batch)


def _batch(work: Work, ids: Sequence[str]) -> None:
    try:
        with work.stage.unit() as session:
            settled = _settle(session, work, ids)
            if work.plan:
                work.plan.settled(session, work.found.predicate.model, settled)
        counts = {state: len(which) for state, which in settled.items()}
        work.mended.update({key: state for state in (REPAIRED, SET_ASIDE) for key in settled.get(state, [])})
    except lease.LeaseLost:
        raise
    except Exception as error:
        if len(ids) > 1:
            for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
                _batch(work, half)
            return
        if _crossed(error):
            work.tally[BUSY] += 1
            return
        log.warning("a finding could not be repaired", check=work.check.id, record=ids[0], exc_info=error)
        counts = _block(work, ids[0], f"{type(error).__name__}: {error}".splitlines()[0][:500])
    work.tally.update(counts)


def _crossed(error: Exception) -> bool:
    """Whether another transaction was in our way, so that the next run may simply try again."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in CROSSED


def _settle(session: Unit, work: Work, ids: Sequence[str]) -> Settled:
    """One transaction: fence, lock, look again, mend, and write down what became of each finding."""
    lease.fenced(session, work.run_id, work.fence)
    predicate = work.found.predicate
    held = lock(session, predicate.model, ids, skip_locked=True)
    broken = still(session, predicate, work.found.before, held)
    kept = protection.reasons(session, predicate.model, list(broken), work.context.actor, work.found.at)
    settled = REMEDY[work.check.remedy](session, work, [key for key in held if key in broken and key not in kept])
    settled[HEALED] = [key for key in held if key not in broken]
    for state in (REPAIRED, SET_ASIDE, HEALED):
        if settled.get(state):
            findings.settle(session, work.check.id, settled[state], state)
    findings.note(session, work.check.id, kept)
    settled[LEFT_ALONE] = list(kept)
    settled[BUSY] = settled.get(BUSY, []) + [key for key in ids if key not in held]
    return settled


def _block(work: Work, record_id: str, detail: str) -> dict[str, int]:
    work.errors.append(f"{work.check.resource}/{record_id}: {detail}")
    work.blocked[record_id] = detail
    with work.stage.unit() as session:
        lease.fenced(session, work.run_id, work.fence)
        findings.settle(session, work.check.id, [record_id], BLOCKED, detail)
    return {BLOCKED: 1}


def _quarantine(session: Unit, work: Work, ids: Sequence[str]) -> Settled:
    if ids:
        quarantine.place(
            session,
            work.found.predicate.model,
            ids,
            kind=quarantine.BY_CHECK,
            reason=work.check.title,
            actor=work.context.actor,
            check_id=work.check.id,
            run_id=work.run_id,
        )
    return {SET_ASIDE: list(ids)}


def _relink(session: Unit, work: Work, ids: Sequence[str]) -> Settled:
    outcome = relink(session, work.found.predicate.model, ids)
    work.changed.update(outcome.done)
    return {REPAIRED: list(outcome.done), BUSY: outcome.busy, **_quarantine(session, work, outcome.hopeless)}


def _deactivate(session: Unit, work: Work, ids: Sequence[str]) -> Settled:
    model = work.found.predicate.model
    for record in session.scalars(select(model).where(model.id.in_(ids)).execution_options(populate_existing=True)):
        work.changed[record.id] = (record.is_active, False)  # type: ignore[attr-defined]
        record.is_active = False  # type: ignore[attr-defined]
    return {REPAIRED: list(ids)}


REMEDY: Mapping[str, Callable[[Unit, Work, Sequence[str]], Settled]] = {
    QUARANTINE: _quarantine,
    RELINK: _relink,
    DEACTIVATE: _deactivate,
}
