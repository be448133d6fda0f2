"""/api/admin/R/ID/history, /diff and /revert of every resource, and a record as it stood at a time."""

from typing import Any

from flask import Response, request
from marshmallow import Schema, fields, validate

from ..changes import history
from ..errors import Invalid
from ..integrity.shapes import Shape, maybe, paged, text
from ..models import Record
from ..models.change import ACTIONS
from ..models.wire import dump
from ..records import listing, reverting, schema
from ..records.schema import Whole, moment
from . import guard
from .conditional import answer, answer_of, wanted_versions
from .integrity import PAGING, asked, only, page_of
from .resource import CHANGED, CONDITION, ETAG, Door, Written, refusals

LARGEST = 2**31 - 1
AS_OF = {
    "in": "query", "name": "asOf", "schema": {"type": "string", "format": "date-time"},
    "description": "The record as it stood at this time",
}  # fmt: skip
VERSIONS = [
    {"in": "query", "name": name, "required": True, "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST}}
    for name in ("from", "to")
]
NOT_KEPT = "What it was then is no longer kept (DIGISENCE_HISTORY_DAYS)"


class FieldChange(Shape):
    """A field, with what it held before and what after; null for what was not there."""

    field = text(metadata={"example": "name"})
    before = fields.Raw(required=True, allow_none=True)
    after = fields.Raw(required=True, allow_none=True)


class RecordVersion(Shape):
    """One change of a record: who, when, from where, and what it changed. `compacted`: what it held is not kept."""

    changeId = fields.Integer(required=True)
    version = fields.Integer(required=True)
    baseVersion = fields.Integer(required=True, allow_none=True)
    action = text(validate=validate.OneOf(ACTIONS), metadata={"example": "updated"})
    at = schema.Moment(required=True)
    actor = text(metadata={"example": "user:01938c1e-7a4b-7c3e-9f00-3a5b7c9d1e2f"})
    address = maybe(fields.String)
    requestId = maybe(fields.String)
    mutationId = maybe(fields.String)
    changes = fields.List(fields.Nested(FieldChange), required=True)
    secrets = fields.List(fields.String(), required=True, metadata={"description": "Secrets that changed, by name"})
    compacted = fields.Boolean(required=True)


class RecordDiff(Shape):
    """What differs between two versions of a record."""

    fromVersion = fields.Integer(required=True)
    toVersion = fields.Integer(required=True)
    changes = fields.List(fields.Nested(FieldChange), required=True)
    secrets = fields.List(
        fields.String(), required=True, metadata={"description": "Secrets that changed in between, by name"}
    )


class Reversion(Shape):
    """Which version to go back to."""

    version = Whole(required=True, validate=validate.Range(min=1), metadata={"example": 1})


RecordHistory = paged(RecordVersion, "RecordHistory")


def add(door: Door, model: type[Record], shapes: schema.Shapes, written: Written) -> None:
    """Give a resource's records their history."""
    _add_history(door, model)
    _add_diff(door, model)
    _add_revert(door, model, shapes, written)


def stood(model: type[Record], record_id: str) -> Response | None:
    """The reply to a read that asks how the record stood; None when it does not ask. Refuses other parameters."""
    only("asOf")
    if "asOf" not in request.args:
        return None
    try:
        at = moment(request.args["asOf"])
    except ValueError as error:
        raise Invalid({"asOf": str(error)}, "Some parameters are not valid.") from error
    with listing.snapshot() as session:
        state = history.as_of(session, model, record_id, at)
    return answer_of(state)


def _add_history(door: Door, model: type[Record]) -> None:
    @door.route("/<record_id>/history", endpoint="history")
    @guard.superadmin
    @guard.parameters
    @door.doc(parameters=PAGING, summary="Every version, the newest first, also of a record that has gone")
    @door.response(200, RecordHistory)
    @refusals(door, {404: "There never was such a record", 422: CHANGED[422]})
    def versions(record_id: str) -> Response:
        number, limit, _ = asked()
        with listing.snapshot() as session:
            found = history.page(session, model, record_id, number, limit)
        return page_of(*found, number, limit, lambda told: told)


def _add_diff(door: Door, model: type[Record]) -> None:
    @door.route("/<record_id>/diff", endpoint="diff")
    @guard.superadmin
    @guard.parameters
    @door.doc(parameters=VERSIONS, summary="What differs between two versions")
    @door.response(200, RecordDiff)
    @refusals(door, {404: "There never was such a record", 410: NOT_KEPT, 422: CHANGED[422]})
    def diff(record_id: str) -> Response:
        first, last = _versions()
        with listing.snapshot() as session:
            history.page(session, model, record_id, 1, 1)  # NotFound
            states = {number: history.at_version(session, model, record_id, number) for number in (first, last)}
            secrets = history.secrets_between(session, model, record_id, first, last)
        wrong = {
            name: f"there is no version {number} of this record"
            for name, number in (("from", first), ("to", last))
            if states[number] is None
        }
        if wrong:
            raise Invalid(wrong, "Some parameters are not valid.")
        told = history.changes(states[first], states[last])
        return answer_of({"fromVersion": first, "toVersion": last, "changes": told, "secrets": secrets})


def _versions() -> tuple[int, int]:
    chosen = only("from", "to")
    found = {name: int(word) for name, word in chosen.items() if word.isascii() and word.isdigit() and len(word) < 11}
    wrong = {
        name: f"must be a whole number from 1 to {LARGEST}"
        for name in ("from", "to")
        if not 1 <= found.get(name, 0) <= LARGEST
    }
    if wrong:
        raise Invalid(wrong, "Some parameters are not valid.")
    return found["from"], found["to"]


def _add_revert(door: Door, model: type[Record], shapes: schema.Shapes, written: Written) -> None:
    refused = {
        404: "There never was such a record", 412: "Changed meanwhile; `current` is the record as it is",
        409: "In the way: it has gone, that version is no longer kept, a value that is taken, a guard",
        422: CHANGED[422],
    }  # fmt: skip

    @door.route("/<record_id>/revert", endpoint="revert", methods=["POST"])
    @guard.superadmin
    @door.doc(summary="Back to an earlier version, as a new change", parameters=[CONDITION])
    @door.arguments(Reversion)
    @door.response(200, shapes.record, headers=ETAG)
    @refusals(door, refused)
    def revert(wanted: dict[str, Any], record_id: str) -> Response:
        patch: Schema = shapes.patch()
        record, values = reverting.revert(
            model, record_id, wanted["version"], guard.context(), patch, wanted_versions(),
            lambda unit, values: written.within(unit, record_id, values),
        )  # fmt: skip
        written.after(record_id, values)
        return answer(dump(model, record), str(record.version))
