"""/api/admin/audit: who did what, when and from where; to be searched, taken along, and proven."""

from dataclasses import asdict
from typing import Any

from flask import Response, stream_with_context
from marshmallow import fields, validate

from ..changes import audit, events, unit_of_work, verifying, writing
from ..clock import utcnow
from ..errors import Invalid
from ..extensions import db
from ..integrity.shapes import Shape, maybe, paged, text
from ..records.query import LONGEST_SEARCH
from ..records.schema import Moment, moment
from ..records.search import MOST_WORDS
from . import guard
from .conditional import answer_of
from .integrity import PAGING, WRONG, asked, only, page_of
from .resource import Door, refusals

blp = Door("audit", __name__, url_prefix="/api/admin/audit", description="Who did what, when and from where")

NAMES = {"actor": "actor", "resource": "resource", "recordId": "record_id", "action": "action", "search": "search"}
TIMES = {"from": "start", "to": "end"}
FILTERS = [
    *(
        {"in": "query", "name": name, "schema": {"type": "string"} | ({} if name == "search" else {"minLength": 1})}
        for name in NAMES
    ),
    *({"in": "query", "name": name, "schema": {"type": "string", "format": "date-time"}} for name in TIMES),
]
FILE = {
    "description": "All that the filters find",
    "content": {kind: {"schema": {"type": "string"}} for kind in writing.TYPES.values()},
}
STEP_SECONDS = 2.0  # of a verification, a request
AFTER = {
    "in": "query", "name": "after", "schema": {"type": "string", "pattern": f"^({verifying.PLACE.pattern})$"},
    "description": "The `next` of the step before; without it, from the first seal on",
}  # fmt: skip
FORMAT = {"in": "query", "name": "format", "schema": {"type": "string", "enum": [*writing.FORMATS], "default": "csv"}}


class AuditEntry(Shape):
    """Something that happened: a change of a record, with the names of its fields, or an event, with its `detail`."""

    id = fields.Integer(required=True)
    at = Moment(required=True)
    actor = text(metadata={"example": "user:01938c1e-7a4b-7c3e-9f00-3a5b7c9d1e2f"})
    address = maybe(fields.String)
    requestId = maybe(fields.String)
    mutationId = maybe(fields.String)
    action = text(metadata={"example": "signed-in"})
    resource = text(metadata={"example": "users"})
    recordId = maybe(fields.String)
    version = maybe(fields.Integer)
    fields_ = fields.List(fields.String(), required=True, data_key="fields")
    secrets = fields.List(fields.String(), required=True)
    detail = maybe(fields.Raw)
    compacted = fields.Boolean(required=True, metadata={"description": "What it held is no longer kept"})
    seal = maybe(fields.Integer, metadata={"description": "Its link in the chain; null while it waits for one"})


class AuditBreak(Shape):
    """The first link that does not hold."""

    kind = text(validate=validate.OneOf(verifying.KINDS))
    seq = maybe(fields.Integer)
    changeId = maybe(fields.Integer)
    detail = text()


class AuditVerdict(Shape):
    """Whether the chain holds, and how much of it was compared in this step. Go on with `next`, until it is null."""

    intact = maybe(fields.Boolean, metadata={"description": "null: holds so far, and there is more to compare"})
    next = maybe(fields.String, metadata={"description": "Where the next step goes on: its `after`"})
    sealed = fields.Integer(required=True, metadata={"description": "Seals that hold, of this step"})
    compacted = fields.Integer(required=True, metadata={"description": "Of these, with no more than digests"})
    unsealed = fields.Integer(required=True, metadata={"description": "What waits for its seal: not proven yet"})
    witnessed = fields.Integer(required=True, metadata={"description": "Seals compared with the file outside"})
    verifiedTo = maybe(fields.Integer, metadata={"description": "The last seal that was found to hold"})
    digest = maybe(fields.String, metadata={"description": "Its digest"})
    newest = maybe(fields.Integer, metadata={"description": "The newest seal there is"})
    broken = fields.Nested(AuditBreak, required=True, allow_none=True)


@blp.route("")
@guard.superadmin
@blp.doc(parameters=[*PAGING, *FILTERS])
@blp.response(200, paged(AuditEntry, "AuditEntries"))
@refusals(blp, WRONG)
def index() -> Response:
    """Everything that happened, the newest first. `search` looks into what changed, too."""
    number, limit, chosen = asked(*NAMES, *TIMES)
    return page_of(*audit.page(db.engine, question(chosen), number, limit), number, limit, lambda told: told)


@blp.route("/export")
@guard.superadmin
@blp.doc(parameters=[FORMAT, *FILTERS], responses={"200": FILE})
@refusals(blp, WRONG)
def export() -> Response:
    """The same as a file, the oldest first, before and after in full: CSV, or JSON lines. It is noted as an event."""
    chosen = only("format", *NAMES, *TIMES)
    form = chosen.pop("format", "csv")
    if form not in writing.FORMATS:
        raise Invalid({"format": f"is one of {', '.join(writing.FORMATS)}"}, "Some parameters are not valid.")
    rows = audit.export(db.engine, question(chosen))
    with unit_of_work(guard.context()) as session:
        events.record(session, "exported", resource="audit", detail={"format": form, "filters": chosen})
    body = stream_with_context(writing.FORMATS[form](rows))
    name = f"audit-{utcnow():%Y%m%d-%H%M%S}.{form}"
    response = Response(body, mimetype=writing.TYPES[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blp.route("/verify")
@guard.superadmin
@blp.doc(parameters=[AFTER])
@blp.response(200, AuditVerdict)
@refusals(blp, WRONG)
def verify() -> Response:
    """Read the chain for about two seconds and name the first broken link; the next step goes on after that.

    Three parts: every seal with its change, what was written down outside the database, changes without a seal.
    """
    after = only("after").get("after", verifying.BEGIN)
    if not verifying.PLACE.fullmatch(after):
        raise Invalid({"after": "is the `next` of the step before"}, "Some parameters are not valid.")
    return answer_of(told(verifying.step(db.engine, after, STEP_SECONDS)))


def told(verdict: verifying.Verdict) -> dict[str, Any]:
    """A verdict as the API tells it."""
    found = asdict(verdict)
    broken, found["verifiedTo"] = found.pop("broken"), found.pop("verified_to")
    if broken:
        broken["changeId"], found["next"] = broken.pop("change_id"), None
    intact = False if broken else None if found["next"] else True
    return {"intact": intact, **found, "broken": broken}


def question(chosen: dict[str, str]) -> audit.Question:
    """What URL parameters look for. Invalid names each that is malformed."""
    wrong = {name: "may not hold a NUL character" for name, value in chosen.items() if "\0" in value}
    asked_for: dict[str, Any] = {NAMES[name]: value for name, value in chosen.items() if name in NAMES}
    words = chosen.get("search", "")
    if len(words) > LONGEST_SEARCH or len(words.split()) > MOST_WORDS:
        wrong["search"] = f"may have {LONGEST_SEARCH} characters and {MOST_WORDS} words"
    for name in TIMES.keys() & chosen.keys():
        try:
            asked_for[TIMES[name]] = moment(chosen[name])
        except ValueError as error:
            wrong[name] = str(error)
    if wrong:
        raise Invalid(wrong, "Some parameters are not valid.")
    return audit.Question(**asked_for)
