"""Into the outbox of mails: within the caller's unit of work, so that a mail is there exactly if the change is."""

from collections.abc import Mapping

from sqlalchemy import insert
from sqlalchemy.orm import Session, scoped_session

from ..clock import utcnow
from ..models.base import new_id
from ..models.mail import WAITING, Mail
from . import envelope, knocking
from .templates import TEMPLATES, render


def post(
    session: Session | scoped_session[Session],
    template: str,
    to: str,
    values: Mapping[str, str],
    *,
    resource: str | None = None,
    record_id: str | None = None,
) -> str:
    """Within a unit of work: have a mail sent to `to` once it is committed; returns the mail's id.

    `values` fill the template; they are kept encrypted, and forgotten once the mail is sent. `resource` and `record_id`
    say what the mail is about. KeyError when the template is unknown or wants another value; ValueError for a recipient
    that no mail can go to.
    """
    declared = TEMPLATES[template]
    render(template, values)
    envelope.check(to)
    mail_id, now = new_id(), utcnow()
    row = {
        "id": mail_id,
        "template": template,
        "recipient": to,
        "sealed": envelope.seal(values),
        "resource": resource,
        "record_id": record_id,
        "state": WAITING,
        "created_at": now,
        "due_at": now,
        "expires_at": now + declared.good_for if declared.good_for else None,
    }
    session.execute(insert(Mail).values(row))
    knocking.ask(session)
    return mail_id
