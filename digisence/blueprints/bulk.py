"""POST /api/admin/R/bulk: one action on many records; /api/admin/bulk-actions: what became of it, and its undo."""

from typing import Any

from flask import Response, jsonify
from marshmallow import fields, validate
from sqlalchemy.exc import InterfaceError, OperationalError

from ..accounts.leaving import sign_out
from ..errors import Invalid, Problem
from ..integrity.shapes import Shape, maybe, paged, text
from ..models import Record
from ..models.bulk_action import BULK_ACTIONS, BULK_STATES, ITEM_STATES
from ..records import actions, bulk_told, carrying, ledger
from ..records.schema import Whole, plain
from . import guard
from .conditional import answer_of
from .integrity import PAGING, WRONG, accepted, asked, bodiless, page_of
from .resource import Door, refusals

MOST_IDS = 100_000
AWAY = {503: "Redis or the database is away; GET the bulk action to see how it stands"}
IDENTITY: list[Any] = [plain, validate.Length(min=1, max=actions.LONGEST_ID)]

blp = Door(
    "bulk-actions", __name__, url_prefix="/api/admin/bulk-actions", description="What was done to many records at once"
)


class BulkRequest(Shape):
    """One action on the records of `ids`, or on all that `filter` finds."""

    action = text(validate=validate.OneOf(BULK_ACTIONS), metadata={"example": "deactivate"})
    ids = fields.List(fields.String(validate=IDENTITY), validate=validate.Length(min=1, max=MOST_IDS))
    filter = fields.Dict(
        keys=fields.String(validate=plain),
        metadata={"description": "The parameters of the list, by name: text, number, true, false, null or a list"},
    )
    values = fields.Dict(keys=fields.String(validate=plain), metadata={"description": "What `set` writes, as a patch"})
    versions = fields.Dict(
        keys=fields.String(validate=plain),
        values=Whole(validate=validate.Range(min=1)),
        metadata={"description": "By id: the version you saw. A record at another one is refused (412's code)"},
    )


class BulkFailure(Shape):
    """A record that was refused, and why."""

    id = text()
    code = text(metadata={"example": "not-found"})
    detail = text()


class BulkResults(Shape):
    """What became of each record."""

    bulkId = text()
    done = fields.List(fields.String(), required=True)
    failed = fields.List(fields.Nested(BulkFailure), required=True)


class BulkQueued(Shape):
    """It is a job: GET the bulk action, or listen to the feed, to see how far it is."""

    bulkId = text()
    jobId = maybe(fields.String)


class BulkAction(Shape):
    """A bulk action and its numbers. `total` is null until its records are listed."""

    id = text()
    resource = text(metadata={"example": "businesses"})
    action = text(validate=validate.OneOf(BULK_ACTIONS))
    values = maybe(fields.Dict)
    filter = maybe(fields.Dict)
    state = text(validate=validate.OneOf(BULK_STATES), metadata={"example": "done"})
    total = maybe(fields.Integer)
    done = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    undone = fields.Integer(required=True)
    conflicts = fields.Integer(required=True)
    conflictsForGood = fields.Integer(required=True, metadata={"description": "Of these: changed since, or purged"})
    error = maybe(fields.String)
    jobId = maybe(fields.String)
    actor = text()
    createdAt = fields.DateTime(required=True)
    finishedAt = maybe(fields.DateTime)
    undoneBy = maybe(fields.String)
    undoneAt = maybe(fields.DateTime)
    keptUntil = maybe(fields.DateTime, metadata={"description": "Until then it can be undone"})
    forgottenAt = maybe(fields.DateTime)


class BulkRecord(Shape):
    """What became of one record, and of its undo."""

    recordId = text()
    state = text(validate=validate.OneOf(ITEM_STATES))
    code = maybe(fields.String)
    detail = maybe(fields.String)
    quarantineId = maybe(fields.String)
    undo = maybe(fields.String, metadata={"description": "`undone`, `conflict`, or null before an undo"})
    undoCode = maybe(fields.String)
    undoDetail = maybe(fields.String)


class BulkActionRecords(BulkAction):
    """A bulk action with one page of its records."""

    items = fields.List(fields.Nested(BulkRecord), required=True)
    page = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    matching = fields.Integer(required=True, metadata={"description": "Records that `result` leaves, on all pages"})


RESULT = {
    "in": "query", "name": "result", "schema": {"type": "string", "enum": [*bulk_told.RESULTS]},
    "description": "Only the records of which this became",
}  # fmt: skip


def add(door: Door, model: type[Record]) -> None:
    """The door for many records of `model` at once."""

    @door.route("/bulk", endpoint="bulk", methods=["POST"])
    @guard.superadmin
    @door.doc(summary=f"Activate, deactivate, delete or set many of the {model.__resource__}")
    @door.arguments(BulkRequest)
    @door.response(200, BulkResults)
    @door.alt_response(202, schema=BulkQueued, success=True, description="More than 500 records: a job")
    @refusals(door, {**WRONG, **AWAY})
    def bulk(body: dict[str, Any]) -> Response:
        bulk_id, few = ledger.open_(model, body, guard.context())
        return _answer(bulk_id, few, undo=False)


@blp.route("")
@guard.superadmin
@blp.doc(parameters=PAGING)
@blp.response(200, paged(BulkAction, "BulkActions"))
@refusals(blp, WRONG)
def index() -> Response:
    """Bulk actions, the newest first."""
    number, limit, _ = asked()
    found, total = bulk_told.page(number, limit)
    return page_of(found, total, number, limit, bulk_told.summary)


@blp.route("/<bulk_id>")
@guard.parameters
@guard.superadmin
@blp.doc(parameters=[*PAGING, RESULT])
@blp.response(200, BulkActionRecords)
@refusals(blp, {404: "No such bulk action", **WRONG})
def read(bulk_id: str) -> Response:
    """One bulk action: how far it is, and what became of its records, in the order in which they were named."""
    number, limit, chosen = asked("result")
    result = chosen.get("result")
    if result is not None and result not in bulk_told.RESULTS:
        raise Invalid({"result": f"must be one of {', '.join(bulk_told.RESULTS)}"})
    told = bulk_told.summary(ledger.read(bulk_id))
    found, total = bulk_told.items(bulk_id, number, limit, result)
    return answer_of({**told, "items": found, "page": number, "limit": limit, "matching": total})


@blp.route("/<bulk_id>/undo", methods=["POST"])
@guard.superadmin
@blp.response(200, BulkResults)
@blp.alt_response(202, schema=BulkQueued, success=True, description="More than 500 records: a job")
@refusals(blp, {404: "No such bulk action", 409: "It is under way, or too old", **WRONG, **AWAY})
def undo(bulk_id: str) -> Response:
    """Restore what it deleted and put back what it wrote where nobody wrote since; the others are told with reasons.

    Asked again, it tries again what stood in the way; what is undone stays so.
    """
    bodiless()
    left = ledger.ask_undo(bulk_id, guard.context())
    return _answer(bulk_id, left <= actions.AT_ONCE, undo=True)


def _answer(bulk_id: str, few: bool, *, undo: bool) -> Response:
    if not few:
        return accepted({"bulkId": bulk_id, "jobId": carrying.enqueue(bulk_id)})
    try:
        carried = carrying.carry_out(bulk_id, sign_out)
    except (OperationalError, InterfaceError) as error:
        told = "The database is busy or away; the worker goes on with it. GET the bulk action to see how it stands."
        raise Problem(503, "interrupted", told, headers={"Retry-After": "30"}, bulkId=bulk_id) from error
    if carried is None:  # a worker took it over from us, slow as we were
        return accepted({"bulkId": bulk_id, "jobId": ledger.read(bulk_id).job_id})
    return jsonify(bulk_told.results(bulk_id, undo=undo))
