"""A password without being signed in: set one by a one-time link."""

from typing import Any

from flask import Response, g, jsonify, request
from marshmallow import Schema, fields, validate

from ..accounts import Client, links
from ..extensions.api import PROBLEM_TYPE, ProblemSchema
from .attempts import attempt, limited_by_address
from .resource import Door

blp = Door("passwords", __name__, url_prefix="/api/auth", description="One-time links to set a password")


class SetPassword(Schema):
    """What stood in the link, and the password that is wanted."""

    token = fields.String(required=True, validate=validate.Length(min=1, max=256))
    password = fields.String(required=True, validate=validate.Length(max=1024))


class Account(Schema):
    """Whose password was set."""

    email = fields.String(required=True, metadata={"example": "anna@example.org"})


@blp.route("/set-password", methods=["POST"])
@blp.arguments(SetPassword)
@blp.response(200, Account)
@blp.alt_response(409, schema=ProblemSchema, content_type=PROBLEM_TYPE, description="The account is disabled")
@blp.alt_response(410, schema=ProblemSchema, content_type=PROBLEM_TYPE, description="The link is not valid (any more)")
@blp.alt_response(429, schema=ProblemSchema, content_type=PROBLEM_TYPE, description="Too many links were tried")
@limited_by_address
def set_password(body: dict[str, Any]) -> Response:
    """Set one's password by a link from a mail. The link is good once; every session ends; sign in afterwards."""
    with attempt():
        return jsonify(email=links.set_password(body["token"], body["password"], client()))


def client() -> Client:
    """Where the call comes from."""
    return Client(request.remote_addr, request.user_agent.string, g.get("request_id"))
