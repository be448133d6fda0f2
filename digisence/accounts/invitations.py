"""Letting people in: an account without a password, and the link by which its owner chooses one."""

from typing import Any

import structlog
from sqlalchemy import select, text

from .. import mail
from ..changes import Context, events, unit_of_work
from ..changes.context import Unit
from ..errors import Conflict, Invalid, NotFound
from ..models import User
from ..models.wire import dump
from ..records import emails
from . import links

log = structlog.get_logger(__name__)

LONGEST = 254
MAILS = {links.INVITATION: "invitation", links.SET_PASSWORD: "forgotten-password"}
EVENTS = {links.INVITATION: "invited", links.SET_PASSWORD: "password-link-sent"}


def invite(email: str, name: str | None, role: str, context: Context) -> dict[str, Any]:
    """Make an account without a password and mail its owner a link; returns its public form.

    Invalid for a bad e-mail; Conflict `taken` when an account has it, in whatever case.
    """
    email = require_address(email)
    with unit_of_work(context) as unit:
        alone(unit)
        if unit.scalar(select(User.id).where(emails.of(email)).limit(1)):
            fault = {"email": "is used by another record already"}
            raise Conflict("taken", "Another user has this e-mail already.", fields=fault)
        user = User(email=email, name=name, role=role)
        unit.add(user)
        unit.flush()
        send_link(unit, user, links.INVITATION, {"role": role})
        unit.refresh(user)
        return dump(User, user)


def invite_again(user_id: str, context: Context) -> None:
    """Mail another link to a user who has not come in yet; the older one ends.

    NotFound; Conflict `inactive`, `joined` when they have a password.
    """
    with unit_of_work(context) as unit:
        user = _enabled(unit, user_id)
        if user.password_hash:
            raise Conflict("joined", "This user has a password already: mail a link to set another one instead.")
        send_link(unit, user, links.INVITATION, {"role": user.role})


def mail_password_link(user_id: str, context: Context) -> None:
    """Mail a user a link to set another password; the one they have stays good until then. NotFound, `inactive`."""
    with unit_of_work(context) as unit:
        send_link(unit, _enabled(unit, user_id), links.SET_PASSWORD)


def answer_forgotten(email: str, context: Context) -> bool:
    """Mail a link to whoever says they forgot their password, where that is one enabled account; whether it was."""
    try:
        with unit_of_work(context) as unit:
            query = select(User).where(emails.of(email)).limit(2)
            found = unit.scalars(query.with_for_update().execution_options(populate_existing=True)).all()
            known = len(found) == 1 and found[0].is_active
            if known:
                send_link(unit, found[0], links.SET_PASSWORD)
    except Invalid as problem:
        log.warning("somebody forgot their password and cannot be reached", reason=problem.fields)
        return False
    else:
        return known


def send_link(unit: Unit, user: User, purpose: str, detail: dict[str, str] | None = None) -> None:
    """Within a unit of work: a fresh link for `user`, on its way by mail, and told to the audit."""
    values = {"name": user.name or user.email, "link": links.issue(unit, user.id, purpose)}
    try:
        mail.post(unit, MAILS[purpose], user.email, values, resource="users", record_id=user.id)
    except ValueError as error:
        raise Invalid({"email": str(error)}, "No mail can go to this user.", "unmailable") from error
    events.record(unit, EVENTS[purpose], resource="users", record_id=user.id, detail=detail)


def alone(unit: Unit) -> None:
    """Let nobody add a user between our look and our insert; SQLite's unit of work holds the lock already."""
    if unit.connection().dialect.name == "postgresql":
        unit.execute(text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))


def require_address(email: str) -> str:
    """`email` without blanks around it; Invalid when it is none."""
    email = email.strip()
    name, at, domain = email.partition("@")
    if not (name and at and domain) or any(letter.isspace() for letter in email) or len(email) > LONGEST:
        raise Invalid({"email": "Write an e-mail address, as in name@example.org."})
    return email


def _enabled(unit: Unit, user_id: str) -> User:
    user = unit.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None:
        raise NotFound("users", user_id)
    if not user.is_active:
        raise Conflict("inactive", f"{user.email} is disabled; enable them first.")
    return user
