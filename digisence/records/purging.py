"""Forgetting for good what has waited in quarantine for long: few at a time, each told as a Change, by hand only."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, insert, select

from ..changes import Context, unit_of_work
from ..changes.context import Unit
from ..clock import to_wire, utcnow
from ..config import settings
from ..extensions.db import db
from ..models import Change, Outbox, QuarantineEntry
from ..models.change import PURGED
from .bulk import among
from .tables import portions, table

LEAST_DAYS = 30  # whatever the setting says
MOST = 500  # entries a call


def days() -> int:
    """How long an entry waits before it may be purged."""
    return max(LEAST_DAYS, settings().quarantine_days)


def due(limit: int = MOST, resource: str | None = None) -> tuple[list[dict[str, Any]], int]:
    """The entries that may be purged now, the oldest first, at most `limit` and MOST; and how many there are in all.

    Only what was never brought back: `{"id","resource","recordId","placedAt","reason","children"}`, the last a number.
    """
    held = table(QuarantineEntry).c
    chosen = _due(select(held.id, held.resource, held.record_id, held.placed_at, held.reason, held.children), resource)
    oldest = chosen.order_by(held.placed_at, held.id).limit(min(limit, MOST))
    with db.engine.connect() as connection:
        found = [
            {
                "id": row.id,
                "resource": row.resource,
                "recordId": row.record_id,
                "placedAt": to_wire(row.placed_at),
                "reason": row.reason,
                "children": len(row.children),
            }
            for row in connection.execute(oldest)
        ]
        return found, connection.scalar(_due(select(func.count()).select_from(table(QuarantineEntry)), resource)) or 0


def _due(query: Select[Any], resource: str | None = None) -> Select[Any]:
    held = table(QuarantineEntry).c
    chosen = query.where(held.restored_at.is_(None), held.placed_at <= _limit())
    return chosen if resource is None else chosen.where(held.resource == resource)


def _limit() -> datetime:
    return utcnow() - timedelta(days=days())


def purge(entry_ids: Sequence[str], context: Context) -> list[str]:
    """Forget these entries; returns those that are gone. What is not due, or was brought back meanwhile, stays.

    Each record that an entry held has its Change `purged`, in the same transaction. ValueError for more than MOST.
    """
    if len(entry_ids) > MOST:
        raise ValueError(f"at most {MOST} entries at a time")
    gone: list[str] = []
    for portion in portions(list(entry_ids)):
        with unit_of_work(context) as session:
            gone += _purge(session, portion, context)
    return gone


def _purge(session: Unit, entry_ids: Sequence[str], context: Context) -> list[str]:
    held = table(QuarantineEntry)
    chosen = _due(select(held)).where(among(held.c.id, entry_ids)).order_by(held.c.id).with_for_update()
    entries = session.execute(chosen).all()
    _tell(session, entries, context)
    session.execute(delete(held).where(among(held.c.id, [entry.id for entry in entries])))
    return [entry.id for entry in entries]


def _tell(session: Unit, entries: Sequence[Any], context: Context) -> None:
    connection = session.connection()
    sqlite = connection.dialect.name == "sqlite"
    for entry in entries:
        root = {"resource": entry.resource, "recordId": entry.record_id, "snapshot": entry.snapshot}
        for item in [root, *entry.children]:
            version = int(item["snapshot"].get("version") or 0) + 1  # as its `quarantined` left it
            told = insert(table(Change)).values(
                resource=item["resource"], record_id=item["recordId"], action=PURGED, version=version + 1,
                base_version=version, actor=context.actor, request_id=context.request_id,
                address=context.address, committed_at=utcnow(),
            )  # fmt: skip
            born = connection.execute(told.returning(table(Change).c.id)).scalar_one()
            if not sqlite:  # a trigger's work there
                connection.execute(insert(table(Outbox)).values(change_id=born))
