"""What strangers send through public forms: applications and inquiries, stored as they stand, trusted in nothing."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import func, select

from .. import mail
from ..changes import Context, unit_of_work
from ..changes.context import Unit
from ..clock import utcnow
from ..errors import Conflict, Invalid
from ..models import Business, BusinessListingInquiry, Inquiry, Professional, Record, RegistrationInquiry
from ..models.wire import camel
from ..records.crud import check_references
from ..records.decisions import OPEN
from ..records.emails import LOCK

Values = Mapping[str, Any]  # by attribute

OF_BUSINESSES = ("business_name", "business_description", "category_id", "gst_number")
OF_PROFESSIONALS = ("first_name", "last_name", "profession", "about_me", "professional_headline")
FOREIGN = {"BUSINESS": OF_PROFESSIONALS, "PROFESSIONAL": OF_BUSINESSES}
ADDRESSEES: Mapping[str, type[Record]] = {"business_id": Business, "professional_id": Professional}
NAMES = {"business_id": "businessId", "professional_id": "professionalId"}


def register(values: Values, context: Context) -> str:
    """Take an application for an account; its id. The applicant is mailed that it came.

    Invalid; Conflict `already-pending` while one with the same e-mail and of the same kind waits. Whether there is an
    account with the e-mail is told to nobody here.
    """
    _check_registration(values)

    def look(session: Unit) -> None:
        same = RegistrationInquiry.type == values["type"]
        _refuse_second(session, RegistrationInquiry, values["email"], same)

    given = {**values, "status": "PENDING", "terms_accepted_at": utcnow()}
    return _store(RegistrationInquiry, given, context, look)


def ask_for_listing(values: Values, context: Context) -> str:
    """Take a request to be listed; its id. As `register`; here the business's name tells two requests apart."""

    def look(session: Unit) -> None:
        same = func.lower(BusinessListingInquiry.business_name) == values["business_name"].lower()
        _refuse_second(session, BusinessListingInquiry, values["email"], same)

    return _store(BusinessListingInquiry, {**values, "status": "PENDING"}, context, look)


def inquire(values: Values, context: Context) -> str:
    """Take a message to one business or one professional; its id. Invalid unless it is there and active."""
    named = [name for name in ADDRESSEES if values.get(name) is not None]
    if len(named) != 1:
        raise Invalid(dict.fromkeys(NAMES.values(), "name a business or a professional, one of the two"))

    def look(session: Unit) -> None:
        model: Any = ADDRESSEES[named[0]]
        there = select(model.id).where(model.id == values[named[0]], model.is_active)
        if session.scalar(there.with_for_update(read=True)) is None:
            raise Invalid({NAMES[named[0]]: "cannot be written to"})

    with unit_of_work(context) as session:
        look(session)
        return _add(session, Inquiry, {**values, "status": "NEW"})


def _store(model: type[Record], values: Values, context: Context, look: Callable[[Unit], None]) -> str:
    with unit_of_work(context) as session:
        look(session)
        record_id = _add(session, model, values)
        try:
            mail.post(session, "received", values["email"], {}, resource=model.__resource__, record_id=record_id)
        except ValueError as error:
            raise Invalid({"email": "No mail can go to this address."}) from error
        return record_id


def _add(session: Unit, model: type[Record], values: Values) -> str:
    check_references(session, model, values)
    record = model(**values)
    session.add(record)
    session.flush()
    return record.id


def _refuse_second(session: Unit, model: Any, email: str, same: Any) -> None:
    if session.connection().dialect.name == "postgresql":  # SQLite lets one writer in at a time by itself
        session.execute(LOCK, {"word": f"{model.__resource__} {email.lower()}"})
    waits = select(model.id).where(func.lower(model.email) == email.lower(), model.status.in_(OPEN), same)
    if session.scalar(waits.limit(1)) is not None:
        raise Conflict("already-pending", "This application is with us already and waits for its review.")


def _check_registration(values: Values) -> None:
    kind = values["type"]
    wrong = {name: f"is not asked of a {kind.lower()}" for name in FOREIGN[kind] if values.get(name)}
    if kind == "BUSINESS" and not values.get("business_name"):
        wrong["business_name"] = "Missing data for required field."
    if not values["terms_accepted"]:
        wrong["terms_accepted"] = "must be true"
    if wrong:
        raise Invalid({camel(name): why for name, why in wrong.items()})
