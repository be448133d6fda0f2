"""/api/admin/users, beyond what every resource has: invitations, sign-ins, passwords and second factors of others."""

from typing import Any

from flask import Response, jsonify
from marshmallow import Schema, fields, validate

from ..accounts import invitations, people, second_factor, sessions
from ..errors import Conflict
from ..models import User
from ..models.user import BUSINESS_ADMIN, ROLES
from ..records import crud, schema
from . import guard
from .auth import Paging, Sessions, listed_sessions, paged
from .conditional import answer_of
from .resource import Door, refusals

blp = Door(
    "people", __name__, url_prefix="/api/admin/users", description="People: invitations, sign-ins, second factors"
)

SHAPE = schema.shapes(User, ("password",)).record
NO_SUCH = {404: "No such user"}
MAILED = {**NO_SUCH, 409: "The user is disabled, or has a password", 422: "No mail can go to their e-mail"}


class Invitation(Schema):
    """Who is invited."""

    email = fields.String(
        required=True,
        validate=[validate.Length(max=254), schema.plain, schema.FORMS["email"]],
        metadata={"example": "anna@example.org", "format": "email"},
    )
    name = fields.String(
        allow_none=True,
        load_default=None,
        validate=[validate.Length(max=200), schema.plain],
        metadata={"example": "Anna"},
    )
    role = fields.String(load_default=BUSINESS_ADMIN, validate=validate.OneOf(ROLES), metadata={"example": ROLES[0]})


class EndedSignIns(Schema):
    """Sign-ins that ended."""

    ended = fields.List(fields.String(), required=True)


@blp.route("/invite", methods=["POST"])
@guard.superadmin
@blp.arguments(Invitation)
@blp.response(201, SHAPE)
@refusals(blp, {409: "Another user has the e-mail, in whatever case", 422: "Fields at fault, each named"})
def invite(body: dict[str, Any]) -> Response:
    """Make an account without a password, and mail its owner a link to choose one. The link is good once, for a day."""
    made = invitations.invite(body["email"], body["name"], body["role"], guard.context())
    response = jsonify(made)
    response.status_code = 201
    response.headers["Location"] = f"/api/admin/users/{made['id']}"
    return response


@blp.route("/<user_id>/invite", methods=["POST"])
@guard.superadmin
@blp.response(204)
@refusals(blp, MAILED)
def invite_again(user_id: str) -> Response:
    """Mail another invitation to a user who has no password yet; the older link ends."""
    invitations.invite_again(user_id, guard.context())
    return Response(status=204)


@blp.route("/<user_id>/password-link", methods=["POST"])
@guard.superadmin
@blp.response(204)
@refusals(blp, {**MAILED, 409: "The user is disabled"})
def password_link(user_id: str) -> Response:
    """Mail a user a link to set another password. The one they have stays good until they use it."""
    invitations.mail_password_link(user_id, guard.context())
    return Response(status=204)


@blp.route("/<user_id>/force-password-change", methods=["POST"])
@guard.superadmin
@blp.response(200, EndedSignIns)
@refusals(blp, NO_SUCH)
def force_password_change(user_id: str) -> Response:
    """Have a user choose another password before anything else. Their sign-ins end."""
    return jsonify(ended=people.force_password_change(user_id, guard.context()))


@blp.route("/<user_id>/sessions", methods=["GET"])
@guard.parameters
@guard.superadmin
@blp.arguments(Paging, location="query", unknown="raise")
@blp.response(200, Sessions)
@refusals(blp, {**NO_SUCH, 422: "Parameters at fault, each named"})
def list_sessions(query: dict[str, int], user_id: str) -> Response:
    """The live sign-ins of a user, newest first."""
    crud.read(User, user_id)
    return answer_of(paged(listed_sessions(user_id, guard.identity().session_id), query))


@blp.route("/<user_id>/sessions", methods=["DELETE"])
@guard.superadmin
@blp.response(200, EndedSignIns)
@refusals(blp, NO_SUCH)
def end_sessions(user_id: str) -> Response:
    """End every sign-in of a user."""
    crud.read(User, user_id)
    return jsonify(ended=sessions.revoke_all(user_id, guard.context()))


@blp.route("/<user_id>/sessions/<session_id>", methods=["DELETE"])
@guard.superadmin
@blp.response(204)
@refusals(blp, {404: "No such user, or they have no such sign-in"})
def end_session(user_id: str, session_id: str) -> Response:
    """End one sign-in of a user."""
    sessions.revoke(session_id, user_id, guard.context())
    return Response(status=204)


@blp.route("/<user_id>/totp", methods=["DELETE"])
@guard.superadmin
@blp.response(204)
@refusals(blp, {**NO_SUCH, 409: "They have none, or it is one's own"})
def reset_totp(user_id: str) -> Response:
    """Take the second factor of a user who lost it away, with the recovery codes. Their sign-ins end."""
    if not second_factor.reset(user_id, guard.context()):
        raise Conflict("totp-off", "This user has no second factor.")
    return Response(status=204)
