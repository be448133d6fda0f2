"""How the directory is: the dashboard's figures, from what is kept: tallies, and the findings of the checks."""

from typing import Any

from sqlalchemy import Connection, func, select

from ..changes import tally
from ..clock import to_wire
from ..config import settings
from ..extensions import db
from ..models import Check, Look
from . import catalogue, findings, history
from .checks import missing_business, missing_professional, orphaned_user
from .predicate import checked
from .query import Query
from .reading import database_now, snapshot
from .rule import Rule
from .score import score

TREND = 30
DEFECTS = {
    "orphanedUsers": orphaned_user,
    "missingBusinessAdmins": missing_business,
    "missingProfessionalAdmins": missing_professional,
}
RECORDS = ("users", "businesses", "professionals")


def brief() -> dict[str, Any]:
    """The figures, from one snapshot: counts of now, defects as of `checkedAt`, `healthy`, `score`.

    A defect is a standing finding. A check that has never looked is asked now, so that nothing is claimed unseen.
    """
    with snapshot(3 * settings().rule_timeout) as connection:
        return seen(connection)


def seen(connection: Connection) -> dict[str, Any]:
    """The same, as `connection` sees it."""
    counts: dict[str, Any] = tally.counts(connection, RECORDS)
    looks = {row.check_id: row.at for row in connection.execute(select(Look.check_id, Look.at))}
    kept = findings.counts(connection, [rule.name for rule in DEFECTS.values()])
    defects = {
        name: kept[rule.name] if rule.name in looks else _count(connection, rule) for name, rule in DEFECTS.items()
    }
    asked = [looks[rule.name] if rule.name in looks else database_now(connection) for rule in DEFECTS.values()]
    return {
        **counts,
        **defects,
        "healthy": not any(defects.values()),
        "score": score(sum(defects.values()), sum(counts.values())),
        "checkedAt": to_wire(min(asked)),
    }


def _count(connection: Connection, rule: Rule) -> int:
    now = database_now(connection)
    check = db.session.get(Check, rule.name, populate_existing=True)
    grace = catalogue.grace(check) if check else settings().grace
    broken = checked(rule.resource, rule(Query(now))).within(now - grace).subquery()
    return connection.scalar(select(func.count()).select_from(broken)) or 0


def full() -> dict[str, Any]:
    """The figures with their trend: a point for each of the last 30 completed runs, the oldest first."""
    return {**brief(), "trend": history.trend(TREND)}
