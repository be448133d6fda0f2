"""Whose mail it is now: a claim under a lease and a fence, so that no mail is in two hands."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, and_, delete, or_, select, type_coerce, update

from ..changes import Context, unit_of_work
from ..changes.context import Unit
from ..clock import truncate
from ..config import settings
from ..models.base import Now
from ..models.mail import CLAIMED, EXPIRED, FAILED, SENDING, SENT, UNCERTAIN, WAITING, Mail
from ..models.types import UtcTime
from . import log_book

LEASE = timedelta(minutes=3)  # longer than a server that answers each step at the last moment can take
NO_ANSWER = "the process that sent it ended before the server's answer came"
DOMAIN = "mails.digisence"  # of Message-IDs; the part before it is unique by itself

Tell = Callable[[Unit, str, str | None], None]


class TurnLost(Exception):
    """Another process has taken the mail over, or a superadmin has decided about it."""


@dataclass(frozen=True)
class Claim:
    """A mail in this process's hands."""

    id: str
    fence: int
    template: str
    recipient: str
    sealed: str
    tries: int

    @property
    def message_id(self) -> str:
        """The same at each try, so that a mailbox may know a second copy for what it is."""
        return f"<{self.id}@{DOMAIN}>"


def claim(context: Context) -> Claim | None:
    """Take the mail that is due longest; None when none is."""
    with unit_of_work(context, patience=None) as session:
        now = database_now(session)
        due = or_(and_(Mail.state == WAITING, Mail.due_at <= now), and_(Mail.state == CLAIMED, Mail.lease_until <= now))
        first = select(Mail.id).where(due).order_by(Mail.due_at, Mail.id).limit(1).with_for_update(skip_locked=True)
        mail_id = session.scalar(first)
        if mail_id is None:
            return None
        taken = update(Mail).where(Mail.id == mail_id).values(
            state=CLAIMED, fence=Mail.fence + 1, tries=Mail.tries + 1, lease_until=now + LEASE
        )  # fmt: skip
        columns = (Mail.id, Mail.fence, Mail.template, Mail.recipient, Mail.sealed, Mail.tries)
        row = session.execute(_plainly(taken).returning(*columns)).one()
        return Claim(row.id, row.fence, row.template, row.recipient, row.sealed or "", row.tries)


def begin(claimed: Claim, context: Context) -> None:
    """Say that the text leaves now: who dies from here on leaves it uncertain. TurnLost."""
    with unit_of_work(context, patience=None) as session:
        now = database_now(session)
        _move(session, claimed, (CLAIMED,), state=SENDING, lease_until=now + LEASE)


def leave(
    claimed: Claim,
    context: Context,
    state: str,
    *,
    error: str | None,
    pause: timedelta = timedelta(0),
    tell: Tell | None = None,
) -> None:
    """Say what came of it, and let go. An answer counts also where others gave up waiting for it meanwhile.

    TurnLost.
    """
    with unit_of_work(context, patience=0) as session:
        now = database_now(session)
        values: dict[str, Any] = {"state": state, "error": error, "lease_until": None, "due_at": now + pause}
        if state == SENT:
            values |= {"sent_at": now, "sealed": None}
        _move(session, claimed, (CLAIMED, SENDING, UNCERTAIN), **values)
        if tell:
            tell(session, state, error)


def find_uncertain(context: Context) -> int:
    """Tell of the mails whose sender died while the text was under way; returns how many."""
    with unit_of_work(context, patience=0) as session:
        now = database_now(session)
        left = update(Mail).where(Mail.state == SENDING, Mail.lease_until <= now).values(
            state=UNCERTAIN, error=NO_ANSWER, lease_until=None
        )  # fmt: skip
        found = session.execute(_plainly(left).returning(Mail.id, Mail.template, Mail.recipient)).all()
        for row in found:
            log_book.tell(*row, session, UNCERTAIN, NO_ANSWER)
        return len(found)


def expire(context: Context) -> int:
    """Send no link that has ended, keep none either, and forget what is old; returns how many will not be sent."""
    with unit_of_work(context, patience=None) as session:
        now = database_now(session)
        ended = Mail.expires_at <= now
        late = update(Mail).where(Mail.state == WAITING, ended).values(state=EXPIRED, sealed=None)
        count = session.execute(_plainly(late)).rowcount  # type: ignore[attr-defined]
        given_up = (FAILED, UNCERTAIN)
        session.execute(_plainly(update(Mail).where(Mail.state.in_(given_up), ended).values(sealed=None)))
        old = Mail.created_at <= now - timedelta(days=settings().mail_days)
        kept = (WAITING, CLAIMED, SENDING)
        session.execute(delete(Mail).where(Mail.state.not_in(kept), old).execution_options(synchronize_session=False))
        return int(count)


def database_now(session: Unit) -> datetime:
    """The database's own time, so that several machines agree."""
    moment = session.scalar(select(type_coerce(Now(), UtcTime)))
    assert moment is not None  # noqa: S101
    return truncate(moment)


def _move(session: Unit, claimed: Claim, states: tuple[str, ...], **values: Any) -> None:
    ours = update(Mail).where(Mail.id == claimed.id, Mail.fence == claimed.fence, Mail.state.in_(states))
    if session.execute(_plainly(ours.values(**values))).rowcount != 1:  # type: ignore[attr-defined]
        raise TurnLost(claimed.id)


def _plainly(statement: Update) -> Update:
    return statement.execution_options(synchronize_session=False)
