"""What becomes of findings: seen again, healed, ignored, mended. One row a record and check, for ever."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Text, Update, and_, bindparam, case, exists, func, null, or_, select, update

from ..changes.context import Unit
from ..errors import Invalid
from ..extensions import db
from ..models import Check, Finding, Look
from ..models.finding import BLOCKED, OPEN, STANDING
from ..models.types import UtcTime
from ..records.bulk import Among, among, encoded
from ..records.tables import portions, table
from .reading import database_now

# What a finding that stands no more keeps: how often and when it was seen
ENDED = {"sightings": Finding.sightings, "last_seen": Finding.last_seen, "begun": null()}


def settle(session: Unit, check_id: str, record_ids: Sequence[str], state: str, detail: str | None = None) -> None:
    """Within a unit of work: a repair brought these records' findings into `state`."""
    connection, stands = session.connection(), state in STANDING
    given: dict[str, Any] = {"check": check_id, "into": state, "why": detail}
    if not stands:
        given["now"] = database_now(connection)
    for portion in portions(record_ids):
        connection.execute(_settling(stands), given | {"ids": encoded(list(portion))})


@cache
def _settling(stands: bool) -> Update:
    """Brings `:ids` of `:check` into the state `:into`; written once, asked for every batch."""
    check_id = bindparam("check", type_=Text)
    values: dict[str, Any] = {"state": bindparam("into", type_=Text), "detail": bindparam("why", type_=Text)}
    if stands:
        begun = func.coalesce(Finding.begun, _fulls(check_id) - Finding.kept_sightings)
        values |= {"resolved_at": null(), "begun": begun}
    else:
        values |= {"resolved_at": bindparam("now", type_=UtcTime), **ENDED}
    mine = Among(table(Finding).c.record_id, bindparam("ids", type_=Text))
    return update(table(Finding)).where(Finding.check_id == check_id, mine).values(values)


def _fulls(check_id: Any) -> Any:
    fulls = select(Look.fulls).where(Look.check_id == check_id).scalar_subquery()
    return func.coalesce(fulls, 0)


def note(session: Unit, check_id: str, reasons: dict[str, str]) -> None:
    """Within a unit of work: say why these findings are left alone."""
    for reason in sorted(set(reasons.values())):
        ids = sorted(key for key, why in reasons.items() if why == reason)
        for portion in portions(ids):
            statement = update(Finding).where(
                Finding.check_id == check_id, among(table(Finding).c.record_id, portion), Finding.state == OPEN
            )
            session.execute(
                statement.values(detail=f"left alone: {reason}").execution_options(synchronize_session=False)
            )


def eligible(check_id: str, run_id: str, sightings: int) -> list[str]:
    """Records that this run saw, that are open, and that were seen often enough, by id."""
    in_full = exists().where(Look.check_id == check_id, Look.full_run == run_id)
    query = select(Finding.record_id).where(
        Finding.check_id == check_id,
        Finding.state == OPEN,
        or_(Finding.last_run_id == run_id, and_(Finding.begun.is_not(None), in_full)),
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


def known(connection: Connection, check_id: str, ids: Collection[str] | None = None) -> dict[str, Any]:
    """The findings of a check that stand, by record; of `ids` only."""
    columns = table(Finding).c
    told = (columns.record_id, columns.state, columns.record_version, columns.explanation.is_not(None).label("told"))
    query = select(*told).where(columns.check_id == check_id)
    if ids is None:
        return {row[0]: row for row in connection.execute(query.where(columns.state.in_(STANDING))).all()}
    # Asked for states as well, PostgreSQL may compare all that stand with all the ids, one by one
    found = connection.execute(query.where(among(columns.record_id, sorted(ids)))).all()
    return {row[0]: row for row in found if row[1] in STANDING}


def counts(connection: Connection, check_ids: Collection[str]) -> dict[str, int]:
    """How many findings of each check stand."""
    columns = table(Finding).c
    mine = (columns.check_id.in_(check_ids), columns.state.in_(STANDING))
    found = connection.execute(select(columns.check_id, func.count()).where(*mine).group_by(columns.check_id))
    return {**dict.fromkeys(check_ids, 0), **{row[0]: row[1] for row in found}}


def page(check_id: str | None, state: str, page: int, limit: int) -> tuple[list[Finding], int]:
    """Findings of a check, in a state (`all` for any), the gravest and newest first; and how many there are in all.

    Invalid for a check that never was: nothing found would read as if all were well.
    One that stands although nobody judges it any more says so: `unowned` is why its rule is not to be had.
    """
    conditions = []
    if check_id is not None:
        conditions.append(Finding.check_id == check_id)
    if state != "all":
        conditions.append(Finding.state == state)
    grave = case({"high": 0, "medium": 1, "low": 2}, value=Check.severity, else_=3)
    missing = case(
        (Check.missing_since.is_not(None), Check.health_detail), (Check.id.is_(None), "there is no such check")
    )
    query = select(Finding, missing).outerjoin(Check, Check.id == Finding.check_id).where(*conditions)
    ordered = query.order_by(grave, Finding.last_seen.desc(), Finding.id).offset((page - 1) * limit).limit(limit)
    total = db.session.scalar(select(func.count()).select_from(Finding).where(*conditions)) or 0
    if check_id is not None and not total:
        refuse_unknown(check_id)
    found = []
    for finding, why in db.session.execute(ordered.execution_options(populate_existing=True)):
        finding.unowned = why if finding.state in STANDING else None
        found.append(finding)
    return found, total


def refuse_unknown(check_id: str) -> None:
    """Invalid, naming those there are, for a check that is not registered and never found anything."""
    known = set(db.session.scalars(select(Check.id)))
    ever = select(Finding.id).where(Finding.check_id == check_id).limit(1)
    if check_id not in known and db.session.scalar(ever) is None:
        listed = ", ".join(sorted(known)) or "none yet: the worker registers them at its first run"
        raise Invalid({"check": f"there is no check {check_id!r}; there are: {listed}"}, "No such check.")


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
        "detail": "; ".join(filter(None, (finding.unowned and f"unowned: {finding.unowned}", finding.detail))) or None,
    }
