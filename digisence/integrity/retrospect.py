"""The history as it is told: score and checks over a span, and for each check what became of its findings."""

from typing import Any

from ..extensions import db
from ..models import Check
from . import catalogue, history
from .history import Fate
from .span import Span


def told(asked: Span, check_id: str | None = None) -> dict[str, Any]:
    """The directory's figures and every check, or only one. NotFound for a check that never was."""
    checks = catalogue.listed() if check_id is None else [catalogue.read(check_id)]
    between = (asked.start, asked.end)
    series = history.check_series(*between, asked.step, check_id)
    fates, seen = history.fates(*between), history.first_seen()
    db.session.rollback()
    return {
        "from": asked.start,
        "to": asked.end,
        "step": asked.step,
        "health": history.health_series(*between, asked.step),
        "ended": history.total({check.id: fates.get(check.id, Fate()) for check in checks}).to_json(),
        "checks": [
            _check(check, series.get(check.id, []), fates.get(check.id, Fate()), seen.get(check.id, (None, None)))
            for check in checks
        ],
    }


def _check(check: Check, points: list[dict[str, Any]], fate: Fate, seen: tuple[Any, Any]) -> dict[str, Any]:
    return {
        "check": check.id,
        "title": check.title,
        "severity": check.severity,
        "mode": check.mode,
        "health": check.health,
        "healthDetail": check.health_detail,
        "open": points[-1]["open"] if points else None,
        "firstSeen": seen[0],
        "openSince": seen[1],
        **fate.to_json(),
        "points": points,
    }
