"""Writing down what a look saw: one row a record and check, for ever; a few statements, however many findings."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, Text, cast, func, literal, select, true, update
from sqlalchemy.dialects.postgresql import JSONB

from ..changes.context import Unit
from ..models import Check, Finding, new_id
from ..models.finding import BLOCKED, HEALED, OPEN
from ..records.bulk import among, encoded
from ..records.tables import portions, table
from . import looks
from .detection import Detection
from .once import INSERT

ROWS = 5_000  # findings written by one statement
TOLD = ("id", "record_id", "record_version", "explanation")


def record(session: Unit, check: Check, found: Detection, run_id: str) -> Counter[str]:
    """Within a unit of work: write what a complete look saw. Counts `found`, `new`, `healed`, `disagreeing`.

    A record seen by a full look is one sighting more; one looked at and not seen is healed. One that was well, mended
    or set aside begins anew: at 1, or at 0 where only a look at changes saw it. `found` is what this look saw.
    """
    fresh = [key for key in found.seen if key not in found.standing]
    gone = found.standing.keys() if found.looked is None else found.standing.keys() & found.looked
    healed = [key for key in gone if key not in found.seen]
    _heal(session, check, found, healed)
    _see_again(session, check, found, run_id)
    _put(session, check, found, fresh, run_id, anew=True)
    again = [key for key in found.seen if key in found.standing]
    told = [key for key in again if key in found.explanations or found.standing[key].record_version != found.seen[key]]
    _unblock(session, check, [key for key in told if found.standing[key].record_version != found.seen[key]])
    _put(session, check, found, told, run_id, anew=False)
    looks.note(session, check.id, found, run_id)
    return Counter(found=len(found.seen), new=len(fresh), healed=len(healed), disagreeing=len(found.disagreeing))


def _mine(check: Check, keys: Sequence[str]) -> Any:
    return update(table(Finding)).where(Finding.check_id == check.id, among(table(Finding).c.record_id, keys))


def _heal(session: Unit, check: Check, found: Detection, keys: Sequence[str]) -> None:
    values = {"state": HEALED, "resolved_at": found.at, "sightings": 0, "detail": None, "begun": None}
    values["last_seen"] = Finding.last_seen
    for portion in portions(keys, ROWS):
        session.connection().execute(_mine(check, portion).values(**values))


def _unblock(session: Unit, check: Check, keys: Sequence[str]) -> None:
    """What could not be repaired gets another chance once its record has changed."""
    for portion in portions(keys, ROWS):
        blocked = _mine(check, portion).where(Finding.state == BLOCKED)
        session.connection().execute(blocked.values(state=OPEN, detail=None))


def _see_again(session: Unit, check: Check, found: Detection, run_id: str) -> None:
    """A look at changes counts for nothing but the time. What stands after a full look was seen by it, unwritten."""
    again = [] if found.looked is None else [key for key in found.seen if key in found.standing]
    for portion in portions(again, ROWS):
        session.connection().execute(_mine(check, portion).values(last_seen=found.at, last_run_id=run_id))


def _put(session: Unit, check: Check, found: Detection, keys: Sequence[str], run_id: str, *, anew: bool) -> None:
    """Findings that begin (`anew`), or whose version and explanation are to be brought up to date."""
    times = {"first_seen": found.at, "last_seen": found.at}
    common = {"check_id": check.id, "resource": check.resource, "state": OPEN, "last_run_id": run_id, **times}
    common |= {"sightings": 1 if found.looked is None else 0, "begun": found.last.fulls if found.last else 0}
    findings = table(Finding)
    put = INSERT[session.connection().dialect.name]
    for portion in portions(keys, ROWS):
        rows = [(new_id(), key, found.seen[key], found.explanations.get(key)) for key in portion]
        given = [literal(value, findings.c[name].type) for name, value in common.items()]
        statement: Any = put(findings).from_select([*TOLD, *common], _rows(session, rows).add_columns(*given))
        new = statement.excluded
        why = func.coalesce(new.explanation, Finding.explanation)
        brought = {"record_version": new.record_version, "explanation": why}
        if anew:
            brought = {name: new[name] for name in (*TOLD[2:], *common)} | {"resolved_at": None, "detail": None}
        same = [findings.c.check_id, findings.c.record_id]
        session.connection().execute(statement.on_conflict_do_update(index_elements=same, set_=brought))


def _rows(session: Unit, rows: Sequence[tuple[Any, ...]]) -> Any:
    """SELECT over rows given as one parameter."""
    given = literal(encoded(rows), Text)
    if session.connection().dialect.name == "sqlite":
        row = func.json_each(given).table_valued("value").c.value
        parts: list[Any] = [func.json_extract(row, f"$[{index}]") for index in range(4)]
    else:
        row = func.jsonb_array_elements(cast(given, JSONB)).table_valued("value").c.value
        parts = [row.op("->>")(index) for index in range(4)]
        parts[2] = cast(parts[2], Integer)
    return select(*parts).where(true())  # the WHERE keeps SQLite from reading ON CONFLICT as a join's ON
