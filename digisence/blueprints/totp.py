"""One's second factor: set it up, confirm it, have other recovery codes, turn it off."""

from typing import Any

from flask import Response, jsonify
from marshmallow import Schema, fields, validate

from ..accounts import second_factor
from ..clock import to_wire
from ..records.schema import EXAMPLES, plain
from . import guard
from .attempts import attempt, client, limited
from .conditional import answer_of
from .integrity import only
from .resource import Door, refusals

blp = Door("totp", __name__, url_prefix="/api/auth/totp", description="One's second factor")

CODE = "123456"
RECOVERY = "abcde-fghjk-mnpqr"


class TotpState(Schema):
    """Whether there is one."""

    enabled = fields.Boolean(required=True, metadata={"example": True})
    since = fields.DateTime(required=True, allow_none=True, metadata={"example": "2026-11-23T10:00:00.000Z"})
    recoveryCodes = fields.Integer(required=True, metadata={"description": "How many are left", "example": 10})


class OwnPassword(Schema):
    """One's password, to be sure who asks."""

    password = fields.String(
        required=True, validate=[validate.Length(max=1024), plain], metadata={"example": EXAMPLES["password"]}
    )


class TotpCode(Schema):
    """The code that the authenticator shows."""

    code = fields.String(required=True, validate=[validate.Length(max=64), plain], metadata={"example": CODE})


class TotpProof(OwnPassword, TotpCode):
    """One's password and a code: the authenticator's, or a recovery code."""


class TotpEnrolment(Schema):
    """What an authenticator takes."""

    secret = fields.String(required=True, metadata={"example": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"})
    uri = fields.String(required=True, metadata={"example": "otpauth://totp/digisence:anna%40example.org?secret=…"})
    svg = fields.String(required=True, metadata={"description": "The same as a QR code", "example": "<svg …/>"})


class RecoveryCodes(Schema):
    """Codes that stand in for the authenticator, each once. They are not shown again."""

    recoveryCodes = fields.List(fields.String(), required=True, metadata={"example": [RECOVERY]})


OFF = {409: "The second factor is off", 422: "The password or the code is wrong", 429: "Too many guesses"}


@blp.route("", methods=["GET"])
@guard.signed_in
@blp.response(200, TotpState)
@refusals(blp, {422: "Parameters at fault, each named"})
def state() -> Response:
    """Whether one's second factor is on, since when, and how many recovery codes are left."""
    only()
    found = second_factor.state(guard.identity().user_id)
    since = to_wire(found["since"]) if found["since"] else None
    return answer_of({"enabled": since is not None, "since": since, "recoveryCodes": found["recovery_codes"]})


@blp.route("", methods=["POST"])
@guard.signed_in
@blp.arguments(OwnPassword)
@blp.response(200, TotpEnrolment)
@refusals(blp, {**OFF, 409: "The second factor is on already"})
@limited
def begin(body: dict[str, Any]) -> Response:
    """Begin: a secret, good for 15 minutes until it is confirmed by a code. Nothing is asked at sign-in before that."""
    with attempt():
        made = second_factor.begin(guard.identity().user_id, body["password"], client())
    return jsonify(secret=made.secret, uri=made.uri, svg=made.svg)


@blp.route("/confirm", methods=["POST"])
@guard.signed_in
@blp.arguments(TotpCode)
@blp.response(200, RecoveryCodes)
@refusals(blp, {**OFF, 409: "There is nothing to confirm"})
@limited
def confirm(body: dict[str, Any]) -> Response:
    """Turn the second factor on. The reply holds ten recovery codes, this once."""
    with attempt():
        codes = second_factor.confirm(guard.identity().user_id, body["code"], client())
    return jsonify(recoveryCodes=codes)


@blp.route("/recovery-codes", methods=["POST"])
@guard.signed_in
@blp.arguments(TotpProof)
@blp.response(200, RecoveryCodes)
@refusals(blp, OFF)
@limited
def renew(body: dict[str, Any]) -> Response:
    """Ten other recovery codes; those one has end."""
    with attempt():
        codes = second_factor.renew(guard.identity().user_id, body["password"], body["code"], client())
    return jsonify(recoveryCodes=codes)


@blp.route("/off", methods=["POST"])
@guard.signed_in
@blp.arguments(TotpProof)
@blp.response(204)
@refusals(blp, {**OFF, 409: "The second factor is off, or superadmins must have one here"})
@limited
def turn_off(body: dict[str, Any]) -> Response:
    """Do without a second factor."""
    with attempt():
        second_factor.turn_off(guard.identity().user_id, body["password"], body["code"], client())
    return Response(status=204)
