"""/api/admin/realtime/presence: who looks at a record or edits it, now."""

from typing import Any

from flask import Response, jsonify
from marshmallow import fields, validate
from redis import RedisError

from ..errors import Problem
from ..integrity.shapes import Shape, text
from ..models import RECORDS
from ..realtime import presence
from . import guard
from .resource import Door, refusals

blp = Door("presence", __name__, url_prefix="/api/admin/realtime/presence", description="Who has which record open")

LONGEST_ID = 200
REFUSED = {422: "Something is not valid; `errors` says what", 503: "Redis is away"}


class Present(Shape):
    """What one does with a record in one tab."""

    resource = text(validate=validate.OneOf(tuple(RECORDS)), metadata={"example": "businesses"})
    recordId = text(validate=validate.Length(1, LONGEST_ID), metadata={"example": "b1"})
    tab = text(
        validate=validate.Regexp(r"[A-Za-z0-9-]{8,64}\Z"),
        metadata={
            "description": "The tab, by a name it chose: a person with several counts once",
            "pattern": "^[A-Za-z0-9-]{8,64}$",
            "example": "tab-00000001",
        },
    )
    state = text(
        validate=validate.OneOf(presence.STATES),
        metadata={"description": "`away`: a form is open in a tab in the background", "example": "looking"},
    )


class Person(Shape):
    """Somebody who has it open, with what they do in any of their tabs."""

    userId = text()
    state = text(metadata={"enum": list(presence.LEASES)})


class Presence(Shape):
    """Who has a record open. The stream's message `presence` has the same fields."""

    resource = text()
    recordId = text()
    people = fields.List(fields.Nested(Person), required=True, metadata={"description": "The caller among them"})
    at = fields.DateTime(required=True, metadata={"description": "Of two, the later one holds"})


@blp.route("", methods=["PUT"])
@guard.superadmin
@blp.arguments(Present)
@blp.response(200, Presence)
@refusals(blp, REFUSED)
def put(here: dict[str, Any]) -> Response:
    """Say that you look at a record or edit it: again every 2.5 s, `gone` when you leave. Returns who is there."""
    try:
        found = presence.put(here["resource"], here["recordId"], guard.identity().user_id, here["tab"], here["state"])
    except RedisError as error:
        detail = "Who else is here is known only while Redis is there."
        raise Problem(503, "feed-away", detail, headers={"Retry-After": "2"}) from error
    return jsonify(found)
