"""The one way to write a record: in a unit of work, against the version the writer saw, with refusals one can mend."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from ..changes import Context, unit_of_work
from ..changes.context import Unit
from ..changes.history import changes as changed
from ..errors import Conflict, Invalid, NotFound, Problem
from ..extensions.db import db
from ..models import Change, QuarantineEntry, Record
from ..models.change import OF_RECORD
from ..models.types import to_json
from ..models.user import SUPER_ADMIN
from ..models.wire import dump, public
from . import circles, decisions, emails, guards, holders, lost, quarantine, slugs, violations
from .bulk import among
from .tables import PORTION, memory, references

Values = Mapping[str, Any]  # by attribute; the importer and the approval use more attributes than the wire lets write
Versions = int | Collection[int] | None

SLUG_ATTEMPTS = 5
OWN = ("version", "updatedAt")  # change with every change


def create(model: type[Record], values: Values, context: Context) -> Record:
    """A new record of `model`; an empty slug is made from its name. Returns it as the database holds it.

    Invalid names unknown references and missing ones (`admin-required`); Conflict `taken` names the field in use.
    """
    made_slug = hasattr(model, "slug") and not values.get("slug")
    for attempt in range(SLUG_ATTEMPTS):
        try:
            with unit_of_work(context) as session:
                return _create(session, model, dict(values), crowd=attempt == SLUG_ATTEMPTS - 1)
        except Conflict as conflict:  # somebody took the slug between our look and our insert
            if not (made_slug and "slug" in conflict.fields) or attempt == SLUG_ATTEMPTS - 1:
                raise holders.told(conflict, model, values) from conflict
    raise AssertionError("unreachable")


def _create(session: Unit, model: type[Record], values: dict[str, Any], *, crowd: bool) -> Record:
    emails.hold(session, model, values)
    needed = [field for field in references(model) if field.wire.required]
    check_references(session, model, dict.fromkeys((field.attribute for field in needed), None) | values)
    if hasattr(model, "slug") and not values.get("slug"):
        values["slug"] = slugs.fresh(session, model, str(values.get(model.__title__) or ""), crowd=crowd)
    record = model(**values)
    session.add(record)
    settled = _settle(session, model, record)
    emails.check(session, model, values, settled.id)
    return settled


def read(model: type[Record], record_id: str) -> Record:
    """The record as it stands. NotFound."""
    record = db.session.get(model, record_id, populate_existing=True)
    if record is None:
        raise NotFound(model.__resource__, record_id)
    return record


def update(
    model: type[Record], record_id: str, values: Values, context: Context, if_match: Versions = None,
    alongside: Callable[[Unit], object] = lambda _unit: None,
) -> Record:  # fmt: skip
    """Write `values` (by attribute; None clears) into a record. Returns it as the database holds it. `alongside` does
    in the same unit of work what must stand or fall with it.

    NotFound; 412 `precondition-failed` with `current` and the clashing fields when the version is none of `if_match`;
    Invalid for unknown references, `admin-required`; Conflict `taken`, `self`, `last-superadmin`.
    """
    with holders.named(model, values, record_id), unit_of_work(context) as session:
        emails.hold(session, model, values)
        circles.hold(session, model, values)
        superadmins = guards.hold(session, model) if guards.touches(model, values) else set()
        record = _locked(session, model, record_id)
        was = getattr(record, "email", None)
        match(session, model, record, if_match, values)
        decisions.check(model, record, values)
        if guards.touches(model, values) and loses_panel(record, values):
            guards.check(model, [record_id], context.actor, superadmins, "disable or demote")
        check_references(session, model, values, record_id)
        decisions.check_person(session, model, record, values)
        for attribute, value in meant(session, model, record, values).items():
            setattr(record, attribute, value)
        settled = _settle(session, model, record)
        emails.check(session, model, values, record_id, was)
        alongside(session)
        return settled


def delete(model: type[Record], record_id: str, context: Context, if_match: Versions = None) -> QuarantineEntry:
    """Take a record out of the live tables, with what belongs to it; returns the quarantine entry that brings it back.

    NotFound; 412 as `update`; Conflict `self`, `last-superadmin`.
    """
    with unit_of_work(context) as session:
        guards.hold(session, model)
        record = _locked(session, model, record_id)
        match(session, model, record, if_match, None)
        session.expunge(record)
        (placed,) = quarantine.place(
            session, model, [record_id], kind=quarantine.MANUAL, reason="Deleted by hand", actor=context.actor
        )
        entry = session.get_one(QuarantineEntry, placed)
        session.expunge(entry)
        return entry


def _locked(session: Unit, model: type[Record], record_id: str) -> Record:
    record = session.get(model, record_id, with_for_update=True, populate_existing=True)
    if record is None:
        raise NotFound(model.__resource__, record_id)
    return record


def _settle(session: Unit, model: type[Record], record: Record) -> Record:
    """Send the write, then read back what the triggers made of it; the record is the caller's own afterwards."""
    try:
        session.flush()
    except IntegrityError as error:
        raise violations.explain(error, model) from error
    except StaleDataError as error:
        raise Problem(
            412, "precondition-failed", "Somebody else wrote this record at the same moment; load it again."
        ) from error
    session.refresh(record)
    session.expunge(record)
    return record


def meant(session: Unit, model: type[Record], record: Any, values: Values) -> dict[str, Any]:
    """What `values` asks for, spelled out: '' for a slug is a new one, clearing a reference clears its memory too."""
    meant = dict(values)
    if meant.get("slug") == "":
        title = str(meant.get(model.__title__) or getattr(record, model.__title__))
        meant["slug"] = slugs.fresh(session, model, title, record.id)
    for field in references(model):
        twin = memory(model, field.attribute)
        if twin is not None and field.attribute in meant and meant[field.attribute] is None:
            meant[twin.attribute] = None
    return meant


def check_references(session: Unit, model: type[Record], values: Values, record_id: str = "") -> None:
    """Refuse `values` that name a record which does not exist, or the record itself: Invalid names each field."""
    for field in references(model):
        if field.wire.required and field.attribute in values and values[field.attribute] is None:
            raise violations.required(field)
    wrong = lost.wrong(model, values, lost.find(session, model, [values]))
    wrong |= circles.Tree(session, model).wrong(record_id, values)
    if wrong:
        raise Invalid(wrong)


def loses_panel(record: Record, values: Values) -> bool:
    """Whether `values` take the panel away from this active superadmin."""
    before = getattr(record, "role", None) == SUPER_ADMIN and bool(getattr(record, "is_active", False))
    after = values.get("role", getattr(record, "role", None)) == SUPER_ADMIN and bool(values.get("is_active", True))
    return before and not after


def match(session: Unit, model: type[Record], record: Any, if_match: Versions, values: Values | None) -> None:
    """Refuse to write `values` (None: to delete) when the version of `record` is none of `if_match`: Problem 412 with
    `current` and the fields that others changed meanwhile. None for `if_match` asks for nothing.

    What the house noted meanwhile, as a sign-in, holds up no writer; it does hold up who would delete.
    """
    if if_match is None:
        return
    seen = {if_match} if isinstance(if_match, int) else set(if_match)
    if record.version in seen:
        return
    if seen and values is not None and only_noted(session, model, {record.id: max(seen)}):
        return
    clashing = clashes(session, model, record, max(seen), values) if seen else []
    raise Problem(
        412,
        "precondition-failed",
        f"This record was changed meanwhile: it is at version {record.version}.",
        fields=dict.fromkeys(clashing, "was changed meanwhile"),
        headers={"ETag": f'"{record.version}"'},
        current=dump(model, record),
    )


def only_noted(session: Unit, model: type[Record], seen: Mapping[str, int]) -> set[str]:
    """Of the records of `seen` (id → version): those of which each change since was the house's own note and no more.

    None whose history does not tell.
    """
    noted = {field.name for field in public(model) if field.wire.noted}
    if not noted or not seen:
        return set()
    mine = (Change.resource == model.__resource__, among(Change.record_id, [*seen]), OF_RECORD)
    query = select(Change.record_id, Change.version, Change.before, Change.after)
    query = query.where(*mine, Change.version > min(seen.values()))
    met, clashing = set(), set()
    for record_id, version, before, after in session.execute(query, execution_options={"yield_per": PORTION}):
        if version > seen[record_id]:
            met.add(record_id)
            moved = {one["field"] for one in changed(before, after)}
            if not moved or not moved <= noted:
                clashing.add(record_id)
    return met - clashing


def _since(session: Unit, model: type[Record], record: Any, version: int) -> Sequence[Any]:
    """Before and after of each change of `record` since `version`."""
    mine = (Change.resource == model.__resource__, Change.record_id == record.id, Change.version > version)
    return session.execute(select(Change.before, Change.after).where(*mine, OF_RECORD)).all()


def clashes(session: Unit, model: type[Record], record: Any, version: int, values: Values | None) -> list[str]:
    """Outer names of the fields in `values` (None: of all) that others changed after `version`; where the history does
    not tell, of those whose value differs from what `values` says.
    """
    wanted = [field for field in public(model) if field.name not in OWN]
    wanted = [field for field in wanted if values is None or field.attribute in values]
    history = _since(session, model, record, version)
    if history and all(before or after for before, after in history):
        return [
            field.name
            for field in wanted
            if any((before or {}).get(field.name) != (after or {}).get(field.name) for before, after in history)
        ]
    return [
        field.name
        for field in wanted
        if values is not None
        and to_json(field.type, values[field.attribute]) != to_json(field.type, getattr(record, field.attribute))
    ]
