"""Sessions: a token is worth what its session is worth, and that is read from the database each time.

Beside the session's id a token carries the role and a stamp of the password it was issued for; who changes
either, by whatever way, ends the token.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from redis import RedisError
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.sql.elements import ColumnElement

from ..changes import Context, events, unit_of_work
from ..changes.context import Unit
from ..clock import utcnow
from ..config import settings
from ..errors import NotFound
from ..extensions import db, sse
from ..models import Session, User, new_id
from ..models.session import stamp

log = structlog.get_logger(__name__)

PORTION = 1_000  # sessions forgotten in one transaction


# Built once: every call of the API asks it
CHECK = (
    select(Session.expires_at, User.role, User.password_hash, User.must_change_password, User.totp_since)
    .join(User, User.id == Session.user_id)
    .where(Session.id == bindparam("session"), Session.user_id == bindparam("user"), User.is_active)
    .where(Session.revoked_at.is_(None), Session.expires_at > bindparam("now"))
)


@dataclass(frozen=True)
class Signed:
    """A live session and its user as the database has them now."""

    session_id: str
    user_id: str
    expires_at: datetime
    role: str
    stamp: str
    must_change_password: bool
    second_factor: bool


def start(unit: Unit, user: User, address: str | None, user_agent: str | None) -> Signed:
    """Open a session of `user`, inside the caller's unit of work."""
    now = utcnow()
    session = Session(
        id=new_id(),
        user_id=user.id,
        created_at=now,
        expires_at=now + timedelta(days=settings().session_days),
        address=address,
        user_agent=(user_agent or "")[:400] or None,
    )
    unit.add(session)
    return _signed(session.id, user.id, session.expires_at, user)


def check(session_id: str, user_id: str) -> Signed | None:
    """The session if it is good now: neither revoked nor expired, its user there and enabled.

    Reads on a connection of its own, so that no transaction stays open on `db.session`.
    """
    with db.engine.connect() as connection:
        row = connection.execute(CHECK, {"session": session_id, "user": user_id, "now": utcnow()}).one_or_none()
    return None if row is None else _signed(session_id, user_id, row.expires_at, row)


def of_user(user_id: str) -> list[dict[str, Any]]:
    """The live sessions of a user, newest first: id, created_at, expires_at, address, user_agent of each."""
    query = (
        select(Session.id, Session.created_at, Session.expires_at, Session.address, Session.user_agent)
        .where(Session.user_id == user_id, *live())
        .order_by(Session.created_at.desc(), Session.id.desc())
    )
    with db.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def revoke(session_id: str, user_id: str, context: Context, event: str = "session-ended") -> None:
    """End one session of `user_id`, its tokens and streams. NotFound when it is not theirs or has ended."""
    with unit_of_work(context, after_commit=lambda: announce(sessions=[session_id])) as unit:
        if not _end(unit, Session.id == session_id, Session.user_id == user_id):
            raise NotFound("sessions", session_id)
        events.record(unit, event, resource="users", record_id=user_id, detail={"session": session_id})


def revoke_all(user_id: str, context: Context) -> list[str]:
    """End every session of a user with their tokens and streams; returns the sessions' ids."""
    with unit_of_work(context, after_commit=lambda: announce(users=[user_id])) as unit:
        return end_told(unit, user_id)


def end_told(unit: Unit, user_id: str) -> list[str]:
    """The same inside the caller's unit of work; the caller calls `announce` once its commit stands."""
    ended = end_all(unit, user_id)
    _note(unit, user_id, len(ended))
    return ended


def _note(unit: Unit, user_id: str, count: int) -> None:
    if count:
        events.record(unit, "sessions-ended", resource="users", record_id=user_id, detail={"count": count})


def end_all(unit: Unit, user_id: str) -> list[str]:
    """As `end_told`, where another event tells of it."""
    return _end(unit, Session.user_id == user_id)


def revoke_unwelcome() -> list[str]:
    """End the sessions of users whom somebody disabled by another way than ours; returns their ids."""
    disabled = Session.user_id.in_(select(User.id).where(User.is_active.is_(False)))
    with db.engine.connect() as connection:
        listed = connection.execute(select(Session.id, Session.user_id).where(disabled, *live()))
        found = {row.id: row.user_id for row in listed}
    if not found:
        return []
    ended: list[str] = []
    with unit_of_work(Context("system:sessions"), after_commit=lambda: announce(sessions=ended)) as unit:
        ended += _end(unit, Session.id.in_(found), disabled)
        for user_id, count in Counter(found[session_id] for session_id in ended).items():
            _note(unit, user_id, count)
    return ended


def forget_expired() -> int:
    """Delete the sessions that expired more than a day ago, a portion a transaction; how many there were."""
    before = utcnow() - timedelta(days=1)
    old = select(Session.id).where(Session.expires_at < before).order_by(Session.expires_at).limit(PORTION)
    forgotten = 0
    while True:
        with unit_of_work(Context("system:sessions")) as unit:
            going = delete(Session).where(Session.id.in_(unit.scalars(old).all()))
            gone = len(unit.scalars(going.returning(Session.id).execution_options(synchronize_session=False)).all())
        forgotten += gone
        if not gone:
            return forgotten


def announce(sessions: Sequence[str] = (), users: Sequence[str] = ()) -> None:
    """Tell every process to end the streams of these sessions and users. Without Redis nobody can be told."""
    if not sessions and not users:
        return
    try:
        sse.control("revoked", sessions=list(sessions), users=list(users))
    except RedisError as error:
        log.warning("streams were not told of a revocation; the tokens are refused", reason=str(error))


def renewed(session_id: str, expires_at: datetime) -> None:
    """Tell every process that the streams of a session may go on until its new token ends (aware, UTC)."""
    try:
        sse.control("renewed", sessions=[session_id], expiresAt=int(expires_at.timestamp()))
    except RedisError as error:
        log.warning("streams were not told of a renewal; they end with their old token", reason=str(error))


def _signed(session_id: str, user_id: str, expires_at: datetime, user: Any) -> Signed:
    password = stamp(user.password_hash)
    second_factor = user.totp_since is not None
    return Signed(session_id, user_id, expires_at, user.role, password, user.must_change_password, second_factor)


def live() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions of a session that is neither revoked nor expired."""
    return Session.revoked_at.is_(None), Session.expires_at > utcnow()


def _end(unit: Unit, *which: ColumnElement[bool]) -> list[str]:
    ending = update(Session).where(*which, Session.revoked_at.is_(None)).values(revoked_at=utcnow())
    return list(unit.scalars(ending.returning(Session.id).execution_options(synchronize_session=False)))
