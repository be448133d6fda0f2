"""How an application moves: taken in hand, decided once, opened again; of two who decide at once, one does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm.exc import StaleDataError

from .. import mail
from ..changes import Context, unit_of_work
from ..changes.context import Unit
from ..clock import utcnow
from ..errors import Conflict, Invalid, NotFound, Problem
from ..models import BusinessListingInquiry, Record, RegistrationInquiry, User
from ..models.user import SUPER_ADMIN
from ..records.crud import Versions, match

PENDING, UNDER_REVIEW, APPROVED, REJECTED, COMPLETED = (
    "PENDING", "UNDER_REVIEW", "APPROVED", "REJECTED", "COMPLETED",
)  # fmt: skip

Effect = Callable[[Unit, Any], None]


@dataclass(frozen=True)
class Step:
    """From which states it leads to which; whether it is a decision, which has an author and a time."""

    sources: tuple[str, ...]
    target: str
    decides: bool = False


STEPS: Mapping[type[Record], Mapping[str, Step]] = {
    RegistrationInquiry: {
        "assign": Step((PENDING, UNDER_REVIEW), UNDER_REVIEW),
        "approve": Step((PENDING, UNDER_REVIEW, APPROVED), COMPLETED, True),  # APPROVED: of the old platform
        "reject": Step((PENDING, UNDER_REVIEW, APPROVED), REJECTED, True),
        "reopen": Step((REJECTED, COMPLETED), PENDING),
    },
    BusinessListingInquiry: {
        "assign": Step((PENDING, UNDER_REVIEW), UNDER_REVIEW),
        "approve": Step((PENDING, UNDER_REVIEW), APPROVED, True),
        "complete": Step((APPROVED,), COMPLETED),
        "reject": Step((PENDING, UNDER_REVIEW, APPROVED), REJECTED, True),
        "reopen": Step((APPROVED, REJECTED, COMPLETED), PENDING),
    },
}
WHO: Mapping[type[Record], str] = {RegistrationInquiry: "reviewed_by", BusinessListingInquiry: "assigned_to"}
NOTES: Mapping[type[Record], str] = {RegistrationInquiry: "admin_notes", BusinessListingInquiry: "notes"}


def move(
    model: type[Record], record_id: str, step: str, context: Context, if_match: Versions, effect: Effect
) -> Record:
    """Take a step with a record, and what belongs to the step (`effect`) with it, in one transaction.

    NotFound; 412; Conflict `state` where the record's state does not allow the step.
    """
    try:
        with unit_of_work(context) as session:
            record: Any = session.get(model, record_id, with_for_update=True, populate_existing=True)
            if record is None:
                raise NotFound(model.__resource__, record_id)
            match(session, model, record, if_match, None)
            _allow(model, record, step)
            effect(session, record)
            _mark(record, STEPS[model][step], context)
            session.flush()
            session.refresh(record)
            session.expunge(record)
            return record  # type: ignore[no-any-return]
    except StaleDataError as error:
        raise Problem(412, "precondition-failed", "Somebody else wrote this record at the same moment.") from error


def assign(
    model: type[Record], record_id: str, reviewer: str | None, context: Context, if_match: Versions = None
) -> Record:
    """Put an application into the hands of a superadmin (`reviewer`; None: whoever asks). Invalid for anybody else."""

    def effect(session: Unit, record: Any) -> None:
        chosen = reviewer or person(context)
        user = session.get(User, chosen) if chosen else None
        if user is None or user.role != SUPER_ADMIN or not user.is_active:
            raise Invalid({"reviewer": "must be the id of an active superadmin"})
        setattr(record, WHO[model], user.id)

    return move(model, record_id, "assign", context, if_match, effect)


def reject(model: type[Record], record_id: str, reason: str, context: Context, if_match: Versions = None) -> Record:
    """Turn an application down; the applicant is told the reason by mail, and it is kept with the notes."""

    def effect(session: Unit, record: Any) -> None:
        write(session, "rejected", record, {"name": addressed(record), "reason": reason})
        notes = getattr(record, NOTES[model])
        setattr(record, NOTES[model], f"{notes}\n\n{reason}" if notes else reason)

    return move(model, record_id, "reject", context, if_match, effect)


def reopen(model: type[Record], record_id: str, context: Context, if_match: Versions = None) -> Record:
    """Take a decision back: the application waits again, for anybody. What the decision made stays as it is."""

    def effect(session: Unit, record: Any) -> None:  # noqa: ARG001
        if model is RegistrationInquiry:
            record.reviewed_by = record.reviewed_ref = record.reviewed_at = None

    return move(model, record_id, "reopen", context, if_match, effect)


def approve_listing(record_id: str, context: Context, if_match: Versions = None) -> Record:
    """Agree to list a business; whoever asked is told by mail. The listing itself is work still to be done."""

    def effect(session: Unit, record: Any) -> None:
        write(session, "approved", record, {"name": addressed(record), "subject": record.business_name})

    return move(BusinessListingInquiry, record_id, "approve", context, if_match, effect)


def complete_listing(record_id: str, context: Context, if_match: Versions = None) -> Record:
    """Say that the approved listing is there."""
    return move(BusinessListingInquiry, record_id, "complete", context, if_match, lambda _session, _record: None)


def person(context: Context) -> str | None:
    """The id of the user who acts; None for the system."""
    return context.actor.removeprefix("user:") if context.actor.startswith("user:") else None


def addressed(record: Any) -> str:
    """How a mail about an application greets whoever sent it: on one line, whatever they wrote."""
    return " ".join(str(getattr(record, "contact_name", None) or record.name).split())


def write(session: Unit, template: str, record: Any, values: Mapping[str, str], to: str | None = None) -> None:
    """Mail to whoever sent an application. Conflict `unmailable` where no mail can go."""
    try:
        mail.post(session, template, to or record.email, values, resource=record.__resource__, record_id=record.id)
    except ValueError as error:
        raise Conflict("unmailable", f"No mail can be sent: {error}. Correct the e-mail first.") from error


def _mark(record: Any, step: Step, context: Context) -> None:
    """Last of all, so that the record changes once: where it stands, and who decided it, if it has a place for that."""
    record.status = step.target
    if step.decides and isinstance(record, RegistrationInquiry):
        record.reviewed_by, record.reviewed_at = person(context), utcnow()


def _allow(model: type[Record], record: Any, step: str) -> None:
    if record.status in STEPS[model][step].sources:
        return
    allowed = [name for name, found in STEPS[model].items() if record.status in found.sources]
    raise Conflict(
        "state",
        f"This application is {record.status}: it cannot take the step {step!r} now. It can: {', '.join(allowed)}.",
        state=record.status,
    )
