"""One account an e-mail, in whatever letters it is written: sign-in looks past the case, and of two lets neither in."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, func, select, text, union_all

from ..changes.context import Unit
from ..errors import Conflict
from ..models import Record, User
from . import bulk
from .tables import portions

LOCK = text("SELECT pg_advisory_xact_lock(hashtext(:word))")


def hold(session: Unit, model: type[Record], values: Mapping[str, Any]) -> None:
    """Let nobody else give an account the e-mail in `values` (by attribute) now. Take it before a lock of the record.

    On SQLite the unit of work is alone anyway.
    """
    if wanted(model, values) and session.connection().dialect.name == "postgresql":
        session.execute(LOCK, {"word": f"account {values['email'].lower()}"})


def check(
    session: Unit, model: type[Record], values: Mapping[str, Any], record_id: str, was: str | None = None
) -> None:
    """Refuse the e-mail in `values`, written to a user already, where another has it: Conflict `taken`.

    Afterwards, because an invitation may have been faster than our writing. Who keeps the e-mail they had (`was`) may.
    """
    if not wanted(model, values) or values["email"] == was:
        return
    same = folded(lambda email: email == func.lower(values["email"])).subquery().c
    other = session.execute(select(same.id, same.email).where(same.id != record_id).limit(1)).first()
    if other is not None:
        told = f"The email {values['email']!r} belongs to {other.email!r} (users/{other.id}) already"
        sentence = f"{told}; choose another one, or change it there first."
        raise Conflict("taken", sentence, fields={"email": sentence})


def twins(session: Unit, model: type[Record], emails: Sequence[str]) -> dict[str, str]:
    """Of `emails`, those that a user has in other letters, and that user's id."""
    if model is not User:
        return {}
    by_case = {email.lower(): email for email in emails}
    found: dict[str, str] = {}
    for portion in portions(list(by_case)):
        for user_id, email in session.execute(folded(partial(bulk.among, ids=portion))):
            if email != by_case[email.lower()]:
                found[by_case[email.lower()]] = user_id
    return found


def of(email: str) -> ColumnElement[bool]:
    """True of the users who have this e-mail, in whatever letters it is written: as a rule one."""
    same = folded(lambda written: written == func.lower(email.strip())).subquery().c
    return User.id.in_(select(same.id))


def folded(holds: Callable[[Any], ColumnElement[bool]]) -> Any:
    """SELECT id, email of the users of whose e-mail in small letters `holds` is true; it asks for small letters only.

    One that is all small is looked up as it is; the few others have an index of their own, and PostgreSQL, which does
    not know that they are few, one of all in small letters. Neither reads all users.
    """
    asked, small = select(User.id, User.email), func.lower(User.email)
    return union_all(asked.where(holds(User.email)), asked.where(User.email != small, holds(small)))


def wanted(model: type[Record], values: Mapping[str, Any]) -> bool:
    """Whether `values` name the e-mail of an account."""
    return model is User and bool(values.get("email"))
