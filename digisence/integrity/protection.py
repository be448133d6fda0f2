"""Who is never touched by a sweep, whatever a check says: the never-list, with the reason for each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, or_, select

from ..models import Business, Link, Professional, Record, RegistrationInquiry, Session, User
from ..models.user import SUPER_ADMIN
from ..records.bulk import among
from ..records.tables import portions, table
from .predicate import Late

RECENTLY = timedelta(days=30)
UNDER_REVIEW = ("PENDING", "UNDER_REVIEW")


def reasons(session: Any, model: type[Record], ids: Sequence[str], actor: str, now: datetime) -> dict[str, str]:
    """Which of `ids` must be left alone, and why. `session`: anything that executes; under lock, a new statement."""
    if model is not User:
        return {}
    found: dict[str, str] = {}
    rules = _rules(actor, now)
    which = case(*((condition, place) for place, (_, condition) in enumerate(rules)))
    for portion in portions(list(ids)):
        kept = select(User.id, which).where(among(User.id, portion), which.is_not(None))
        found.update((record_id, rules[place][0]) for record_id, place in session.execute(kept))
    return found


def _rules(actor: str, now: datetime) -> tuple[tuple[str, ColumnElement[bool]], ...]:
    live = (Session.user_id == User.id, Session.revoked_at.is_(None), Session.expires_at > now)
    good = (Link.user_id == User.id, Link.used_at.is_(None), Link.expires_at > now)
    # Asked once a statement: there are fewer applications under review than users, and no index by folded e-mail
    pending = select(func.lower(RegistrationInquiry.email)).where(RegistrationInquiry.status.in_(UNDER_REVIEW))
    return (
        ("a superadmin", User.role == SUPER_ADMIN),
        ("whoever asked for the run", User.id == actor.removeprefix("user:")),
        ("signed in now", exists().where(*live)),
        (f"signed in within {RECENTLY.days} days", User.last_login_at > now - RECENTLY),
        ("asked by mail to choose a password", exists().where(*good)),
        ("a registration under the same e-mail is under review", func.lower(User.email).in_(pending)),
        (
            "the last admin of a profile that waits to be linked again",
            or_(_remembered(Business), _remembered(Professional)),
        ),
    )


def _remembered(profile: type[Business | Professional]) -> ColumnElement[bool]:
    """A profile without an admin remembers the user. One that names an admin remembers that very one: see `changes`.

    There are many without: SQLite is not to look through these for each user.
    """
    return exists().where(profile.admin_ref == User.id, Late(table(profile).c.admin_id).is_(None))
