"""A decision is taken by its own call, which does what it promises: no plain edit may claim that it was."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from ..changes.context import Unit
from ..errors import Conflict, Invalid
from ..models import BusinessListingInquiry, Record, RegistrationInquiry, User
from ..models.user import SUPER_ADMIN

OPEN = ("PENDING", "UNDER_REVIEW")  # between these a plain edit may go
DECISION: Mapping[type[Record], Mapping[str, str]] = {  # what a decision writes, by attribute and outer name
    RegistrationInquiry: {"status": "status", "reviewed_by": "reviewedBy", "reviewed_at": "reviewedAt"},
    BusinessListingInquiry: {"status": "status"},
}
PERSON: Mapping[type[Record], tuple[str, str]] = {  # who has it in hand, by attribute and outer name
    RegistrationInquiry: ("reviewed_by", "reviewedBy"),
    BusinessListingInquiry: ("assigned_to", "assignedTo"),
}
NEW = SimpleNamespace(status="PENDING", reviewed_by=None, reviewed_at=None, assigned_to=None)


def check(model: type[Record], record: Any, values: Mapping[str, Any]) -> None:
    """Refuse to write `values` (by attribute) into a record where they would say, or unsay, a decision.

    Conflict `decision`. What a record says already may be said again.
    """
    names = DECISION.get(model, {})
    moved = {name for name in names if name in values and values[name] != getattr(record, name)}
    lies = moved - _harmless(record, values) if moved else moved
    if lies:
        raise Conflict(
            "decision",
            "A decision is taken and taken back by its own call: approve, reject, complete, reopen.",
            fields=dict.fromkeys(sorted(names[attribute] for attribute in lies), "is set by a decision"),
        )


def check_told(model: type[Record], record: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """The same of a record and values by outer name, in their public form."""
    named = DECISION.get(model, {}).items()
    told = {attribute: values[name] for attribute, name in named if name in values}
    check(model, SimpleNamespace(**{attribute: record[name] for attribute, name in named}), told)


def check_new(session: Unit, model: type[Record], values: Mapping[str, Any]) -> None:
    """Refuse to add a record that says it is decided, Conflict `decision`, or that nobody who may has in hand."""
    check(model, NEW, values)
    check_person(session, model, NEW, values)


def check_person(session: Unit, model: type[Record], record: Any, values: Mapping[str, Any]) -> None:
    """Refuse to put a record into the hands of anybody but an active superadmin: Invalid. Who has it already may."""
    attribute, name = PERSON.get(model, ("", ""))
    chosen = values.get(attribute)
    if chosen is None or chosen == getattr(record, attribute):
        return
    user = session.get(User, chosen)
    if user is None or user.role != SUPER_ADMIN or not user.is_active:
        raise Invalid({name: "must be the id of an active superadmin"})


def _harmless(record: Any, values: Mapping[str, Any]) -> set[str]:
    """What may be written as long as nothing is decided: who has it in hand, and that it is in somebody's."""
    if record.status not in OPEN:
        return set()
    return {"reviewed_by"} | ({"status"} if values.get("status") in OPEN else set())
