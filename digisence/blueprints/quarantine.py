"""/api/admin/quarantine: what was set aside, and the way back."""

from typing import Any

from flask import Response, jsonify, request
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from ..integrity.findings import refuse_unknown
from ..records import entries, quarantine, schema
from . import guard
from .conditional import answer_of
from .integrity import PAGING, WRONG, only
from .resource import Door, refusals

blp = Door(
    "quarantine", __name__, url_prefix="/api/admin/quarantine", description="What was set aside, and the way back"
)


class QuarantineList(Schema):
    """One page of the quarantine."""

    items = fields.List(fields.Nested(entries.QuarantineItem), required=True)
    page = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    total = fields.Integer(required=True)


class Restoration(Schema):
    """How to restore."""

    emptyMissing = schema.Flag(
        load_default=False,
        metadata={"description": "Bring back without references to records that are gone for good", "example": True},
    )


class RunRestoration(Schema):
    """Whose entries to restore: one of the two."""

    runId = fields.String(
        validate=[schema.plain, validate.Length(min=1, max=200)], metadata={"example": schema.EXAMPLES["id"]}
    )
    bulkId = fields.String(validate=[schema.plain, validate.Length(min=1, max=200)])

    @validates_schema
    def _one(self, data: Any, **_options: Any) -> None:
        if len(data) != 1:
            raise ValidationError("Name a run with runId, or a bulk action with bulkId, not both.", "runId")


class RestorationResults(Schema):
    """What came of each entry."""

    done = fields.List(fields.String(), required=True, metadata={"description": "Ids of the entries restored"})
    failed = fields.List(
        fields.Dict(), required=True, metadata={"example": [{"id": "…", "code": "taken", "detail": "…"}]}
    )


PARAMETERS = [
    *PAGING,
    *(
        {
            "in": "query",
            "name": name,
            "schema": {"type": "string"}
            | ({"enum": [*entries.CHOICES[name]]} if name in entries.CHOICES else {"minLength": 1}),
        }
        for name in [*entries.FILTERS, "state"]
    ),
]


@blp.route("")
@guard.superadmin
@blp.doc(parameters=PARAMETERS)
@blp.response(200, QuarantineList)
@refusals(blp, WRONG)
def index() -> Response:
    """The entries, newest first; open ones unless `state` says otherwise."""
    found = entries.page(request.args.to_dict(flat=False))
    if (check_id := request.args.get("check")) and not found.total:
        refuse_unknown(check_id)
    return answer_of(vars(found))


@blp.route("/<entry_id>")
@guard.superadmin
@blp.response(200, entries.QuarantineItem)
@refusals(blp, {404: "No such entry", **WRONG})
def read(entry_id: str) -> Response:
    """One entry with what it holds."""
    only()
    return answer_of(entries.dump(quarantine.read(entry_id)))


@blp.route("/<entry_id>/restore", methods=["POST"])
@guard.superadmin
@blp.arguments(Restoration, required=False)
@blp.response(200, entries.QuarantineItem)
@refusals(blp, {404: "No such entry", 409: "Something is in the way; the detail says what to do", **WRONG})
def restore(options: dict[str, Any], entry_id: str) -> Response:
    """Bring a record and all that went along back, identical."""
    quarantine.restore(entry_id, guard.context(), empty_missing=options["emptyMissing"])
    return jsonify(entries.dump(quarantine.read(entry_id)))


@blp.route("/restore", methods=["POST"])
@guard.superadmin
@blp.arguments(RunRestoration)
@blp.response(200, RestorationResults)
@refusals(blp, {404: "It put nothing into quarantine", **WRONG})
def restore_run(options: dict[str, Any]) -> Response:
    """Bring back all that one run set aside or one bulk action deleted; what cannot come back is named, and why."""
    if "bulkId" in options:
        return jsonify(quarantine.restore_bulk(options["bulkId"], guard.context()))
    return jsonify(quarantine.restore_run(options["runId"], guard.context()))
