"""One-time links: whoever holds one may set the password of one account, once, for a day."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import delete, select, update

from ..changes import Context, unit_of_work
from ..changes.context import Unit
from ..clock import utcnow
from ..config import settings
from ..errors import Conflict, Problem
from ..extensions import db
from ..models import Link, User
from ..models.link import INVITATION, SET_PASSWORD
from . import passwords, sessions
from .client import Client

__all__ = ["INVITATION", "LIFE", "SET_PASSWORD", "forget_expired", "issue", "set_password"]

log = structlog.get_logger(__name__)

LIFE = timedelta(hours=24)
PATH = "/set-password"
REASONS = {  # told only to who holds a link that was good once
    "used": "This link was used before. Sign in, or ask for a new link.",
    "expired": "This link was good for 24 hours and is no more. Ask for a new one.",
    "changed": "This link ended when the e-mail or the password of the account was changed. Ask for a new one.",
    "": "This link is not valid. Ask for a new one.",
}


@dataclass(frozen=True)
class Door:
    """Whose password a link sets."""

    digest: str
    user_id: str
    email: str
    name: str | None
    stamp: str | None


def issue(session: Unit, user_id: str, purpose: str) -> str:
    """The URL of a new link for a user, inside the caller's unit of work. The user's older links end with its commit,
    this one when the account gets another e-mail or password, by whatever way.

    `purpose` is `invitation` or `set-password`. The token stands in the fragment, which no server is ever sent.
    """
    token, now = secrets.token_urlsafe(32), utcnow()
    session.execute(delete(Link).where(Link.user_id == user_id))
    made_for = session.execute(select(User.email, User.password_hash).where(User.id == user_id)).one()
    session.add(
        Link(
            digest=_digest(token), user_id=user_id, purpose=purpose, created_at=now, expires_at=now + LIFE,
            stamp=_stamp(made_for),
        )
    )  # fmt: skip
    session.flush()
    return f"{_base()}{PATH}#{token}"


def set_password(token: str, password: str, client: Client) -> str:
    """Give the account that `token` stands for a new password; its sessions and other links end. Returns its e-mail.

    Problem 410 `link-not-valid` for a token that is unknown, used, expired, or of before another e-mail or password;
    Conflict `inactive` while the account is disabled; Invalid for a password that will not do. After these two the link
    is as good as before.
    """
    door = _look(token)
    passwords.require_good(password, door.email, door.name, "password")
    fresh = passwords.hash_password(password)
    ended: list[str] = []
    with unit_of_work(
        client.acting(f"user:{door.user_id}"), after_commit=lambda: sessions.announce(sessions=ended)
    ) as unit:
        user = unit.get(User, door.user_id, with_for_update=True, populate_existing=True)
        if user is None or not user.is_active:
            raise Conflict("inactive", "This account is disabled. Ask whoever sent you the link.")
        _use(unit, door.digest)
        if door.stamp not in (None, _stamp(user)):
            raise _refused("changed")
        user.password_hash, user.must_change_password = fresh, False
        ended += sessions.end_all(unit, user.id)
        return user.email


def forget_expired() -> int:
    """Delete the links that expired more than a day ago; how many there were."""
    with unit_of_work(Context("system:sessions")) as unit:
        gone = delete(Link).where(Link.expires_at < utcnow() - timedelta(days=1))
        return len(unit.scalars(gone.returning(Link.digest).execution_options(synchronize_session=False)).all())


def _look(token: str) -> Door:
    link = (Link.digest, Link.used_at, Link.expires_at, Link.stamp)
    query = select(*link, User.id, User.email, User.name, User.password_hash).join(User, User.id == Link.user_id)
    with db.engine.connect() as connection:
        row = connection.execute(query.where(Link.digest == _digest(token))).one_or_none()
    if row is None:
        raise _refused("")
    if fault := _fault(row):
        raise _refused(fault)
    return Door(row.digest, row.id, row.email, row.name, row.stamp)


def _fault(row: Any) -> str:
    if row.used_at is not None:
        return "used"
    if row.expires_at <= utcnow():
        return "expired"
    return "" if row.stamp in (None, _stamp(row)) else "changed"


def _use(unit: Unit, digest: str) -> None:
    """Take the link: of several at once, one gets it."""
    good = (Link.digest == digest, Link.used_at.is_(None), Link.expires_at > utcnow())
    taking = update(Link).where(*good).values(used_at=utcnow()).returning(Link.digest)
    if not unit.scalars(taking.execution_options(synchronize_session=False)).all():
        raise _refused("used")


def _refused(why: str) -> Problem:
    return Problem(410, "link-not-valid", REASONS[why])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _stamp(account: Any) -> str:
    """What a link remembers of the account that it was made for."""
    return hashlib.sha256(f"{account.email}\n{account.password_hash or ''}".encode()).hexdigest()


def _base() -> str:
    """The address under which people reach the panel."""
    known = settings()
    host = "localhost" if known.host in ("0.0.0.0", "::") else known.host  # noqa: S104 only compared
    return known.public_url.rstrip("/") or f"http://{f'[{host}]' if ':' in host else host}:{known.port}"
