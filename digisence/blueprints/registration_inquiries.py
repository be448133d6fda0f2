"""/api/admin/registration-inquiries: like every resource, and the review of each, which may end in an account."""

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from ..accounts import approval
from ..extensions.api import ProblemField
from ..models import Business, Record, RegistrationInquiry
from ..records import schema
from . import guard, reviewing
from .conditional import answer_of, wanted_versions
from .resource import refusals, resource

blp = resource(RegistrationInquiry)


class Obstacle(Schema):
    """What would be refused with 409."""

    code = fields.String(required=True)
    detail = fields.String(required=True)


class ApprovalPreview(Schema):
    """What approving would make, and what stands in its way. Values without a field are left out."""

    user = fields.Dict(required=True, allow_none=True)
    resource = fields.String(required=True, allow_none=True, metadata={"example": "businesses"})
    profile = fields.Dict(required=True, allow_none=True)
    errors = fields.List(fields.Nested(ProblemField), required=True)
    conflict = fields.Nested(Obstacle, required=True, allow_none=True)


def _overrides() -> type[Schema]:
    """The fields of the application that the account may have otherwise, and two of the profile's own."""
    own, profile = (schema.shapes(model, ()).patch().fields for model in (RegistrationInquiry, Business))
    named = {name: field for name, field in own.items() if field.attribute in approval.OVERRIDES}
    return Schema.from_dict(named | {name: profile[name] for name in ("slug", "isActive")}, name="Approval")


def _approve(values: dict[str, Any], record_id: str) -> Record:
    return approval.approve(record_id, values, guard.context(), wanted_versions())


reviewing.add(blp, RegistrationInquiry, {})
reviewing.step(
    blp, RegistrationInquiry, "approve", "Make an account of it; the applicant is mailed a link", _overrides(), _approve
)


@blp.route("/<record_id>/preview")
@guard.superadmin
@blp.response(200, ApprovalPreview)
@refusals(blp, {404: "No such record", 422: "A parameter that is not known"})
def preview(record_id: str) -> Response:
    """What approving would make, as the application stands."""
    return answer_of(approval.preview(record_id))
