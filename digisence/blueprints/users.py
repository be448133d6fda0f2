"""/api/admin/users: like every resource, and a password may be given; who loses the right to come in is signed out."""

from typing import Any

from flask import request
from sqlalchemy import select

from ..accounts import passwords, sessions
from ..changes.context import Unit
from ..errors import Conflict
from ..extensions import db
from ..models import User
from . import guard
from .resource import Written, resource


def _hashed(values: dict[str, Any]) -> dict[str, Any]:
    password, user_id = values.pop("password"), (request.view_args or {}).get("record_id")
    if user_id == guard.identity().user_id:  # who has got hold of a token alone must not be able to keep the account
        raise Conflict("self", "Change your own password with POST /api/auth/password, which asks for the present one.")
    known = _owner(user_id) | values
    passwords.require_good(password, str(known.get("email") or ""), known.get("name"), "password")
    return values | {"password_hash": passwords.hash_password(password)}


def _owner(user_id: str | None) -> dict[str, Any]:
    """What is known of a user already."""
    with db.engine.connect() as connection:
        row = connection.execute(select(User.email, User.name).where(User.id == user_id)).mappings().one_or_none()
    return dict(row or {})


def _end_sessions(unit: Unit, user_id: str, values: dict[str, Any]) -> None:
    """End the sign-ins that a new role, a new password or a disabling makes worthless: with the change itself, so that
    nobody who sees it ends them first.
    """
    if _shuts_out(values):
        sessions.end_told(unit, user_id)


def _tell(user_id: str, values: dict[str, Any] | None) -> None:
    """End the streams, too. The sessions of the deleted went with them."""
    if values is None or _shuts_out(values):
        sessions.announce(users=[user_id])


def _shuts_out(values: dict[str, Any]) -> bool:
    return bool(values.keys() & {"role", "password"}) or values.get("is_active") is False


blp = resource(User, secrets={"password": _hashed}, written=Written(_end_sessions, _tell))
