"""The way back from quarantine: first all that stands in the way, named with its cure; then the identical rows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from ..changes import target
from ..changes.context import Unit
from ..errors import Conflict
from ..models import RECORDS, QuarantineEntry, Record
from ..models.change import RESTORED
from ..models.wire import by_name
from . import bulk, emails, vault, violations
from .closure import missing
from .tables import memory, portions, references, table, unique_fields

Row = dict[str, Any]


@dataclass(frozen=True)
class Obstacle:
    """Something in the way: a stable word, the field at fault, a sentence with what to do."""

    code: str
    field: str
    sentence: str


def bring_back(session: Unit, entries: Sequence[Any], *, empty_missing: bool) -> None:
    """Insert what `entries` hold and set back the references emptied for them. Conflict names every obstacle."""
    rows = _rows(entries)
    emptied = [item for entry in entries for item in entry.emptied]
    _let_go(session, emptied, rows, empty_missing)
    found = [
        obstacle
        for model, members in rows.items()
        for look in (_ids_taken, _values_taken, _emails_taken, _references_missing)
        for obstacle in look(session, model, members, rows)
    ]
    if found:
        fields = {obstacle.field: obstacle.sentence for obstacle in found}
        raise Conflict(found[0].code, " ".join(dict.fromkeys(one.sentence for one in found)), fields=fields)
    if session.connection().dialect.name == "sqlite":  # row by row, of a circle the first names one that is yet to come
        session.connection().exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    for model, members in rows.items():
        target(session, model.__resource__, [row["id"] for row in members], RESTORED)
        try:
            bulk.insert(session, table(model), members)
        except IntegrityError as error:  # somebody was faster than our look for obstacles
            raise violations.explain(error, model) from error
    _set_back(session, emptied)


def with_circles(session: Unit, entries: Sequence[Any]) -> list[str]:
    """The ids of `entries`, and of those that wait for one of them while it waits for them: they come back together."""
    known = {(entry.resource, entry.record_id): (entry.id, _kin(entry)) for entry in entries}
    asked, new = set(known), list(known)
    while new:
        wanted: dict[str, set[str]] = defaultdict(set)
        for resource, record_id in new:
            wanted[resource] |= {value for value in known[resource, record_id][1] if (resource, value) not in known}
        new = []
        for resource, ids in wanted.items():
            held = _set_aside(session, resource, missing(session, resource, ids))
            mine = select(QuarantineEntry).where(bulk.among(QuarantineEntry.id, list(held.values())))
            for entry in session.scalars(mine):
                known[resource, entry.record_id] = (entry.id, _kin(entry))
                new.append((resource, entry.record_id))
    back = set(asked)
    while more := {one for one, (_, kin) in known.items() if one not in back and back & {(one[0], key) for key in kin}}:
        back |= more
    return [known[one][0] for one in known if one in back]


def _kin(entry: Any) -> set[str]:
    """Whom the record names among its own resource."""
    own = [field.name for field in references(RECORDS[entry.resource]) if field.wire.reference == entry.resource]
    return {value for name in own if (value := entry.snapshot.get(name)) and value != entry.record_id}


def _rows(entries: Sequence[Any]) -> dict[type[Record], list[Row]]:
    """Rows by model, owners before what they own, keyed by column name; values as the wire tells them."""
    rows: dict[type[Record], list[Row]] = {}
    for entry in entries:
        secrets = vault.unseal(entry.sealed)
        root = {"resource": entry.resource, "recordId": entry.record_id, "snapshot": entry.snapshot}
        items = {f"{item['resource']}/{item['recordId']}": item for item in [root, *entry.children]}
        if strange := secrets.keys() - items.keys():
            detail = f"The secrets that this entry holds are those of {', '.join(sorted(strange))}; "
            raise Conflict("damaged", detail + "restore the row of the quarantine table from a backup, then try again.")
        for name, item in items.items():
            model = RECORDS[item["resource"]]
            held = secrets.get(name, {})
            rows.setdefault(model, []).append(_row(model, item["snapshot"], held))
    return {model: _alike(members) for model, members in rows.items()}


def _alike(members: Sequence[Row]) -> list[Row]:
    """Rows with the same keys, as one INSERT wants them."""
    nothing: Row = dict.fromkeys(key for row in members for key in row)
    return [nothing | row for row in members]


def _row(model: type[Record], snapshot: Mapping[str, Any], secrets: Mapping[str, str]) -> Row:
    known = by_name(model)
    unknown = snapshot.keys() - known.keys()
    if unknown:
        raise Conflict(
            "shape-changed",
            f"The {model.__resource__} have no {', '.join(sorted(unknown))} any more; this record cannot be identical.",
        )
    return {known[name].column.name: value for name, value in snapshot.items()} | dict(secrets)


def _let_go(
    session: Unit, emptied: Sequence[Mapping[str, str]], rows: Mapping[type[Record], list[Row]], empty_missing: bool
) -> None:
    """Empty references that dangled when the record was set aside and, if asked, those whose target is gone."""
    dangled = {(item["resource"], item["recordId"], item["field"]) for item in emptied}
    for model, members in rows.items():
        for field in references(model):
            gone = _missing(session, field.wire.reference, field.column.name, members, rows)
            lost = gone - _set_aside(session, field.wire.reference, gone).keys() if empty_missing else set()
            for row in members:
                value = row[field.column.name]
                if value in lost or (value in gone and (model.__resource__, row["id"], field.name) in dangled):
                    row[field.column.name] = None


def _ids_taken(
    session: Unit, model: type[Record], members: Sequence[Row], _rows: Mapping[type[Record], list[Row]]
) -> list[Obstacle]:
    ids = {row["id"] for row in members}
    return [
        Obstacle(
            "id-taken",
            "id",
            f"There is a record {record_id!r} among the {model.__resource__} again; delete that one first.",
        )
        for record_id in sorted(ids - missing(session, model.__resource__, ids))
    ]


def _values_taken(
    session: Unit, model: type[Record], members: Sequence[Row], _rows: Mapping[type[Record], list[Row]]
) -> list[Obstacle]:
    found = []
    for field in unique_fields(model):
        values = [row[field.column.name] for row in members if row[field.column.name] is not None]
        for portion in portions(values):
            query = select(table(model).c.id, field.column).where(bulk.among(field.column, portion))
            for record_id, value in session.execute(query):
                holder = f"{model.__resource__}/{record_id}"
                sentence = f"The {field.name} {value!r} is used by {holder} meanwhile; change it there first."
                found.append(Obstacle("taken", field.name, sentence))
    return found


def _emails_taken(
    session: Unit, model: type[Record], members: Sequence[Row], _rows: Mapping[type[Record], list[Row]]
) -> list[Obstacle]:
    taken = emails.twins(session, model, [row["email"] for row in members if row.get("email")])
    return [
        Obstacle("taken", "email", f"The email {email!r} is used by users/{holder} meanwhile; change it there first.")
        for email, holder in taken.items()
    ]


def _references_missing(
    session: Unit, model: type[Record], members: Sequence[Row], rows: Mapping[type[Record], list[Row]]
) -> list[Obstacle]:
    found = []
    for field in references(model):
        resource = field.wire.reference
        gone = _missing(session, resource, field.column.name, members, rows)
        entries = _set_aside(session, resource, gone)
        for value in sorted(gone):
            cure = (
                f"is in quarantine; restore its entry {entries[value]} first."
                if value in entries
                else "does not exist any more; restore with emptyMissing to bring this record back without it."
            )
            found.append(
                Obstacle(
                    "missing-reference",
                    field.name,
                    f"The record {value!r} of the {resource} that {field.name} names {cure}",
                )
            )
    return found


def _missing(
    session: Unit, resource: str, column: str, members: Sequence[Row], rows: Mapping[type[Record], list[Row]]
) -> set[str]:
    coming = {row["id"] for row in rows.get(RECORDS[resource], [])}
    named = {row[column] for row in members if row[column] is not None} - coming
    return missing(session, resource, named)


def _set_aside(session: Unit, resource: str, ids: set[str]) -> dict[str, str]:
    """Which of `ids` wait in quarantine, and in which entry."""
    found: dict[str, str] = {}
    for portion in portions(sorted(ids)):
        query = select(QuarantineEntry.record_id, QuarantineEntry.id).where(
            QuarantineEntry.resource == resource,
            bulk.among(QuarantineEntry.record_id, portion),
            QuarantineEntry.restored_at.is_(None),
        )
        found.update(session.execute(query).all())
    return found


def _set_back(session: Unit, emptied: Sequence[Mapping[str, str]]) -> None:
    """Give references their value again where they are still empty and nobody emptied them on purpose."""
    grouped: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for item in emptied:
        grouped[item["resource"], item["field"], item["value"]].append(item["recordId"])
    for (resource, name, value), ids in grouped.items():
        model = RECORDS[resource]
        field = by_name(model)[name]
        if missing(session, field.wire.reference, {value}):
            continue
        twin = memory(model, field.attribute)
        for portion in portions(ids):
            change = update(table(model)).where(bulk.among(table(model).c.id, portion), field.column.is_(None))
            if twin is not None:
                change = change.where(twin.column == value)
            session.execute(change.values({field.column.name: value}))
