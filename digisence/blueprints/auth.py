"""Sign in, stay signed in, sign out; see and end one's own sessions; change one's password."""

from datetime import timedelta
from typing import Any

from flask import Response, jsonify
from flask_jwt_extended import (
    create_access_token,
    create_refresh_token,
    set_access_cookies,
    set_refresh_cookies,
    unset_jwt_cookies,
)
from flask_jwt_extended.exceptions import JWTExtendedException
from flask_smorest import Blueprint
from jwt import PyJWTError
from marshmallow import Schema, fields, validate

from ..accounts import SignIn, change_password, sessions, sign_in
from ..changes import Context
from ..clock import to_wire, utcnow
from ..config import settings
from ..errors import NotFound
from ..extensions import db
from ..models import User
from ..models.wire import dump
from ..records.query import LARGEST_LIMIT, LAST_PAGE, LIMIT
from ..records.schema import EXAMPLES
from . import guard
from .attempts import attempt, client, limited
from .conditional import answer_of
from .integrity import only
from .resource import problems

blp = Blueprint("auth", __name__, url_prefix="/api/auth", description="Sign-in and sessions")

short = validate.Length(max=1024)
PARAMETERS = {422: "Parameters at fault, each named"}
NOBODY = {401: "Not signed in"}
TAKEN = {422: "Fields at fault, each named", 429: "Too many failed attempts"}


class Login(Schema):
    """What one signs in with."""

    email = fields.String(required=True, validate=short, metadata={"example": EXAMPLES["email"]})
    password = fields.String(required=True, validate=short, metadata={"example": EXAMPLES["password"]})
    totp = fields.String(allow_none=True, validate=short)


class NewPassword(Schema):
    """The password one has and the one one wants."""

    currentPassword = fields.String(required=True, validate=short, metadata={"example": EXAMPLES["password"]})
    newPassword = fields.String(required=True, validate=short, metadata={"example": EXAMPLES["newPassword"]})


class Access(Schema):
    """A token and who has it."""

    accessToken = fields.String()
    expiresIn = fields.Integer(metadata={"description": "Seconds"})
    user = fields.Dict()


class Me(Schema):
    """The user who calls."""

    user = fields.Dict()


class OneSession(Schema):
    """A sign-in that lives."""

    id = fields.String()
    createdAt = fields.DateTime()
    expiresAt = fields.DateTime()
    address = fields.String(allow_none=True)
    userAgent = fields.String(allow_none=True)
    current = fields.Boolean()


class Sessions(Schema):
    """A page of them."""

    items = fields.List(fields.Nested(OneSession))
    page = fields.Integer()
    limit = fields.Integer()
    total = fields.Integer()


class Paging(Schema):
    """Which part of a list."""

    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=LAST_PAGE))
    limit = fields.Integer(load_default=LIMIT, validate=validate.Range(min=1, max=LARGEST_LIMIT))


@blp.post("/login")
@blp.response(200, Access)
@problems(blp, {**TAKEN, 401: "The e-mail, the password or the second factor is wrong"})
@blp.arguments(Login)
@limited
def login(body: dict[str, Any]) -> Response:
    """Sign in. The token comes in the reply, and in cookies that scripts cannot read."""
    with attempt():
        return _welcome(sign_in(body["email"], body["password"], client(), body.get("totp") or None))


@blp.post("/refresh")
@blp.response(200, Access)
@problems(blp, {401: "No refresh token, or its session has ended"})
def refresh() -> Response:
    """A new access token for the refresh token, as long as its session lives. Its open streams live on with it."""
    caller = guard.identify(refresh=True)
    response = _reply(caller.session, _user(caller.user_id))
    sessions.renewed(caller.session_id, utcnow() + _life(caller.session))
    return response


@blp.post("/logout")
@blp.response(204)
@problems(blp, NOBODY)
def logout() -> Response:
    """End this session, its tokens and its streams. A refresh token stands in for an expired access token."""
    try:
        caller = guard.identity()
    except (JWTExtendedException, PyJWTError):
        caller = guard.identify(refresh=True)
    sessions.revoke(caller.session_id, caller.user_id, _context(caller), "signed-out")
    return _farewell()


@blp.get("/me")
@blp.response(200, Me)
@problems(blp, {**NOBODY, **PARAMETERS})
@guard.signed_in
def me() -> Response:
    """The user who calls."""
    only()
    return answer_of({"user": _user(guard.identity().user_id)})


@blp.post("/password")
@blp.response(200, Access)
@problems(blp, {**TAKEN, **NOBODY})
@guard.signed_in
@blp.arguments(NewPassword)
@limited
def password(body: dict[str, Any]) -> Response:
    """Change one's password. Every session ends, this one too; the reply brings a fresh one."""
    caller = guard.identity()
    with attempt():
        changed = change_password(caller.user_id, body["currentPassword"], body["newPassword"], client())
    return _welcome(changed)


@blp.get("/sessions")
@blp.response(200, Sessions)
@problems(blp, {**NOBODY, **PARAMETERS})
@guard.signed_in
@blp.arguments(Paging, location="query", unknown="raise")
def list_sessions(query: dict[str, int]) -> Response:
    """One's live sessions, newest first."""
    caller = guard.identity()
    return answer_of(paged(listed_sessions(caller.user_id, caller.session_id), query))


def paged(found: list[dict[str, Any]], query: dict[str, int]) -> dict[str, Any]:
    """The page of a list that was asked for."""
    first = (query["page"] - 1) * query["limit"]
    return {"items": found[first : first + query["limit"]], "total": len(found), **query}


def listed_sessions(user_id: str, current: str) -> list[dict[str, Any]]:
    """The live sessions of a user as the wire tells them, newest first; `current` is the caller's own."""
    return [
        {
            "id": row["id"],
            "createdAt": to_wire(row["created_at"]),
            "expiresAt": to_wire(row["expires_at"]),
            "address": row["address"],
            "userAgent": row["user_agent"],
            "current": row["id"] == current,
        }
        for row in sessions.of_user(user_id)
    ]


@blp.delete("/sessions/<session_id>")
@blp.response(204)
@problems(blp, {**NOBODY, 404: "One has no such session"})
@guard.signed_in
def end_session(session_id: str) -> Response:
    """End one of one's sessions."""
    caller = guard.identity()
    sessions.revoke(session_id, caller.user_id, _context(caller))
    return _farewell() if session_id == caller.session_id else Response(status=204)


def _context(caller: guard.Identity) -> Context:
    return client().acting(caller.actor)


def _user(user_id: str) -> dict[str, Any]:
    with db.engine.connect() as connection:
        row = connection.execute(User.__table__.select().where(User.id == user_id)).one_or_none()
    if row is None:
        raise NotFound("users", user_id)
    return dump(User, row)


def _claims(signed: sessions.Signed) -> dict[str, str]:
    return {"sid": signed.session_id, "role": signed.role, "stamp": signed.stamp}


def _reply(signed: sessions.Signed, user: dict[str, Any]) -> Response:
    """A fresh access token, in the body and in its cookie. It never outlives its session."""
    left, life = signed.expires_at - utcnow(), _life(signed)
    token = create_access_token(signed.user_id, additional_claims=_claims(signed), expires_delta=life)
    response = jsonify(accessToken=token, expiresIn=int(life.total_seconds()), user=user)
    set_access_cookies(response, token, max_age=int(left.total_seconds()))
    return response


def _life(signed: sessions.Signed) -> timedelta:
    """How long an access token lives that is made now."""
    return min(timedelta(minutes=settings().access_minutes), signed.expires_at - utcnow())


def _welcome(signed_in: SignIn) -> Response:
    response = _reply(signed_in.session, signed_in.user)
    life = signed_in.session.expires_at - utcnow()
    token = create_refresh_token(
        signed_in.session.user_id, additional_claims=_claims(signed_in.session), expires_delta=life
    )
    set_refresh_cookies(response, token, max_age=int(life.total_seconds()))
    return response


def _farewell() -> Response:
    response = Response(status=204)
    unset_jwt_cookies(response)
    return response
