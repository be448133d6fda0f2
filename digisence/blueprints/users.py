"""/api/admin/users: like every resource, and a password may be given; who loses the right to come in is signed out."""

from typing import Any

from ..accounts import passwords, sessions
from ..models import User
from . import guard
from .resource import resource


def _hashed(values: dict[str, Any]) -> dict[str, Any]:
    password = values.pop("password")
    passwords.require_good(password, str(values.get("email", "")), field="password")
    return values | {"password_hash": passwords.hash_password(password)}


def _sign_out(user_id: str, values: dict[str, Any] | None) -> None:
    """End the sign-ins that a deletion, a new role, a new password or a disabling makes worthless."""
    if values is None:
        sessions.announce(users=[user_id])  # their sessions went with them
    elif values.keys() & {"role", "password"} or values.get("is_active") is False:
        sessions.revoke_all(user_id, guard.context())


blp = resource(User, secrets={"password": _hashed}, written=_sign_out)
