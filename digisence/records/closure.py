"""What goes along when a record goes: the records that belong to it, and the references that must be emptied."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ..changes.context import Unit
from ..models import RECORDS, Record
from ..models.wire import Field, dump_mapping, fields
from .bulk import among
from .tables import PORTION, portions, references, referrers, table

# (resource, column): through these a record belongs to the one it names. Every other reference is a plain one
OWNERSHIP = frozenset(
    {
        ("businesses", "admin_id"),
        ("professionals", "admin_id"),
        ("inquiries", "business_id"),
        ("inquiries", "professional_id"),
    }
)

Emptied = dict[str, Any]


@dataclass(frozen=True)
class Taken:
    """A record of the closure: its row by column name, and the id of the record it goes along with, perhaps its own."""

    model: type[Record]
    row: Mapping[str, Any]
    root: str

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.row["id"])

    def snapshot(self) -> dict[str, Any]:
        """Its public form with where it is from: `{"resource","recordId","snapshot"}`."""
        return {
            "resource": self.model.__resource__,
            "recordId": self.id,
            "snapshot": dump_mapping(self.model, self.row),
        }

    def secrets(self) -> dict[str, str]:
        """Its secret columns that hold something."""
        hidden = (field.column.name for field in fields(self.model) if field.wire.secret)
        return {name: self.row[name] for name in hidden if self.row[name] is not None}


def gather(session: Unit, model: type[Record], ids: Sequence[str]) -> list[Taken]:
    """The records of `ids` and all that belongs to them, owners before what they own; locked on PostgreSQL."""
    found = [Taken(model, row, str(row["id"])) for row in _rows(session, model, "id", ids)]
    level = found
    while level:
        level = [child for owner in _by_model(level).values() for child in _owned(session, owner)]
        found = found + level
    return found


def _owned(session: Unit, owners: Sequence[Taken]) -> Iterator[Taken]:
    roots = {owner.id: owner.root for owner in owners}
    for model, field in referrers(owners[0].model.__resource__):
        if (model.__resource__, field.attribute) in OWNERSHIP:
            for row in _rows(session, model, field.column.name, list(roots)):
                yield Taken(model, row, roots[row[field.column.name]])


def emptied(session: Unit, taken: Sequence[Taken]) -> dict[str, list[Emptied]]:
    """The references that will be set null when `taken` goes, by root: `{"resource","recordId","field","value"}`.

    A taken record's own reference to a record that no longer exists is listed too: it cannot come back either.
    """
    found: dict[str, list[Emptied]] = defaultdict(list)
    for root, told in [*_pointing_in(session, taken), *_dangling(session, taken)]:
        found[root].append(told)
    return found


def _pointing_in(session: Unit, taken: Sequence[Taken]) -> Iterator[tuple[str, Emptied]]:
    going = {(one.model.__resource__, one.id): one.root for one in taken}
    for owner, members in _by_model(taken).items():
        for model, field in referrers(owner.__resource__):
            for record_id, value in _pointing(session, model, field, [one.id for one in members]):
                if (model.__resource__, record_id) not in going:
                    yield going[owner.__resource__, value], _told(model, record_id, field, value)


def _dangling(session: Unit, taken: Sequence[Taken]) -> Iterator[tuple[str, Emptied]]:
    for model, members in _by_model(taken).items():
        for field in references(model):
            named = [(one, one.row[field.column.name]) for one in members if one.row[field.column.name] is not None]
            lost = missing(session, field.wire.reference, {value for _one, value in named})
            yield from ((one.root, _told(model, one.id, field, value)) for one, value in named if value in lost)


def missing(session: Unit, resource: str, ids: set[str]) -> set[str]:
    """Those of `ids` that no live record of `resource` has."""
    key = table(RECORDS[resource]).c.id
    there: set[str] = set()
    for portion in portions(sorted(ids)):
        there.update(session.execute(select(key).where(among(key, portion))).scalars())
    return ids - there


def rounds(session: Unit, model: type[Record], ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """`ids` in the order in which they can go: a record that others of them point to goes after those, a circle is cut.

    Each round must be carried out before the next is asked for.
    """
    inner = [field for field in references(model) if field.wire.reference == model.__resource__]
    waiting = list(dict.fromkeys(ids))
    if not inner:
        yield from portions(waiting)
        return
    while waiting:
        pairs = [pair for field in inner for pair in _pointing(session, model, field, waiting)]
        named = {value for record_id, value in pairs if record_id in set(waiting) and record_id != value}
        ready = [record_id for record_id in waiting if record_id not in named][:PORTION] or waiting[:1]
        yield ready
        waiting = [record_id for record_id in waiting if record_id not in set(ready)]


def _rows(session: Unit, model: type[Record], column: str, values: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    source = table(model)
    for portion in portions(values):
        query = select(source).where(among(source.c[column], portion)).order_by(source.c.id).with_for_update()
        yield from (dict(row) for row in session.execute(query).mappings())


def _pointing(session: Unit, model: type[Record], field: Field, targets: Sequence[str]) -> Iterator[tuple[str, str]]:
    source = table(model)
    for portion in portions(targets):
        yield from session.execute(select(source.c.id, field.column).where(among(field.column, portion)))


def _by_model(taken: Sequence[Taken]) -> dict[type[Record], list[Taken]]:
    grouped: dict[type[Record], list[Taken]] = defaultdict(list)
    for one in taken:
        grouped[one.model].append(one)
    return grouped


def _told(model: type[Record], record_id: str, field: Field, value: str) -> Emptied:
    return {"resource": model.__resource__, "recordId": record_id, "field": field.name, "value": value}
