"""Who may go on listening: what a change of a user means for their streams, and what the database says."""

from collections.abc import Iterable
from typing import Any, Final

from flask import Flask
from sqlalchemy import select

from ..clock import utcnow
from ..extensions.db import db
from ..models import Session, User
from ..models.user import SUPER_ADMIN

UNCLEAR: Final = "?"  # no id looks like this
BATCH = 500


def verdict(data: Any) -> str | None:
    """The user who may listen no more after this message; UNCLEAR when only the database can tell; None for nobody."""
    if not isinstance(data, dict) or data.get("type") != "change" or data.get("resource") != "users":
        return None
    if data.get("action") in ("deleted", "quarantined"):
        return str(data.get("recordId"))
    patch = data.get("patch")
    if data.get("action") == "many" or not isinstance(patch, dict):
        return UNCLEAR
    if patch.get("isActive") is False or patch.get("role", SUPER_ADMIN) != SUPER_ADMIN:
        return str(data.get("recordId"))
    return None


def ended(app: Flask, sessions: Iterable[str]) -> set[str]:
    """Those of `sessions` that are revoked or over, or whose user is no active superadmin. Raises SQLAlchemyError."""
    asked = sorted(set(sessions))
    valid: set[str] = set()
    with app.app_context(), db.engine.connect() as connection:
        for start in range(0, len(asked), BATCH):
            found = connection.execute(_valid(asked[start : start + BATCH]))
            valid.update(found.scalars())
    return set(asked) - valid


def _valid(sessions: list[str]) -> Any:
    return (
        select(Session.id)
        .join(User, User.id == Session.user_id)
        .where(Session.id.in_(sessions), Session.revoked_at.is_(None), Session.expires_at > utcnow())
        .where(User.is_active, User.role == SUPER_ADMIN)
    )
