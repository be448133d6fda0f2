"""/api/admin/mails: what was to be sent, to whom, what became of it; never what stands in it."""

from dataclasses import asdict
from typing import Any

from flask import Response, jsonify, request
from marshmallow import Schema, fields
from sqlalchemy import func, select

from ..clock import to_wire
from ..errors import NotFound
from ..mail import again
from ..mail.templates import TEMPLATES, unfilled
from ..models import Mail
from ..models.mail import MAIL_STATES
from ..records.listing import snapshot
from ..records.query import filtered
from . import guard
from .conditional import answer_of
from .integrity import PAGING, WRONG, only
from .resource import Door, refusals

blp = Door("mails", __name__, url_prefix="/api/admin/mails", description="Mails, and what became of them")

CHOICES = {"state": MAIL_STATES, "template": tuple(TEMPLATES)}
FILTERS = {"state": Mail.state, "template": Mail.template, "to": Mail.recipient, "recordId": Mail.record_id}
PARAMETERS = [
    *PAGING,
    *(
        {
            "in": "query",
            "name": name,
            "schema": {"type": "string"} | ({"enum": [*CHOICES[name]]} if name in CHOICES else {"minLength": 1}),
        }
        for name in FILTERS
    ),
]


class MailItem(Schema):
    """One mail."""

    id = fields.String(required=True)
    template = fields.String(required=True, metadata={"enum": [*TEMPLATES]})
    to = fields.String(required=True, metadata={"example": "anna@example.org"})
    state = fields.String(required=True, metadata={"enum": [*MAIL_STATES]})
    tries = fields.Integer(required=True)
    error = fields.String(required=True, allow_none=True, metadata={"description": "Of the last try"})
    resource = fields.String(required=True, allow_none=True)
    recordId = fields.String(required=True, allow_none=True)
    createdAt = fields.DateTime(required=True)
    dueAt = fields.DateTime(required=True, metadata={"description": "When it is tried next, while it waits"})
    expiresAt = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When its link ends; it is not sent after that"}
    )
    sentAt = fields.DateTime(required=True, allow_none=True)


class MailTemplate(Schema):
    """What a kind of mail says; `$name` and its like are filled in when one is written."""

    name = fields.String(required=True, metadata={"enum": [*TEMPLATES]})
    subject = fields.String(required=True)
    body = fields.String(required=True)
    goodForSeconds = fields.Integer(
        required=True, allow_none=True, metadata={"description": "How long its link works; null without one"}
    )


class MailTemplates(Schema):
    """Every kind of mail."""

    items = fields.List(fields.Nested(MailTemplate), required=True)


class MailList(Schema):
    """One page of mails."""

    items = fields.List(fields.Nested(MailItem), required=True)
    page = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    total = fields.Integer(required=True)


@blp.route("")
@guard.superadmin
@blp.doc(parameters=PARAMETERS)
@blp.response(200, MailList)
@refusals(blp, WRONG)
def index() -> Response:
    """The mails, newest first."""
    number, limit, chosen = filtered(request.args.to_dict(flat=False), [*FILTERS], CHOICES)
    where = [FILTERS[name] == value for name, value in chosen.items() if value]
    with snapshot() as session:
        total = session.scalar(select(func.count()).select_from(Mail).where(*where)) or 0
        newest = select(Mail).where(*where).order_by(Mail.created_at.desc(), Mail.id.desc())
        items = [_told(mail) for mail in session.scalars(newest.limit(limit).offset((number - 1) * limit))]
    return answer_of({"items": items, "page": number, "limit": limit, "total": total})


@blp.route("/templates")
@guard.superadmin
@blp.response(200, MailTemplates)
@refusals(blp, WRONG)
def templates() -> Response:
    """The mails there are, as they are written before a name, a reason or a link is filled in."""
    only()
    told = [
        {
            "name": name, **asdict(unfilled(name)),
            "goodForSeconds": kind.good_for and int(kind.good_for.total_seconds()),
        }
        for name, kind in TEMPLATES.items()
    ]  # fmt: skip
    return answer_of({"items": told})


@blp.route("/<mail_id>")
@guard.superadmin
@blp.response(200, MailItem)
@refusals(blp, {404: "No such mail", **WRONG})
def read(mail_id: str) -> Response:
    """One mail."""
    only()
    return answer_of(_read(mail_id))


@blp.route("/<mail_id>/retry", methods=["POST"])
@guard.superadmin
@blp.response(200, MailItem)
@refusals(blp, {404: "No such mail", 409: "Sent already, under way, or its link has ended", **WRONG})
def retry(mail_id: str) -> Response:
    """Send it again now: what failed, or is in doubt; the latter may so arrive twice."""
    only()
    again.retry(mail_id, guard.context())
    return jsonify(_read(mail_id))


def _read(mail_id: str) -> dict[str, Any]:
    with snapshot() as session:
        mail = session.get(Mail, mail_id, populate_existing=True)
        if mail is None:
            raise NotFound("mails", mail_id)
        return _told(mail)


def _told(mail: Mail) -> dict[str, Any]:
    def time(moment: Any) -> str | None:
        return to_wire(moment) if moment else None

    return {
        "id": mail.id,
        "template": mail.template,
        "to": mail.recipient,
        "state": mail.state,
        "tries": mail.tries,
        "error": mail.error,
        "resource": mail.resource,
        "recordId": mail.record_id,
        "createdAt": time(mail.created_at),
        "dueAt": time(mail.due_at),
        "expiresAt": time(mail.expires_at),
        "sentAt": time(mail.sent_at),
    }
