"""A mail once more, because a superadmin says so: what had failed, what is in doubt, what waits for its next try."""

from sqlalchemy import update

from ..changes import Context, events, unit_of_work
from ..clock import utcnow
from ..errors import Conflict, NotFound
from ..models.mail import FAILED, SENT, UNCERTAIN, WAITING, Mail
from . import knocking
from .log_book import RESOURCE

AGAIN = (WAITING, FAILED, UNCERTAIN)


def retry(mail_id: str, context: Context) -> None:
    """Let a mail be sent now, with as many tries as a new one. One in doubt may so arrive twice, under one Message-ID.

    NotFound; Conflict `sent`, `under-way`, `expired` (its link has ended and its content is gone).
    """
    with unit_of_work(context) as session:
        mail = session.get(Mail, mail_id, with_for_update=True, populate_existing=True)
        if mail is None:
            raise NotFound(RESOURCE, mail_id)
        _allow(mail)
        values = {"state": WAITING, "tries": 0, "due_at": utcnow(), "fence": Mail.fence + 1}
        again = update(Mail).where(Mail.id == mail_id).values(values)
        session.execute(again.execution_options(synchronize_session=False))
        detail = {"template": mail.template, "to": mail.recipient, "was": mail.state}
        events.record(session, "mail-retried", resource=RESOURCE, record_id=mail_id, detail=detail)
        session.expunge(mail)
        knocking.ask(session)


def _allow(mail: Mail) -> None:
    if mail.state == SENT:
        raise Conflict("sent", "This mail has been sent, and its content is forgotten.")
    ended = mail.expires_at is not None and mail.expires_at <= utcnow()
    if mail.sealed is None or ended:
        raise Conflict("expired", "The link in this mail has ended; issue a new one instead.")
    if mail.state not in AGAIN:
        raise Conflict("under-way", "This mail is being sent at this moment.")
