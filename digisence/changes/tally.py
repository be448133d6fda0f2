"""Counts that are kept, not counted: a published Change moves its resource's tally in the transaction that settles it.

A committed Change is at any moment either settled, then it is in the tally, or in the outbox. So the tally and what
waits in the outbox are the true count of any snapshot, for the price of reading a few rows. What escaped the triggers
is found by counting, EVERY ten minutes.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, Select, case, func, insert, literal, select, union_all, update
from sqlalchemy.engine import Row

from ..clock import utcnow
from ..extensions.db import db
from ..models import RECORDS, WAITING, Change, Tally
from ..models.change import CREATED, DELETED, QUARANTINED, RESTORED
from .election import settling

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=10)
STEPS = {CREATED: 1, RESTORED: 1, DELETED: -1, QUARANTINED: -1}


def add(connection: Connection, changes: Iterable[Any]) -> None:
    """Count changes (with `resource` and `action`) that the transaction of `connection` settles."""
    moved: Counter[str] = Counter()
    for change in changes:
        moved[change.resource] += STEPS.get(change.action, 0)
    for resource, by in sorted(moved.items()):
        if by:
            connection.execute(update(Tally).where(Tally.resource == resource).values(count=Tally.count + by))


def counts(connection: Connection, resources: Collection[str] | None = None) -> dict[str, int]:
    """How many records each of `resources` (default: all) has, by name; exact in what `connection` sees.

    A resource without a verified tally is counted.
    """
    asked = [name for name in RECORDS if resources is None or name in resources]
    verified = select(Tally.resource, Tally.count).where(Tally.verified_at.is_not(None))
    parts = union_all(verified.add_columns(literal(1).label("known")), _waiting().add_columns(literal(0))).subquery()
    # One statement, so that both halves are read in one snapshot whatever the isolation
    found = connection.execute(
        select(parts.c.resource, func.sum(parts.c.count), func.max(parts.c.known)).group_by(parts.c.resource)
    )
    kept = {resource: int(count) for resource, count, known in found if known}
    return {name: kept[name] if name in kept else true_count(connection, name) for name in asked}


def true_count(connection: Connection, resource: str) -> int:
    """How many records there are, counted one by one."""
    return connection.execute(select(func.count()).select_from(RECORDS[resource])).scalar_one()


def _waiting() -> Select[str, Any]:
    step = case(STEPS, value=Change.action, else_=0)
    return select(Change.resource, func.sum(step).label("count")).select_from(WAITING).group_by(Change.resource)


class Verifier:
    """Counts truly what is due, one resource a call: `Relay(app, after_drain=[Verifier()])`.

    A resource is due when it was never counted or longer ago than EVERY, by whichever process.
    """

    def __init__(self) -> None:
        self._due = utcnow()

    def __call__(self, _published: int) -> None:
        """Raises SQLAlchemyError; the next call tries again."""
        now = utcnow()
        if now < self._due:
            return
        with db.engine.connect() as connection:
            verified = {row.resource: row.verified_at for row in connection.execute(select(Tally))}
        times = {resource: verified.get(resource) for resource in RECORDS}
        for resource, at in times.items():
            if at is None or at <= now - EVERY:
                verify(db.engine, resource)
                return
        self._due = min(at for at in times.values() if at is not None) + EVERY


def verify(engine: Engine, resource: str) -> int:
    """Count a resource, put its tally right and note when; returns the drift (true minus kept), 0 at the first count.

    A drift is logged and kept in the row.
    """
    with engine.connect() as connection:
        seen = _compared(connection, resource)
    if seen is None:
        _begin(engine, resource)
        with engine.connect() as connection:
            seen = _compared(connection, resource)
        assert seen is not None, "tallies are never deleted"  # noqa: S101
    drift = int(seen.true - seen.kept)
    found = 0 if seen.verified_at is None else drift
    # Added rather than set, so that what was settled since the count stays in. Who verified meanwhile has corrected it
    values: dict[str, Any] = {"count": Tally.count + drift, "verified_at": utcnow()}
    if found:
        values |= {"drift": found, "drifted_at": utcnow(), "drift_total": Tally.drift_total + abs(found)}
    unchanged = (Tally.verified_at.is_not_distinct_from(seen.verified_at), Tally.drift_total == seen.drift_total)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if not connection.execute(update(Tally).where(Tally.resource == resource, *unchanged).values(values)).rowcount:
            return 0
    if found:
        log.warning("a kept count had drifted", resource=resource, drift=found, true=int(seen.true))
    return found


def _compared(connection: Connection, resource: str) -> Row[Any] | None:
    """`true` and `kept` count in one statement, so in one snapshot; None without a tally."""
    waiting = _waiting().where(Change.resource == resource).subquery()
    outside = select(func.coalesce(func.sum(waiting.c.count), 0)).scalar_subquery()
    true = select(func.count()).select_from(RECORDS[resource]).scalar_subquery()
    query = select(Tally.verified_at, Tally.drift_total, true.label("true"), (Tally.count + outside).label("kept"))
    return connection.execute(query.where(Tally.resource == resource)).first()


def _begin(engine: Engine, resource: str) -> None:
    with settling(engine) as connection:
        if not connection.scalar(select(func.count()).select_from(Tally).where(Tally.resource == resource)):
            connection.execute(insert(Tally).values(resource=resource))
