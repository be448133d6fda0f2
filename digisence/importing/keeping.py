"""Documents without a place, kept verbatim with the reason."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Table, func, insert, select

from ..changes.context import Unit
from ..models import LegacyDocument
from .shape import Candidate


def keep(session: Unit, candidates: Sequence[Candidate], dry_run: bool) -> tuple[list[Candidate], list[Candidate]]:
    """Keep the documents of `candidates`; returns those kept now and those that were kept before.

    A document whose id is in use for another one is kept under `id#fingerprint`.
    """
    there = _kept(session, candidates)
    fresh, known, rows = [], [], []
    for candidate in candidates:
        document = storable(candidate.document)
        plain, marked = (candidate.collection, candidate.id), (candidate.collection, _marked(candidate))
        if there.get(plain) == document or marked in there:
            known.append(candidate)
            continue
        key = marked if plain in there else plain
        there[key] = document
        fresh.append(candidate)
        reason = "; ".join(candidate.reasons).replace("\0", "")
        rows.append({"collection": key[0], "id": key[1], "document": document, "reason": reason})
    if rows and not dry_run:
        session.execute(insert(LegacyDocument), rows)
    return fresh, known


def _kept(session: Unit, candidates: Sequence[Candidate]) -> dict[tuple[str, str], Any]:
    ids = [name for candidate in candidates for name in (candidate.id, _marked(candidate))]
    if not ids:
        return {}
    table = LegacyDocument.__table__
    assert isinstance(table, Table)  # noqa: S101
    collections = {candidate.collection for candidate in candidates}
    rows = session.execute(
        select(table.c.collection, table.c.id, table.c.document).where(
            table.c.collection.in_(collections), table.c.id.in_(ids)
        )
    )
    return {(collection, record_id): document for collection, record_id, document in rows}


def _marked(candidate: Candidate) -> str:
    return f"{candidate.id}#{candidate.fingerprint()}"


def storable(document: dict[str, Any]) -> dict[str, Any]:
    """`document`, or `{"$raw": its text}` where it holds a NUL character, which PostgreSQL's JSON cannot."""
    text = orjson.dumps(document)
    return {"$raw": text.decode()} if b"\\u0000" in text else document


def leftovers(session: Unit, collection: str | None = None, limit: int = 100) -> tuple[int, Sequence[LegacyDocument]]:
    """How many documents are kept (of one collection, or of all), and the first `limit` of them."""
    chosen = [LegacyDocument.collection == collection] if collection else []
    total = session.scalar(select(func.count()).select_from(LegacyDocument).where(*chosen)) or 0
    ordered = select(LegacyDocument).where(*chosen).order_by(LegacyDocument.collection, LegacyDocument.id)
    return total, session.scalars(ordered.limit(limit)).all()
