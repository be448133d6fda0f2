"""What stops a sweep that wants to touch too much: all or nothing, latched, opened by a word for one very set."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from ..changes import Context, events, unit_of_work
from ..changes.context import Unit
from ..config import settings
from ..errors import Conflict, NotFound
from ..extensions import db
from ..models import Acknowledgement, Breaker
from .reading import database_now

TRIPPED, CLOSED = "tripped", "closed"
GOOD_FOR = timedelta(minutes=60)
FEW = 3  # so few records never trip it by their share
SAMPLE = 100


def set_hash(ids: Sequence[str]) -> str:
    """SHA-256, in hex, over the sorted ids, one a line."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()


def too_much(count: int, total: int) -> str | None:
    """Why `count` records of a resource with `total` are too many for one check; None when they are not."""
    chosen = settings()
    if count > chosen.breaker_count:
        return f"{count} records are more than {chosen.breaker_count}"
    if count > FEW and count * 100 > chosen.breaker_percent * total:
        return f"{count} of {total} records are more than {chosen.breaker_percent:g} %"
    return None


def lets_through(
    session: Unit,
    check_id: str,
    ids: Sequence[str],
    total: int,
    run_id: str,
    alarm: str | None = None,
    *,
    part: bool = False,
) -> bool:
    """Within a unit of work, before the first write: may the check touch these records, all of them?

    An `alarm` trips it for more than a few, whatever their share.
    False trips the breaker, or leaves it tripped. A tripped one stays so, even for a smaller set, until that very set
    is acknowledged, or nothing is left to touch. An acknowledgement is used up by this. `ids` that are a `part` of what
    the check found neither close a tripped breaker nor become the set it holds.
    """
    breaker = session.get(Breaker, check_id, with_for_update=True, populate_existing=True)
    held = breaker.set_hash if breaker is not None and breaker.state == TRIPPED else None
    reason = too_much(len(ids), total) or (alarm if len(ids) > FEW else None)
    if (not ids and not part) or (reason is None and held is None):
        _close(breaker)
        return True
    digest, now = set_hash(ids), database_now(session.connection())
    if _use(session, check_id, digest, len(ids), run_id, now):
        if not part or held == digest:
            _close(breaker)
        return True
    if part and held is not None:
        return False
    if breaker is None:
        breaker = Breaker(check_id=check_id, tripped_at=now)
        session.add(breaker)
    if held != digest:
        breaker.tripped_at, breaker.run_id = now, run_id
        breaker.reason = reason or "it tripped before, and this is another set than the one it tripped for"
    breaker.state, breaker.set_hash, breaker.count, breaker.record_ids = TRIPPED, digest, len(ids), sorted(ids)
    return False


def trip(session: Unit, check_id: str, ids: Sequence[str], run_id: str, reason: str) -> None:
    """Within a unit of work: stop a check over these records, whatever their number, until they are acknowledged."""
    breaker = session.get(Breaker, check_id, with_for_update=True, populate_existing=True)
    if breaker is None:
        breaker = Breaker(check_id=check_id)
        session.add(breaker)
    breaker.tripped_at, breaker.run_id, breaker.reason = database_now(session.connection()), run_id, reason
    breaker.state, breaker.set_hash = TRIPPED, set_hash(ids)
    breaker.count, breaker.record_ids = len(ids), sorted(ids)


def _close(breaker: Breaker | None) -> None:
    if breaker is not None:
        breaker.state = CLOSED


def _valid(check_id: str, digest: str, count: int, now: datetime) -> tuple[Any, ...]:
    return (
        Acknowledgement.check_id == check_id, Acknowledgement.set_hash == digest, Acknowledgement.count == count,
        Acknowledgement.used_at.is_(None), Acknowledgement.expires_at > now,
    )  # fmt: skip


def _use(session: Unit, check_id: str, digest: str, count: int, run_id: str, now: datetime) -> bool:
    used = update(Acknowledgement).where(*_valid(check_id, digest, count, now)).values(used_at=now, used_by_run=run_id)
    return bool(session.execute(used.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]


def acknowledge(check_id: str, digest: str, count: int, context: Context) -> Acknowledgement:
    """Let one very set through, once, within the hour. NotFound; Conflict `not-tripped`, `other-set`."""
    with unit_of_work(context) as session:
        breaker = session.get(Breaker, check_id, with_for_update=True, populate_existing=True)
        if breaker is None:
            raise NotFound("breakers", check_id)
        if breaker.state != TRIPPED:
            raise Conflict("not-tripped", f"The breaker of {check_id} is not tripped; there is nothing to acknowledge.")
        if (breaker.set_hash, breaker.count) != (digest, count):
            raise Conflict(
                "other-set",
                f"The breaker of {check_id} holds another set by now: {breaker.count} records. "
                "Look at it, then acknowledge that one.",
                setHash=breaker.set_hash,
                count=breaker.count,
            )
        now = database_now(session.connection())
        given = session.scalars(select(Acknowledgement).where(*_valid(check_id, digest, count, now))).first()
        if given is None:
            given = Acknowledgement(
                check_id=check_id, set_hash=digest, count=count, actor=context.actor, created_at=now
            )
            session.add(given)
        given.expires_at = now + GOOD_FOR
        let_through = {"setHash": digest, "count": count}
        events.record(session, "acknowledged", resource="breakers", record_id=check_id, detail=let_through)
    return given


def listed(tripped_only: bool = False) -> list[dict[str, Any]]:
    """Every breaker that ever tripped, the tripped ones first."""
    query = select(Breaker).order_by(Breaker.state.desc(), Breaker.tripped_at.desc(), Breaker.check_id)
    found = db.session.scalars(query.execution_options(populate_existing=True))
    return [to_json(breaker) for breaker in found if not tripped_only or breaker.state == TRIPPED]


def read(check_id: str) -> Breaker:
    """The breaker of a check. NotFound when it never tripped."""
    breaker = db.session.get(Breaker, check_id, populate_existing=True)
    if breaker is None:
        raise NotFound("breakers", check_id)
    return breaker


def to_json(breaker: Breaker) -> dict[str, Any]:
    """The breaker with its set (at most 100 ids of it) and a standing acknowledgement."""
    now = database_now(db.session.connection())
    valid = _valid(breaker.check_id, breaker.set_hash, breaker.count, now)
    given = db.session.scalars(select(Acknowledgement).where(*valid)).first()
    return {
        "check": breaker.check_id,
        "state": breaker.state,
        "setHash": breaker.set_hash,
        "count": breaker.count,
        "records": breaker.record_ids[:SAMPLE],
        "reason": breaker.reason,
        "runId": breaker.run_id,
        "trippedAt": breaker.tripped_at,
        "acknowledged": given and {"by": given.actor, "at": given.created_at, "until": given.expires_at},
    }
