"""How the directory is: the dashboard's figures, from what is kept: tallies, and the findings of the checks."""

from typing import Any

from sqlalchemy import Connection, func, select

from ..changes import tally
from ..clock import to_wire
from ..config import settings
from ..extensions import db
from ..models import Check, Finding, Look
from ..models.finding import STANDING
from . import catalogue, history
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
        now = database_now(connection)
        counts: dict[str, Any] = tally.counts(connection, RECORDS)
        looks = {row.check_id: row.at for row in connection.execute(select(Look.check_id, Look.at))}
        kept = _standing(connection)
        defects = {
            name: kept.get(rule.name, 0) if rule.name in looks else _count(connection, rule, now)
            for name, rule in DEFECTS.items()
        }
    return {
        **counts,
        **defects,
        "healthy": not any(defects.values()),
        "score": score(sum(defects.values()), sum(counts.values())),
        "checkedAt": to_wire(min(looks.get(rule.name, now) for rule in DEFECTS.values())),
    }


def _standing(connection: Connection) -> dict[str, int]:
    asked = (Finding.check_id.in_([rule.name for rule in DEFECTS.values()]), Finding.state.in_(STANDING))
    query = select(Finding.check_id, func.count().label("standing")).where(*asked).group_by(Finding.check_id)
    return {row.check_id: row.standing for row in connection.execute(query)}


def _count(connection: Connection, rule: Rule, now: Any) -> int:
    check = db.session.get(Check, rule.name, populate_existing=True)
    grace = catalogue.grace(check) if check else settings().grace
    broken = checked(rule.resource, rule(Query(now))).within(now - grace).subquery()
    return connection.scalar(select(func.count()).select_from(broken)) or 0


def full() -> dict[str, Any]:
    """The figures with their trend: a point for each of the last 30 completed runs, the oldest first."""
    return {**brief(), "trend": history.trend(TREND)}
