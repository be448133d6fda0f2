"""Who is never touched by a sweep, whatever a check says: the never-list, with the reason for each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, bindparam, case, exists, func, or_, select

from ..models import Business, Link, Professional, Record, RegistrationInquiry, Session, User
from ..models.types import UtcTime
from ..models.user import SUPER_ADMIN
from ..records.bulk import Among, encoded
from ..records.tables import portions, table
from .predicate import Late

RECENTLY = timedelta(days=30)
UNDER_REVIEW = ("PENDING", "UNDER_REVIEW")
REASONS = (
    "a superadmin",
    "whoever asked for the run",
    "signed in now",
    f"signed in within {RECENTLY.days} days",
    "asked by mail to choose a password",
    "a registration under the same e-mail is under review",
    "the last admin of a profile that waits to be linked again",
)


def reasons(session: Any, model: type[Record], ids: Sequence[str], actor: str, now: datetime) -> dict[str, str]:
    """Which of `ids` must be left alone, and why. `session`: anything that executes; under lock, a new statement."""
    if model is not User:
        return {}
    found: dict[str, str] = {}
    given = {"actor": actor.removeprefix("user:"), "now": now, "lately": now - RECENTLY}
    for portion in portions(list(ids)):
        kept = session.execute(_asking(), given | {"ids": encoded(list(portion))})
        found.update((record_id, REASONS[place]) for record_id, place in kept)
    return found


@cache
def _asking() -> Select[tuple[str, int]]:
    """Those of `:ids` of whom a reason holds, with the place of the first; written once, asked for every batch."""
    which = case(*((condition, place) for place, condition in enumerate(_conditions())))
    asked = select(User.id, which.label("place")).where(Among(User.id, bindparam("ids", type_=Text))).subquery()
    return select(asked.c.id, asked.c.place).where(asked.c.place.is_not(None))


def _conditions() -> tuple[ColumnElement[bool], ...]:
    """When each of REASONS holds, of `:actor`, at `:now`, the last sign-in being after `:lately`."""
    now, lately = bindparam("now", type_=UtcTime), bindparam("lately", type_=UtcTime)
    live = (Session.user_id == User.id, Session.revoked_at.is_(None), Session.expires_at > now)
    good = (Link.user_id == User.id, Link.used_at.is_(None), Link.expires_at > now)
    # Asked once a statement: there are fewer applications under review than users, and no index by folded e-mail
    pending = select(func.lower(RegistrationInquiry.email)).where(RegistrationInquiry.status.in_(UNDER_REVIEW))
    return (
        User.role == SUPER_ADMIN,
        User.id == bindparam("actor", type_=Text),
        exists().where(*live),
        User.last_login_at > lately,
        exists().where(*good),
        func.lower(User.email).in_(pending),
        or_(_remembered(Business), _remembered(Professional)),
    )


def _remembered(profile: type[Business | Professional]) -> ColumnElement[bool]:
    """A profile without an admin remembers the user. One that names an admin remembers that very one: see `changes`.

    There are many without: SQLite is not to look through these for each user.
    """
    return exists().where(profile.admin_ref == User.id, Late(table(profile).c.admin_id).is_(None))
