"""/api/admin/R/ID/deletion of every resource: what deleting a record would do, before anybody does it."""

from flask import Response
from marshmallow import fields

from ..integrity.shapes import Shape, text
from ..models import Record
from ..records import closure, crud, listing
from . import guard
from .conditional import answer_of
from .integrity import only
from .resource import Door, refusals


class Touched(Shape):
    """So many records of `resource`, which point there with their `field`."""

    resource = text(metadata={"example": "inquiries"})
    field = text(metadata={"example": "businessId"})
    count = fields.Integer(required=True)


class Deletion(Shape):
    """What goes along into quarantine, and which references would be emptied until it is restored."""

    along = fields.List(fields.Nested(Touched), required=True)
    emptied = fields.List(fields.Nested(Touched), required=True)


def add(door: Door, model: type[Record]) -> None:
    """Let a resource's deletions be foreseen."""

    @door.route("/<record_id>/deletion", endpoint="deletion")
    @guard.superadmin
    @door.doc(summary="What deleting it would take along, and which references it would empty")
    @door.response(200, Deletion)
    @refusals(door, {404: "No such record"})
    def deletion(record_id: str) -> Response:
        only()
        with listing.snapshot() as session:
            crud.read(model, record_id)  # NotFound
            return answer_of(closure.foresee(session, model, record_id))
