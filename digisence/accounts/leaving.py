"""Whoever loses the right to come in by an action on many records at once is signed out like one who is met alone; and
long work that they asked for stops.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from ..changes import Context, unit_of_work
from ..changes.context import Unit
from ..models import Record, User
from ..models.user import SUPER_ADMIN
from . import sessions

KEEPER = Context("system:sessions")


def sign_out(model: type[Record], changes: Mapping[str, Mapping[str, Any] | None]) -> None:
    """End the sign-ins, tokens and streams of the users among `changes` (values by attribute; None: deleted) that a
    deletion, a disabling or another role makes worthless.
    """
    if model is not User:
        return
    gone = [user_id for user_id, values in changes.items() if values is None]
    stayed = [user_id for user_id, values in changes.items() if values is not None and _shuts_out(values)]
    if stayed:
        with unit_of_work(KEEPER, patience=0) as unit:
            for user_id in stayed:
                sessions.end_told(unit, user_id)
    sessions.announce(users=[*gone, *stayed])  # the sessions of the deleted went with them


def barred(session: Unit, actor: str) -> str | None:
    """Why `actor` may not use the panel any more; None while they may, and for whoever is no user (`system:NAME`)."""
    kind, _, user_id = actor.partition(":")
    if kind != "user":
        return None
    stands = session.execute(select(User.role, User.is_active).where(User.id == user_id)).first()
    if stands is None:
        return "is no user any more"
    if not stands.is_active:
        return "was disabled"
    return None if stands.role == SUPER_ADMIN else "is no superadmin any more"


def _shuts_out(values: Mapping[str, Any]) -> bool:
    return "role" in values or values.get("is_active") is False
