"""Documents that found no place once are tried again: since then, what was in the way may have gone."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import delete, select

from ..changes import unit_of_work
from ..extensions.db import db
from ..models import LegacyDocument, Record
from .filling import fill_references
from .order import BATCH, in_turn
from .placing import IMPORTER, Placer, table_of, unique
from .report import Report
from .shape import COLLECTIONS, Candidate, shape


def place_again() -> Report:
    """Try to place every document that is kept; one that is placed whole is kept no longer.

    Of one whose record is there, only what found no column stays kept. What a superadmin removed stays away.
    """
    started = time.monotonic()
    report = Report(dry_run=False)
    placer = Placer(report)
    for collection, model in COLLECTIONS.items():
        waiting = _waiting(collection, model)
        report.tally(collection).read = len(waiting)
        for batch in _batches(collection, [*waiting.values()]):
            placer.place(model, batch, together=collection == "categories")
        _let_go(collection, model, waiting)
    report.filled = fill_references(IMPORTER)
    db.session.rollback()
    report.seconds = time.monotonic() - started
    return report


def _waiting(collection: str, model: type[Record]) -> dict[str, Candidate]:
    """Kept documents whose record is not there, by what they are kept under; of two with one _id, the first."""
    kept = select(LegacyDocument.id, LegacyDocument.document).where(LegacyDocument.collection == collection)
    rows = db.session.execute(kept.order_by(LegacyDocument.id)).all()
    found = {name: shape(collection, _whole(document)) for name, document in rows}
    there = {row_id for row_id, *_ in _rows(model, found.values())}
    db.session.rollback()
    first: dict[str, str] = {}
    for name, candidate in found.items():
        first.setdefault(candidate.id, name)
    return {name: found[name] for record_id, name in first.items() if record_id not in there}


def _whole(document: dict[str, object]) -> dict[str, object]:
    return dict(orjson.loads(str(document["$raw"]))) if set(document) == {"$raw"} else document


def _rows(model: type[Record], candidates: Iterable[Candidate]) -> list[tuple[Any, ...]]:
    """The ids of those that are there, each with what no two may share."""
    source, ids = table_of(model), sorted({candidate.id for candidate in candidates})
    shown = (source.c.id, *unique(source))
    found: list[tuple[Any, ...]] = []
    for start in range(0, len(ids), BATCH):
        query = select(*shown).where(source.c.id.in_(ids[start : start + BATCH]))
        found += [tuple(row) for row in db.session.execute(query)]
    return found


def _batches(collection: str, candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    if collection == "categories":
        return in_turn(candidates)
    return [list(candidates[start : start + BATCH]) for start in range(0, len(candidates), BATCH)]


def _let_go(collection: str, model: type[Record], waiting: Mapping[str, Candidate]) -> None:
    """Forget the documents of which everything is in its columns now."""
    names = [column.name for column in unique(table_of(model))]
    placed = {row[0]: row[1:] for row in _rows(model, waiting.values())}
    for name, candidate in waiting.items():
        as_said = tuple(candidate.value(column) for column in names) == placed.get(candidate.id)
        if as_said and not candidate.reasons:
            with unit_of_work(IMPORTER, patience=0) as session:
                mine = (LegacyDocument.collection == collection, LegacyDocument.id == name)
                session.execute(delete(LegacyDocument).where(*mine))
