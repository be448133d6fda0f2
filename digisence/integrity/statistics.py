"""How the directory is: the dashboard's figures, counted by the very predicates and grace that the checks use."""

from typing import Any

from sqlalchemy import Connection, func, select

from ..clock import to_wire
from ..config import settings
from ..extensions import db
from ..models import Business, Check, Professional, Run, User
from ..models.run import ERRORED, FAILED, PASSED
from ..records.tables import table
from . import catalogue
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
    """The figures with their trend: one point for each of the last 30 completed runs, the oldest first."""
    query = (
        select(Run)
        .where(Run.state.in_((PASSED, FAILED, ERRORED)), Run.result.is_not(None))
        .order_by(Run.finished_at.desc())
        .limit(TREND)
    )
    points = [
        _point(run)
        for run in db.session.scalars(query.execution_options(populate_existing=True))
        if "statistics" in (run.result or {})
    ]
    return {**brief(), "trend": points[::-1]}


def _point(run: Run) -> dict[str, Any]:
    kept = (run.result or {})["statistics"]
    return {"at": run.finished_at, "runId": run.id, **{name: kept[name] for name in (*DEFECTS, "healthy", "score")}}
