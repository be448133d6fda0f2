"""Forgetting for good what has waited in quarantine for long: few at a time, each told as a Change, by hand only.

What the record's own changes held goes at once, too, and what bulk actions and imports kept to put it back. That there
was such a record, who did what to it, and the seals stay.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, insert, null, select, update

from ..changes import Context, compaction, unit_of_work
from ..changes.context import Unit
from ..clock import to_wire, utcnow
from ..config import settings
from ..extensions.db import db
from ..models import BulkAction, BulkItem, Change, Import, ImportedRow, Outbox, QuarantineEntry
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


@dataclass
class Purge:
    """The entries that are `gone`; how many changes gave up what they `held`, how many could not and are `kept`."""

    gone: list[str] = field(default_factory=list)
    held: int = 0
    kept: int = 0


def purge(entry_ids: Sequence[str], context: Context) -> Purge:
    """Forget these entries. What is not due, or was brought back meanwhile, stays.

    Each record that an entry held has its Change `purged`, and its earlier ones keep no more than digests of before
    and after, in the same transaction. ValueError for more than MOST.
    """
    if len(entry_ids) > MOST:
        raise ValueError(f"at most {MOST} entries at a time")
    done = Purge()
    for portion in portions(list(entry_ids)):
        with unit_of_work(context) as session:
            _purge(session, portion, context, done)
    return done


def _purge(session: Unit, entry_ids: Sequence[str], context: Context, done: Purge) -> None:
    held = table(QuarantineEntry)
    chosen = _due(select(held)).where(among(held.c.id, entry_ids)).order_by(held.c.id).with_for_update()
    entries = session.execute(chosen).all()
    for resource, records in _tell(session, entries, context).items():
        for portion in portions(list(records.items())):
            found = compaction.forget(session, resource, dict(portion))
            done.held += found.compacted
            done.kept += found.older + found.broken + found.unsealed
        _forget_befores(session, resource, list(records))
    session.execute(delete(held).where(among(held.c.id, [entry.id for entry in entries])))
    done.gone += [entry.id for entry in entries]


def _forget_befores(session: Unit, resource: str, ids: Sequence[str]) -> None:
    """Empty what bulk actions and imports noted in order to put these records back."""
    for row, key, owner in ((BulkItem, BulkItem.bulk_id, BulkAction), (ImportedRow, ImportedRow.import_id, Import)):
        theirs = select(owner.id).where(owner.resource == resource)
        kept = (key.in_(theirs), among(row.record_id, ids), row.before.is_not(None))
        emptied = update(row).where(*kept).values(before=null())
        session.execute(emptied.execution_options(synchronize_session=False))


def _tell(session: Unit, entries: Sequence[Any], context: Context) -> Mapping[str, dict[str, int]]:
    """A Change `purged` for each record; by resource and id: the version that each was set aside at."""
    connection = session.connection()
    sqlite = connection.dialect.name == "sqlite"
    told_of: dict[str, dict[str, int]] = defaultdict(dict)
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
            told_of[item["resource"]][item["recordId"]] = version
    return told_of
