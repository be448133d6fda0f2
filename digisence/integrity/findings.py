"""What becomes of findings: seen again, healed, ignored, mended. One row a record and check, for ever."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, func, insert, select, update

from ..changes.context import Unit
from ..extensions import db
from ..models import Check, Finding, new_id
from ..models.finding import BLOCKED, HEALED, IGNORED, OPEN
from ..records.tables import portions, table
from .detection import Detection
from .reading import database_now

STANDING = (OPEN, IGNORED, BLOCKED)  # the record fails the check, as far as we know


def record(session: Unit, check: Check, found: Detection, run_id: str) -> Counter[str]:
    """Within a unit of work: write what a complete scan saw. Counts `found`, `new`, `healed`.

    A record seen is one sighting more; one not seen is healed. One that was well, mended or set aside begins anew at 1.
    """
    standing = {key: row for key, row in found.known.items() if row.state in STANDING}
    again = [key for key in found.seen if key in standing]
    back = [key for key in found.seen if key in found.known and key not in standing]
    new = [key for key in found.seen if key not in found.known]
    healed = [key for key in standing if key not in found.seen]
    changed = {key for key in again if standing[key].record_version != found.seen[key]}
    _update(
        session,
        [standing[key].id for key in again],
        last_seen=found.at,
        last_run_id=run_id,
        sightings=Finding.sightings + 1,
    )
    _update(session, [standing[key].id for key in changed if standing[key].state == BLOCKED], state=OPEN, detail=None)
    anew = {
        "state": OPEN,
        "sightings": 1,
        "first_seen": found.at,
        "last_seen": found.at,
        "resolved_at": None,
        "detail": None,
    }
    _update(session, [found.known[key].id for key in back], last_run_id=run_id, **anew)
    _update(session, [standing[key].id for key in healed], state=HEALED, resolved_at=found.at, sightings=0, detail=None)
    _add(session, check, found, new, run_id)
    _tell(session, found, [*changed, *back, *(key for key in again if key in found.explanations)])
    return Counter(found=len(found.seen), new=len(new) + len(back), healed=len(healed))


def _update(session: Unit, ids: Sequence[str], **values: Any) -> None:
    for portion in portions(ids):
        statement = update(Finding).where(Finding.id.in_(portion)).values(**values)
        session.execute(statement.execution_options(synchronize_session=False))


def _add(session: Unit, check: Check, found: Detection, keys: Sequence[str], run_id: str) -> None:
    common = {"check_id": check.id, "resource": check.resource, "state": OPEN, "sightings": 1, "last_run_id": run_id}
    times = {"first_seen": found.at, "last_seen": found.at}
    for portion in portions(keys):
        rows = [
            {
                "id": new_id(),
                "record_id": key,
                "record_version": found.seen[key],
                "explanation": found.explanations.get(key),
            }
            | common
            | times
            for key in portion
        ]
        session.connection().execute(insert(table(Finding)), rows)


def _tell(session: Unit, found: Detection, keys: Sequence[str]) -> None:
    """Bring version and explanation of known findings up to date."""
    columns = table(Finding).c
    for key in dict.fromkeys(keys):
        values: dict[str, Any] = {"record_version": found.seen[key]}
        if key in found.explanations:
            values["explanation"] = found.explanations[key]
        session.connection().execute(update(table(Finding)).where(columns.id == found.known[key].id).values(**values))


def settle(session: Unit, check_id: str, record_ids: Sequence[str], state: str, detail: str | None = None) -> None:
    """Within a unit of work: a repair brought these records' findings into `state`."""
    resolved = None if state in STANDING else database_now(session.connection())
    for portion in portions(record_ids):
        statement = update(Finding).where(Finding.check_id == check_id, Finding.record_id.in_(portion))
        session.execute(
            statement.values(state=state, detail=detail, resolved_at=resolved).execution_options(
                synchronize_session=False
            )
        )


def note(session: Unit, check_id: str, reasons: dict[str, str]) -> None:
    """Within a unit of work: say why these findings are left alone."""
    for reason in sorted(set(reasons.values())):
        ids = sorted(key for key, why in reasons.items() if why == reason)
        for portion in portions(ids):
            statement = update(Finding).where(
                Finding.check_id == check_id, Finding.record_id.in_(portion), Finding.state == OPEN
            )
            session.execute(
                statement.values(detail=f"left alone: {reason}").execution_options(synchronize_session=False)
            )


def eligible(check_id: str, run_id: str, sightings: int) -> list[str]:
    """Records that this run saw, that are open, and that were seen often enough, by id."""
    query = select(Finding.record_id).where(
        Finding.check_id == check_id,
        Finding.state == OPEN,
        Finding.last_run_id == run_id,
        Finding.sightings >= sightings,
    )
    return list(db.session.scalars(query.order_by(Finding.record_id)))


def open_records(check_id: str) -> list[str]:
    """Records of a check's open findings."""
    query = select(Finding.record_id).where(Finding.check_id == check_id, Finding.state == OPEN)
    return list(db.session.scalars(query.order_by(Finding.record_id)))


def standing(check_id: str, sample: int) -> tuple[int, list[str]]:
    """How many findings of a check are open or blocked, and the first `sample` records of them."""
    mine = (Finding.check_id == check_id, Finding.state.in_((OPEN, BLOCKED)))
    ids = db.session.scalars(select(Finding.record_id).where(*mine).order_by(Finding.record_id).limit(sample))
    return db.session.scalar(select(func.count()).select_from(Finding).where(*mine)) or 0, list(ids)


def page(check_id: str | None, state: str, page: int, limit: int) -> tuple[list[Finding], int]:
    """Findings of a check, in a state (`all` for any), the gravest and newest first; and how many there are in all."""
    conditions = []
    if check_id is not None:
        conditions.append(Finding.check_id == check_id)
    if state != "all":
        conditions.append(Finding.state == state)
    grave = case({"high": 0, "medium": 1, "low": 2}, value=Check.severity, else_=3)
    query = select(Finding).outerjoin(Check, Check.id == Finding.check_id).where(*conditions)
    ordered = query.order_by(grave, Finding.last_seen.desc(), Finding.id).offset((page - 1) * limit).limit(limit)
    total = db.session.scalar(select(func.count()).select_from(Finding).where(*conditions)) or 0
    return list(db.session.scalars(ordered.execution_options(populate_existing=True))), total


def to_json(finding: Finding) -> dict[str, Any]:
    """The finding in its public form."""
    return {
        "id": finding.id,
        "check": finding.check_id,
        "resource": finding.resource,
        "recordId": finding.record_id,
        "state": finding.state,
        "sightings": finding.sightings,
        "firstSeen": finding.first_seen,
        "lastSeen": finding.last_seen,
        "resolvedAt": finding.resolved_at,
        "explanation": finding.explanation,
        "detail": finding.detail,
    }
