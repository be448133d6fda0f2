"""How the directory is: the dashboard's figures, counted by the very predicates and grace that the checks use."""

from typing import Any

from sqlalchemy import Connection, func, select

from ..clock import to_wire
from ..config import settings
from ..models import Business, Check, Professional, User
from ..records.tables import table
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
RECORDS = {"users": User, "businesses": Business, "professionals": Professional}


def brief() -> dict[str, Any]:
    """The figures of now, from one snapshot: counts, `healthy`, `score`, `checkedAt`."""
    checks = {check.id: check for check in catalogue.listed()}
    with snapshot(3 * settings().rule_timeout) as connection:
        now = database_now(connection)
        counts: dict[str, Any] = {
            name: connection.scalar(select(func.count()).select_from(table(model))) or 0
            for name, model in RECORDS.items()
        }
        records = sum(counts.values())
        defects = {name: _count(connection, rule, checks.get(rule.name), now) for name, rule in DEFECTS.items()}
    return {
        **counts,
        **defects,
        "healthy": not any(defects.values()),
        "score": score(sum(defects.values()), records),
        "checkedAt": to_wire(now),
    }


def _count(connection: Connection, rule: Rule, check: Check | None, now: Any) -> int:
    grace = catalogue.grace(check) if check else settings().grace
    broken = checked(rule.resource, rule(Query(now))).within(now - grace).order_by(None).subquery()
    return connection.scalar(select(func.count()).select_from(broken)) or 0


def full() -> dict[str, Any]:
    """The figures with their trend: a point for each of the last 30 completed runs, the oldest first."""
    return {**brief(), "trend": history.trend(TREND)}
