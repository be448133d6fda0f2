"""From an application to an account: user, profile, mail and the closed application in one transaction, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ..changes import Context, events
from ..changes.context import Unit
from ..errors import Conflict, Invalid, Problem, flatten
from ..models import Business, Professional, Record, RegistrationInquiry, User
from ..models.base import new_id
from ..models.types import to_json
from ..models.user import BUSINESS_ADMIN, PROFESSIONAL_ADMIN
from ..models.wire import by_name, camel
from ..records import emails, schema, slugs, violations
from ..records.crud import Versions, check_references, read
from ..records.listing import snapshot
from . import links, review

Overrides = Mapping[str, Any]  # by attribute of the application, and `slug`, `is_active` of the profile

ATTEMPTS = 5  # at a slug that somebody else may take at the same moment
PROFILES: Mapping[str, tuple[type[Record], str]] = {
    "BUSINESS": (Business, BUSINESS_ADMIN),
    "PROFESSIONAL": (Professional, PROFESSIONAL_ADMIN),
}
# What of the application goes where in the profile; what stands under one name in both is not listed
CARRIED: Mapping[type[Record], Mapping[str, str]] = {
    Business: {
        "name": "business_name", "description": "business_description", "about": "about_me", "phone": "phone",
        "email": "email", "website": "website", "gst_number": "gst_number", "category_id": "category_id",
        "address": "address", "slug": "slug", "is_active": "is_active",
    },
    Professional: {
        "name": "name", "profession_name": "profession", "professional_headline": "professional_headline",
        "about_me": "about_me", "phone": "phone", "email": "email", "website": "website", "location": "location",
        "slug": "slug", "is_active": "is_active",
    },
}  # fmt: skip
OVERRIDES = frozenset(name for carried in CARRIED.values() for name in carried.values()) | {
    "first_name", "last_name", "address", "location", "name",
}  # fmt: skip


@dataclass(frozen=True)
class Draft:
    """What approving makes: the values of the user and of the profile, by attribute."""

    user: Mapping[str, Any]
    model: type[Record]
    profile: Mapping[str, Any]


def approve(record_id: str, overrides: Overrides, context: Context, if_match: Versions = None) -> Record:
    """Make an account of an application and close it; returns the application. The applicant is mailed a link.

    NotFound; 412; Invalid names what the account cannot be made of; Conflict `state` when it is decided already,
    `account-exists` when somebody has the e-mail.
    """

    def effect(session: Unit, record: Any) -> None:
        draft = _draft(session, record, overrides)
        emails.hold(session, User, draft.user)
        _refuse_existing(session, draft.user["email"])
        user_id = _make(session, draft)
        link = links.issue(session, user_id, links.SET_PASSWORD)
        review.write(session, "set-password", record, {"name": draft.user["name"], "link": link}, draft.user["email"])
        made = {"userId": user_id, "profile": draft.model.__resource__, "profileId": draft.profile["id"]}
        events.record(session, "approved", resource=record.__resource__, record_id=record_id, detail=made)

    for attempt in range(ATTEMPTS):
        try:
            return review.move(RegistrationInquiry, record_id, "approve", context, if_match, effect)
        except Conflict as conflict:
            if attempt == ATTEMPTS - 1 or "slug" in overrides or "slug" not in conflict.fields:
                raise
    raise AssertionError("unreachable")


def preview(record_id: str) -> dict[str, Any]:
    """What approving an application would make, and what stands in its way. NotFound."""
    nothing: dict[str, Any] = {"user": None, "resource": None, "profile": None, "errors": [], "conflict": None}
    with snapshot() as session:
        record = read(RegistrationInquiry, record_id)
        try:
            draft = _draft(session, record, {})
        except Invalid as fault:
            return nothing | {"errors": [{"field": name, "message": why} for name, why in fault.fields.items()]}
        found = _existing(session, draft.user["email"])
    return nothing | {
        "user": _told(User, draft.user),
        "resource": draft.model.__resource__,
        "profile": _told(draft.model, draft.profile),
        "conflict": {"code": found.code, "detail": found.detail} if found else None,
    }


def _draft(session: Unit, record: Any, overrides: Overrides) -> Draft:
    """Invalid names what is missing or wrong, by the application's own fields."""
    model, role = PROFILES[record.type]
    given = {name: getattr(record, name, None) for name in OVERRIDES} | {"is_active": True} | dict(overrides)
    _look_for_stale_category(record, overrides)
    joined = given | _joined(record.type, given, overrides)
    profile = {attribute: joined[name] for attribute, name in CARRIED[model].items() if joined.get(name) is not None}
    user = {"email": given["email"], "name": given["name"], "role": role, "is_active": True}
    _check(model, profile, CARRIED[model])
    _check(User, user, {})
    check_references(session, model, {key: value for key, value in profile.items() if key == "category_id"})
    profile["slug"] = profile.get("slug") or slugs.fresh(session, model, str(profile["name"]))
    return Draft(user, model, profile | {"id": new_id()})


def _joined(kind: str, given: Overrides, overrides: Overrides) -> dict[str, Any]:
    """Where a profile has one field for two of the application's, keep both."""
    place = ", ".join(dict.fromkeys(part for part in (given["address"], given["location"]) if part)) or None
    if kind == "BUSINESS":
        return {"address": place}
    full = " ".join(part for part in (given["first_name"], given["last_name"]) if part)
    return {"location": place, "name": full if full and "name" not in overrides else given["name"]}


def _look_for_stale_category(record: RegistrationInquiry, overrides: Overrides) -> None:
    chosen = record.type == "BUSINESS" and record.category_id is None and record.category_ref is not None
    if chosen and "category_id" not in overrides:
        gone = f"the category {record.category_ref!r} that was chosen is gone: name another, or null for none"
        raise Invalid({"categoryId": gone})


def _check(model: type[Record], values: Mapping[str, Any], carried: Mapping[str, str]) -> None:
    names = {field.name: field.attribute for field in by_name(model).values()}
    told = {camel(attribute): value for attribute, value in values.items()}
    try:
        schema.shapes(model, ()).create().load(told, partial=("adminId",))
    except ValidationError as error:
        faults = dict(flatten(error.messages))
        raise Invalid({camel(carried.get(names[name], names[name])): why for name, why in faults.items()}) from error


def _make(session: Unit, draft: Draft) -> str:
    """The user and the profile; the user's id. Conflict for what somebody else took at the same moment."""
    user = User(**draft.user)
    session.add(user)
    _flush(session, User)
    _refuse_existing(session, user.email, user.id)  # whom an invitation made meanwhile, in other letters
    session.add(draft.model(**draft.profile, admin_id=user.id))
    _flush(session, draft.model)
    return user.id


def _flush(session: Unit, model: type[Record]) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise _explained(violations.explain(error, model), model) from error


def _explained(problem: Problem, model: type[Record]) -> Problem:
    if model is User and problem.code == "taken":
        return _conflict("Somebody has made an account with this e-mail at this very moment.")
    return problem


def _refuse_existing(session: Unit, email: str, but: str = "") -> None:
    if conflict := _existing(session, email, but):
        raise conflict


def _existing(session: Unit, email: str, but: str = "") -> Conflict | None:
    """What to say when somebody (`but` for one) has the e-mail already, in whatever letters."""
    query = select(User).where(emails.of(email), User.id != but).order_by(User.id)
    user = session.scalars(query).first()
    if user is None:
        return None
    profiles = [
        model for model, _ in PROFILES.values() if session.scalar(select(model.id).where(_run_by(model, user.id)))
    ]
    runs = " and ".join(f"one of the {model.__resource__}" for model in profiles) or "no profile"
    state = "" if user.is_active else ", which is disabled"
    return _conflict(
        f"{user.email} has an account already{state}: {user.role}, with {runs}. Reject the application, or approve it "
        "with another e-mail.",
        account={"userId": user.id, "role": user.role, "isActive": user.is_active},
    )


def _run_by(model: Any, user_id: str) -> Any:
    return model.admin_id == user_id


def _conflict(detail: str, **extra: Any) -> Conflict:
    return Conflict("account-exists", detail, fields={"email": "has an account already"}, **extra)


def _told(model: type[Record], values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: to_json(field.type, values[field.attribute])
        for name, field in by_name(model).items()
        if field.attribute in values and name != "id"
    }
