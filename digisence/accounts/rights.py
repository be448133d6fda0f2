"""Rights that no role brings: who may purge, given and taken by an operator."""

from typing import Any

from sqlalchemy import delete, func, select

from ..changes import Context, events, unit_of_work
from ..errors import Conflict, NotFound, Problem
from ..extensions import db
from ..models import Grant, Session, User
from ..models.grant import RIGHTS
from ..records import emails
from . import passwords, sessions


def find(email: str) -> User:
    """The user who signs in with this e-mail. NotFound; Conflict `ambiguous` when it is not one alone."""
    query = select(User).where(emails.of(email)).limit(2)
    found = list(db.session.scalars(query.execution_options(populate_existing=True)))
    db.session.expunge_all()
    db.session.rollback()
    if not found:
        raise NotFound("users", email)
    if len(found) > 1:
        raise Conflict("ambiguous", f"Several users have the e-mail {email}, written in different case.")
    return found[0]


def listed(role: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
    """Users by e-mail, with their rights and how many live sessions they have."""
    live = select(func.count()).select_from(Session).where(Session.user_id == User.id, *sessions.live())
    columns = (User.id, User.email, User.role, User.is_active, User.totp_since, User.last_login_at)
    query = select(*columns, live.scalar_subquery())
    if role:
        query = query.where(User.role == role)
    with db.engine.connect() as connection:
        rows = connection.execute(query.order_by(User.email, User.id).limit(limit)).all()
        rights = connection.execute(select(Grant.user_id, Grant.right)).all()
    names = ("id", "email", "role", "isActive", "totpSince", "lastLoginAt", "sessions")
    return [
        dict(zip(names, row, strict=True)) | {"rights": sorted(right for owner, right in rights if owner == row.id)}
        for row in rows
    ]


def grant(email: str, right: str, context: Context) -> bool:
    """Give a right; False when they have it already. NotFound; Conflict `inactive`."""
    user = find(email)
    if not user.is_active:
        raise Conflict("inactive", f"{user.email} is disabled; enable them first.")
    with unit_of_work(context) as session:
        if session.get(Grant, (user.id, right), populate_existing=True):
            return False
        session.add(Grant(user_id=user.id, right=right, granted_by=context.actor))
        events.record(session, "right-granted", resource="users", record_id=user.id, detail={"right": right})
    return True


def revoke(email: str, right: str, context: Context) -> bool:
    """Take a right away; False when they do not have it. NotFound."""
    user = find(email)
    with unit_of_work(context) as session:
        gone = delete(Grant).where(Grant.user_id == user.id, Grant.right == right)
        taken = bool(session.execute(gone).rowcount)  # type: ignore[attr-defined]
        if taken:
            events.record(session, "right-revoked", resource="users", record_id=user.id, detail={"right": right})
    return taken


def proven(email: str, password: str, right: str) -> str:
    """The id of the user with this e-mail and password, who has the right. Problem 403 `not-granted`, 401 as at
    sign-in.
    """
    user = find(email)
    if not passwords.verify(password, user.password_hash) or not user.is_active:
        raise Problem(401, "invalid-credentials", "E-mail or password is wrong.")
    with db.engine.connect() as connection:
        held = connection.scalar(select(Grant.user_id).where(Grant.user_id == user.id, Grant.right == right))
    if held is None:
        raise Problem(
            403, "not-granted", f"{user.email} may not {right}; `digisence users grant {user.email} {right}` allows it."
        )
    return user.id


__all__ = ["RIGHTS", "find", "grant", "listed", "proven", "revoke"]
