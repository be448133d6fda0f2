"""Verdicts carried out, within the caller's unit of work: rows in and changed by the batch, what is refused named."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.exc import DataError, IntegrityError

from ...changes.context import Unit
from ...errors import Problem
from ...models import ImportedRow, ImportFault, Record
from ...models.wire import by_name
from .. import bulk, circles, violations
from ..tables import table
from .verdict import CREATED, REFUSED, UPDATED, Verdict

Values = Mapping[str, Any]


def carry_out(session: Unit, model: type[Record], found: Sequence[Verdict]) -> None:
    """Write what was judged. What the database refuses all the same is halved until the one row is found."""
    writing = [one for one in found if one.kind in (CREATED, UPDATED)]
    if writing and session.connection().dialect.name == "sqlite" and circles.own(model):
        session.execute(text("PRAGMA defer_foreign_keys = ON"))  # rows of a batch may name one another
    refused: dict[str, Verdict] = {}
    while writing:
        with session.begin_nested() as savepoint:
            _attempt(session, model, writing, refused)
            hanging = [one for one in writing if one.kind != REFUSED and _falls(model, one, refused)]
            if hanging:  # written before the one that it names was refused
                savepoint.rollback()
        writing = [one for one in writing if one.kind != REFUSED] if hanging else []


def _attempt(session: Unit, model: type[Record], writing: Sequence[Verdict], refused: dict[str, Verdict]) -> None:
    writing = [one for one in writing if not _falls(model, one, refused)]
    if not writing:
        return
    try:
        with session.begin_nested():
            _write(session, model, writing)
    except (IntegrityError, DataError) as error:
        if len(writing) == 1:
            if writing[0].kind == CREATED:
                refused[str(writing[0].record_id)] = writing[0]
            _refuse(writing[0], error, model)
            return
        middle = len(writing) // 2
        _attempt(session, model, writing[:middle], refused)
        _attempt(session, model, writing[middle:], refused)


def _falls(model: type[Record], one: Verdict, refused: dict[str, Verdict]) -> bool:
    """Refuse what would stand under a new record that is `refused`."""
    for field in circles.own(model):
        above = refused.get(one.values.get(field.name) or "")
        if above is not None and above is not one:
            if one.kind == CREATED:
                refused[str(one.record_id)] = one
            one.refuse({field.name: one.entry.left_by(above.entry.place)})
            return True
    return False


def _refuse(one: Verdict, error: IntegrityError | DataError, model: type[Record]) -> None:
    if isinstance(error, DataError):
        one.refuse({"row": f"the database refused it: {str(error.orig).partition(chr(10))[0]}"})
        return
    problem: Problem = violations.explain(error, model)
    one.refuse(problem.fields or {"row": problem.detail}, problem.code)


def _write(session: Unit, model: type[Record], writing: Sequence[Verdict]) -> None:
    made = [one for one in writing if one.kind == CREATED]
    bulk.insert(session, table(model), [_by_column(model, one.values) for one in made])
    _begun(session, model, [one for one in made if one.entry.id])
    update(session, model, {str(one.record_id): one.values for one in writing if one.kind == UPDATED})


def _begun(session: Unit, model: type[Record], made: Sequence[Verdict]) -> None:
    """Learn the version that each begins with: above those of an earlier record of its id."""
    key = table(model).c
    ids = [str(one.record_id) for one in made]
    rows = session.execute(select(key.id, key.version).where(bulk.among(key.id, ids))) if ids else ()
    versions = {record_id: version for record_id, version in rows}  # noqa: C416 rows are no pairs
    for one in made:
        one.version = versions[one.record_id]


def update(session: Unit, model: type[Record], changed: Mapping[str, Values]) -> None:
    """Within a unit of work: write `changed` (id → values by outer name), one statement for those of the same names."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for record_id, values in changed.items():
        row = _by_column(model, values)
        groups[tuple(sorted(row))].append({**row, "id": record_id})
    for names, rows in groups.items():
        bulk.update(session, table(model), names, rows)


def _by_column(model: type[Record], values: Values) -> dict[str, Any]:
    return {column.column.name: values[name] for name, column in by_name(model).items() if name in values}


def note(session: Unit, import_id: str, found: Sequence[Verdict]) -> None:
    """Write down what was written, so that it can be undone, and what was refused."""
    written = [one for one in found if one.kind in (CREATED, UPDATED)]
    bulk.insert(session, table(ImportedRow), [_written(import_id, one) for one in written])
    faults(session, import_id, found)


def faults(session: Unit, import_id: str, found: Sequence[Verdict]) -> None:
    """Write down what was refused."""
    bulk.insert(session, table(ImportFault), [_fault(import_id, one) for one in found if one.kind == REFUSED])


def _written(import_id: str, one: Verdict) -> dict[str, Any]:
    return {
        "import_id": import_id, "number": one.entry.row.number, "line": one.entry.row.line, "settled": False,
        "record_id": one.record_id, "action": one.kind, "version": one.version, "before": one.before or None,
    }  # fmt: skip


def _fault(import_id: str, one: Verdict) -> dict[str, Any]:
    errors = [{"field": name, "message": told} for name, told in one.faults.items()]
    return {
        "import_id": import_id, "undo": False, "number": one.entry.row.number, "line": one.entry.row.line,
        "record_id": one.record_id, "code": one.code, "errors": errors,
    }  # fmt: skip
