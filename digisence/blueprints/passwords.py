"""A password without being signed in: ask for a link, and set one by it."""

from typing import Any

from flask import Response, jsonify, request
from marshmallow import Schema, fields, validate

from ..accounts import links
from ..extensions import limiter
from ..extensions.api import PROBLEM_TYPE, ProblemSchema
from ..extensions.queue import queue
from ..records.schema import EXAMPLES, plain
from .attempts import View, address_key, allowed, attempt, client, email_key, limited_by_address
from .resource import Door

blp = Door("passwords", __name__, url_prefix="/api/auth", description="One-time links to set a password")

MAILS = "3 per hour"  # to one address, whoever asks


class Forgotten(Schema):
    """Whose password was forgotten."""

    email = fields.String(
        required=True, validate=[validate.Length(min=1, max=254), plain], metadata={"example": "anna@example.org"}
    )


class RequestAccepted(Schema):
    """That it will be seen to, if there is such an account."""

    accepted = fields.Boolean(required=True, metadata={"example": True})


class SetPassword(Schema):
    """What stood in the link, and the password that is wanted."""

    token = fields.String(
        required=True,
        validate=[validate.Length(min=1, max=256), plain],
        metadata={"example": "DLkQ3yqgTzBv1yq0wG2cJc4M8m1pC7n5oRrXbYl0aPs"},
    )
    password = fields.String(
        required=True, validate=[validate.Length(max=1024), plain], metadata={"example": EXAMPLES["password"]}
    )


class PasswordOwner(Schema):
    """Whose password was set."""

    email = fields.String(required=True, metadata={"example": "anna@example.org"})


def _refusal(status: int, sentence: str) -> Any:
    return blp.alt_response(status, schema=ProblemSchema, content_type=PROBLEM_TYPE, description=sentence)


def _sparing(view: View) -> View:
    by_email = limiter.limit(MAILS, key_func=email_key)
    by_address = limiter.limit(allowed, key_func=address_key)
    return by_address(by_email(view))


@blp.route("/forgot-password", methods=["POST"])
@blp.arguments(Forgotten)
@blp.response(202, RequestAccepted)
@_refusal(422, "The e-mail is missing or too long")
@_refusal(429, "Too many requests for this e-mail or from this address")
@_refusal(503, "Nobody can see to it now")
@_sparing
def forgot_password(body: dict[str, Any]) -> Response:
    """Ask for a link to set another password. The same answer, as soon, whether there is an account or not."""
    queue.enqueue("forgotten-password", {"email": body["email"], "address": request.remote_addr})
    response = jsonify(accepted=True)
    response.status_code = 202
    return response


@blp.route("/set-password", methods=["POST"])
@blp.arguments(SetPassword)
@blp.response(200, PasswordOwner)
@_refusal(409, "The account is disabled")
@_refusal(410, "The link is not valid, or not any more")
@_refusal(422, "The password is too short, too long or too easy to guess")
@_refusal(429, "Too many links were tried")
@limited_by_address
def set_password(body: dict[str, Any]) -> Response:
    """Set one's password by a link from a mail. The link is good once; every session ends; sign in afterwards."""
    with attempt():
        return jsonify(email=links.set_password(body["token"], body["password"], client()))
