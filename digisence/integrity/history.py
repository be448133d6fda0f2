"""Findings over time, read: what became of them, how long they stood, and how checks and score went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, cast, extract, func, select

from ..extensions import db
from ..models import CheckHistory, Finding, HealthHistory
from ..models.finding import BLOCKED, HEALED, OPEN, REPAIRED, SET_ASIDE

SUMS = ("runs", "new", "healed", "repaired", "quarantined", "broken", "healed_seconds", "mended_seconds", "seconds")
FIGURES = {
    "orphanedUsers": "orphaned_users",
    "missingBusinessAdmins": "missing_business_admins",
    "missingProfessionalAdmins": "missing_professional_admins",
}
RECORDS = ("users", "businesses", "professionals")


@dataclass(frozen=True)
class Fate:
    """What became of the findings of a check that ended: healed without our doing, repaired, set aside."""

    healed: int = 0
    repaired: int = 0
    quarantined: int = 0
    seconds: float = 0.0

    @property
    def ended(self) -> int:
        """The number that the others rest on."""
        return self.healed + self.repaired + self.quarantined

    def to_json(self) -> dict[str, Any]:
        """Counts, the share that healed by itself, and the mean time from first seen to the end; None without any."""
        return {
            "ended": self.ended,
            HEALED: self.healed,
            REPAIRED: self.repaired,
            SET_ASIDE: self.quarantined,
            "healedShare": round(self.healed / self.ended, 4) if self.ended else None,
            "meanSeconds": round(self.seconds / self.ended, 1) if self.ended else None,
        }


def fates(since: datetime | None = None, until: datetime | None = None) -> dict[str, Fate]:
    """What became of each check's findings that ended between two times, or ever, by check id."""
    columns = (
        CheckHistory.healed,
        CheckHistory.repaired,
        CheckHistory.quarantined,
        CheckHistory.healed_seconds + CheckHistory.mended_seconds,
    )
    query = select(CheckHistory.check_id, *map(func.sum, columns)).group_by(CheckHistory.check_id)
    if since is not None:
        query = query.where(CheckHistory.at >= since)
    if until is not None:
        query = query.where(CheckHistory.at <= until)
    return {check_id: Fate(*counts) for check_id, *counts in db.session.execute(query)}


def total(told: Mapping[str, Fate]) -> Fate:
    """All of them together."""
    all_of_them = told.values()
    return Fate(
        sum(fate.healed for fate in all_of_them),
        sum(fate.repaired for fate in all_of_them),
        sum(fate.quarantined for fate in all_of_them),
        sum(fate.seconds for fate in all_of_them),
    )


def first_seen() -> dict[str, tuple[datetime | None, datetime | None]]:
    """For each check with findings: when the first of them was seen, and the first of those that stand."""
    standing = func.min(Finding.first_seen).filter(Finding.state.in_((OPEN, BLOCKED)))
    query = select(Finding.check_id, func.min(Finding.first_seen), standing).group_by(Finding.check_id)
    return {check_id: (first, stands) for check_id, first, stands in db.session.execute(query)}


def trend(count: int) -> list[dict[str, Any]]:
    """The directory's figures at the end of the last runs (of days, before those), the oldest first."""
    query = select(HealthHistory).order_by(HealthHistory.at.desc()).limit(count)
    return [_figures(row) for row in db.session.scalars(query)][::-1]


def _figures(row: HealthHistory) -> dict[str, Any]:
    defects = {name: getattr(row, column) for name, column in FIGURES.items()}
    return {
        "at": row.at,
        "runId": row.run_id,
        "runs": row.runs,
        "records": row.records,
        **defects,
        "healthy": not any(defects.values()),
        "score": row.score,
        "lowest": row.lowest,
    }


def health_series(start: datetime, end: datetime, step: int) -> list[dict[str, Any]]:
    """The directory's figures between two times, the last of each `step` seconds with its lowest score."""
    told = _steps(HealthHistory, start, end, step, [func.sum(HealthHistory.runs), func.min(HealthHistory.lowest)])
    return [{**_figures(row), "runs": runs, "lowest": lowest} for row, runs, lowest in db.session.execute(told)]


def check_series(
    start: datetime, end: datetime, step: int, check_id: str | None = None
) -> dict[str, list[dict[str, Any]]]:
    """By check: what stood at the end of each `step` seconds, the most that stood, and sums of the rest."""
    sums = [func.sum(getattr(CheckHistory, name)) for name in SUMS]
    only = () if check_id is None else (CheckHistory.check_id == check_id,)
    query = _steps(CheckHistory, start, end, step, [func.max(CheckHistory.peak), *sums], *only)
    found: dict[str, list[dict[str, Any]]] = {}
    for row, peak, *counts in db.session.execute(query):
        named = dict(zip(SUMS, counts, strict=True))
        ended = {name: named[name] for name in (HEALED, REPAIRED, SET_ASIDE)}
        point = {"at": row.at, "runs": named["runs"], "open": row.open, "peak": peak, "new": named["new"], **ended}
        point |= {"broken": named["broken"], "seconds": round(named["seconds"], 3)}
        found.setdefault(row.check_id, []).append(point)
    return found


def _steps(
    model: type[CheckHistory] | type[HealthHistory],
    start: datetime,
    end: datetime,
    step: int,
    figures: Sequence[Any],
    *only: ColumnElement[bool],
) -> Select[Any]:
    """Rows that are the last of their step, with `figures` over the whole step."""
    identity = [CheckHistory.check_id] if model is CheckHistory else []
    named = [figure.label(f"figure_{index}") for index, figure in enumerate(figures)]
    steps = select(*identity, func.max(model.at).label("last"), *named).where(model.at >= start, model.at <= end, *only)
    inner = steps.group_by(*identity, _second(model.at) // step).subquery()
    same = model.at == inner.c.last
    if model is CheckHistory:
        same &= CheckHistory.check_id == inner.c.check_id
    outer = [inner.c[figure.name] for figure in named]
    return select(model, *outer).join(inner, same).order_by(*identity, model.at)


def _second(moment: Any) -> ColumnElement[int]:
    """SQL for whole seconds since 1970."""
    if db.engine.dialect.name == "sqlite":
        return cast(func.strftime("%s", moment), BigInteger)
    return cast(func.floor(extract("epoch", moment)), BigInteger)
