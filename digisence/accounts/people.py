"""What is done to other people's accounts besides letting them in."""

from ..changes import Context, events, unit_of_work
from ..errors import NotFound
from ..models import User
from ..records import update
from . import sessions
from .sessions import end_told


def force_password_change(user_id: str, context: Context) -> list[str]:
    """Let a user do nothing before they changed their password; their sessions end, and are returned. NotFound."""
    ended: list[str] = []
    with unit_of_work(context, after_commit=lambda: sessions.announce(users=[user_id])) as unit:
        user = unit.get(User, user_id, with_for_update=True, populate_existing=True)
        if user is None:
            raise NotFound("users", user_id)
        user.must_change_password = True
        ended += sessions.end_all(unit, user_id)
        events.record(unit, "password-change-forced", resource="users", record_id=user_id)
    return ended


def disable(user_id: str, context: Context) -> list[str]:
    """Let a user in no more, and end their sessions; returns those. NotFound; Conflict `self`, `last-superadmin`."""
    ended: list[str] = []
    update(User, user_id, {"is_active": False}, context, alongside=lambda unit: ended.extend(end_told(unit, user_id)))
    sessions.announce(users=[user_id])
    return ended


def enable(user_id: str, context: Context) -> None:
    """Let a disabled user in again. NotFound."""
    update(User, user_id, {"is_active": True}, context)
