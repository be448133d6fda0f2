"""What a dry run would do: each record's act, as the rehearsal came to it; and how many findings healed without."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, insert, select

from ..changes.context import Unit
from ..extensions import db
from ..models import Check, Finding, PlannedAct, QuarantineEntry, Record
from ..models.finding import BLOCKED, HEALED, OPEN, REPAIRED, SET_ASIDE
from ..records.bulk import among
from ..records.tables import portions, table
from .rule import DEACTIVATE, RELINK

SAMPLE = 100
REMEMBERED = 10_000  # findings that the counterfactual looks back upon

RELINKED, DEACTIVATED, QUARANTINED, HEALS, BUSY, LEFT, WAITS, BLOCKS, STOPPED, UNDONE = ACTS = (
    "relink", "deactivate", "quarantine", "heal", "busy", "leave", "wait", "block", "stop", "undo",
)  # fmt: skip
Details = Mapping[str, Any]


class Plan:
    """One check's part of a dry run."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self.acts: dict[str, tuple[str, Details | None]] = {}

    def put(self, ids: Sequence[str], act: str, detail: Details | None = None) -> None:
        """The same for each of `ids`."""
        self.acts.update(dict.fromkeys(ids, (act, detail)))

    def settled(self, session: Unit, model: type[Record], settled: Mapping[str, Sequence[str]]) -> None:
        """What a batch came to, read within its transaction."""
        mended = settled.get(REPAIRED, [])
        if self.check.remedy == RELINK:
            for record_id, admin in _admins(session, model, mended):
                self.put([record_id], RELINKED, {"to": admin})
        elif self.check.remedy == DEACTIVATE:
            self.put(mended, DEACTIVATED)
        for record_id, children, emptied in _entries(session, model, settled.get(SET_ASIDE, [])):
            went = [{"resource": child["resource"], "recordId": child["recordId"]} for child in children]
            self.put([record_id], QUARANTINED, {"children": went, "emptied": emptied})
        self.put(settled.get(HEALED, []), HEALS)
        self.put(settled.get(BUSY, []), BUSY, {"reason": "somebody is at it right now"})

    def write(self, session: Unit, run_id: str) -> None:
        """Within a unit of work: keep the whole list."""
        rows = [
            {"run_id": run_id, "check_id": self.check.id, "record_id": key, "resource": self.check.resource,
             "act": act, "detail": detail}
            for key, (act, detail) in self.acts.items()
        ]  # fmt: skip
        for portion in portions(rows):
            session.connection().execute(insert(table(PlannedAct)), list(portion))

    def to_json(self) -> dict[str, Any]:
        """How many records would get which act, and the first of them."""
        sample = sorted(self.acts.items())[:SAMPLE]
        return {
            "acts": dict(sorted(Counter(act for act, _ in self.acts.values()).items())),
            "sample": [{"recordId": key, "act": act, "detail": detail} for key, (act, detail) in sample],
            "counterfactual": counterfactual(self.check.id),
        }


def _admins(session: Unit, model: type[Record], ids: Sequence[str]) -> list[Any]:
    columns = table(model).c
    return list(session.execute(select(columns.id, columns.admin_id).where(among(columns.id, ids)))) if ids else []


def _entries(session: Unit, model: type[Record], ids: Sequence[str]) -> list[Any]:
    held = table(QuarantineEntry).c
    mine = (held.resource == model.__resource__, among(held.record_id, ids), held.restored_at.is_(None))
    return list(session.execute(select(held.record_id, held.children, held.emptied).where(*mine))) if ids else []


def counterfactual(check_id: str) -> dict[str, Any]:
    """What became of this check's past findings, and how long those stood that healed without an act of this check.

    Of the last 10,000 whose record has not failed again since. `healedSeconds`: median, 90th percentile, longest.
    """
    query = (
        select(Finding.state, Finding.first_seen, Finding.resolved_at)
        .where(Finding.check_id == check_id, Finding.state.not_in((OPEN, BLOCKED)), Finding.resolved_at.is_not(None))
        .order_by(Finding.resolved_at.desc())
        .limit(REMEMBERED)
    )
    with db.engine.connect() as connection:
        past = connection.execute(query).all()
    lived = sorted((row.resolved_at - row.first_seen).total_seconds() for row in past if row.state == HEALED)
    at = [round(lived[min(len(lived) - 1, int(len(lived) * part))], 3) for part in (0.5, 0.9, 1)] if lived else None
    return {
        "past": len(past),
        "healed": len(lived),
        "healedSeconds": at and dict(zip(("median", "p90", "longest"), at, strict=True)),
    }


def page(run_id: str, check_id: str | None, act: str | None, number: int, limit: int) -> tuple[list[Any], int]:
    """The whole list of a dry run, by check and record; and how long it is."""
    mine = [PlannedAct.run_id == run_id]
    mine += [PlannedAct.check_id == check_id] if check_id else []
    mine += [PlannedAct.act == act] if act else []
    query = select(PlannedAct).where(*mine).order_by(PlannedAct.check_id, PlannedAct.record_id)
    total = db.session.scalar(select(func.count()).select_from(PlannedAct).where(*mine)) or 0
    return list(db.session.scalars(query.offset((number - 1) * limit).limit(limit))), total


def to_json(planned: PlannedAct) -> dict[str, Any]:
    """One line of the list."""
    return {
        "check": planned.check_id,
        "resource": planned.resource,
        "recordId": planned.record_id,
        "act": planned.act,
        "detail": planned.detail,
    }
