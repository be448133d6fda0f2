"""The quarantine as its readers see it: a filtered list of entries, and the form of one."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import ColumnElement, func, select

from ..clock import to_wire
from ..models import RECORDS, QuarantineEntry
from ..models.quarantine_entry import BY_CHECK, MANUAL
from .listing import Page, snapshot
from .query import Arguments, filtered

FILTERS: Mapping[str, Any] = {
    "resource": QuarantineEntry.resource,
    "recordId": QuarantineEntry.record_id,
    "check": QuarantineEntry.check_id,
    "runId": QuarantineEntry.run_id,
    "bulkId": QuarantineEntry.bulk_id,
    "kind": QuarantineEntry.kind,
}
STATES: Mapping[str, tuple[ColumnElement[bool], ...]] = {
    "open": (QuarantineEntry.restored_at.is_(None),),
    "restored": (QuarantineEntry.restored_at.is_not(None),),
    "all": (),
}
CHOICES: Mapping[str, Sequence[str]] = {"resource": tuple(RECORDS), "kind": (MANUAL, BY_CHECK), "state": tuple(STATES)}


class QuarantineRecord(Schema):
    """A record that an entry holds, in its public form."""

    class Meta:
        register = False

    resource = fields.String(required=True, metadata={"example": "businesses"})
    recordId = fields.String(required=True)
    snapshot = fields.Dict(required=True, metadata={"description": "The record's public form"})


class QuarantineReference(Schema):
    """A reference that was set null for an entry."""

    class Meta:
        register = False

    resource = fields.String(required=True, metadata={"example": "registration-inquiries"})
    recordId = fields.String(required=True)
    field = fields.String(required=True, metadata={"example": "reviewedBy"})
    value = fields.String(required=True, metadata={"description": "The id it had"})


class QuarantineItem(QuarantineRecord):
    """A record set aside, with what went along and what brings it back."""

    class Meta:
        register = False

    id = fields.String(required=True)
    kind = fields.String(required=True, metadata={"enum": [MANUAL, BY_CHECK], "example": MANUAL})
    reason = fields.String(required=True, metadata={"example": "Deleted by hand"})
    check = fields.String(required=True, allow_none=True)
    runId = fields.String(required=True, allow_none=True)
    bulkId = fields.String(required=True, allow_none=True, metadata={"description": "The bulk action that deleted it"})
    placedAt = fields.DateTime(required=True)
    placedBy = fields.String(required=True, metadata={"example": "user:01938c1e-7a4b-7c3e-9f00-3a5b7c9d1e2f"})
    restoredAt = fields.DateTime(required=True, allow_none=True)
    restoredBy = fields.String(required=True, allow_none=True)
    children = fields.List(fields.Nested(QuarantineRecord), required=True)
    emptied = fields.List(fields.Nested(QuarantineReference), required=True)


def page(arguments: Arguments) -> Page:
    """One page of the entries, newest first. Invalid names each parameter at fault.

    Parameters: page, limit, resource, recordId, check, runId, bulkId, kind, and state: `open` (the default),
    `restored`, `all`.
    """
    number, limit, chosen = filtered(arguments, [*FILTERS, "state"], CHOICES)
    where = [
        *STATES[chosen.pop("state") or "open"],
        *(FILTERS[name] == value for name, value in chosen.items() if value),
    ]
    with snapshot() as session:
        total = session.execute(select(func.count()).select_from(QuarantineEntry).where(*where)).scalar_one()
        newest = (
            select(QuarantineEntry).where(*where).order_by(QuarantineEntry.placed_at.desc(), QuarantineEntry.id.desc())
        )
        found = session.execute(newest.limit(limit).offset((number - 1) * limit)).scalars()
        return Page([dump(entry) for entry in found], number, limit, total)


def dump(entry: QuarantineEntry) -> dict[str, Any]:
    """The public form of an entry: without its secrets."""
    return {
        "id": entry.id,
        "resource": entry.resource,
        "recordId": entry.record_id,
        "kind": entry.kind,
        "reason": entry.reason,
        "check": entry.check_id,
        "runId": entry.run_id,
        "bulkId": entry.bulk_id,
        "placedAt": to_wire(entry.placed_at),
        "placedBy": entry.placed_by,
        "restoredAt": entry.restored_at and to_wire(entry.restored_at),
        "restoredBy": entry.restored_by,
        "snapshot": entry.snapshot,
        "children": entry.children,
        "emptied": entry.emptied,
    }
