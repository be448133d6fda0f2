"""What goes along when a record goes: the records that belong to it, and the references that must be emptied."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import TextClause, select, text

from ..changes.context import Unit
from ..models import RECORDS, Record
from ..models.wire import Field
from . import circles, told
from .bulk import AMONG, among, encoded
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
Pointer = tuple[type[Record], Field]
Pointers = tuple[Pointer, ...]


@dataclass(slots=True)
class Taken:
    """A record of the closure: its public form, its secrets by column, and the id of the record it goes along with,
    perhaps its own.
    """

    model: type[Record]
    id: str
    root: str
    public: dict[str, Any]
    secrets: dict[str, Any]

    def snapshot(self) -> dict[str, Any]:
        """Its public form with where it is from: `{"resource","recordId","snapshot"}`."""
        return {"resource": self.model.__resource__, "recordId": self.id, "snapshot": self.public}


def gather(session: Unit, model: type[Record], ids: Sequence[str]) -> list[Taken]:
    """The records of `ids` and all that belongs to them, owners before what they own; locked on PostgreSQL."""
    found = [Taken(model, row[0], row[0], *row[2:]) for row in told.read(session, model, "id", ids)]
    level = found
    while level:
        level = [child for owner in _by_model(level).values() for child in _owned(session, owner)]
        found = found + level
    return found


def _owned(session: Unit, owners: Sequence[Taken]) -> Iterator[Taken]:
    roots = {owner.id: owner.root for owner in owners}
    kinds = _owning(owners[0].model)
    for place in sorted({row[0] for row in _pointers(session, kinds, list(roots))}):
        model, field = kinds[place]
        for record_id, owner, *forms in told.read(session, model, field.column.name, list(roots)):
            yield Taken(model, record_id, roots[owner], *forms)


@cache
def _owning(owner: type[Record]) -> Pointers:
    return tuple(
        (model, field) for model, field in referrers(owner.__resource__)
        if (model.__resource__, field.attribute) in OWNERSHIP
    )  # fmt: skip


def emptied(session: Unit, taken: Sequence[Taken]) -> dict[str, list[Emptied]]:
    """The references that will be set null when `taken` goes, by root: `{"resource","recordId","field","value"}`.

    A taken record's own reference to a record that no longer exists is listed too: it cannot come back either.
    """
    found: dict[str, list[Emptied]] = defaultdict(list)
    for root, reference in [*_pointing_in(session, taken), *_dangling(session, taken)]:
        found[root].append(reference)
    return found


def _pointing_in(session: Unit, taken: Sequence[Taken]) -> Iterator[tuple[str, Emptied]]:
    going = {(one.model.__resource__, one.id): one.root for one in taken}
    for owner, members in _by_model(taken).items():
        kinds = referrers(owner.__resource__)
        for place, record_id, value in _pointers(session, kinds, [one.id for one in members]):
            model, field = kinds[place]
            if (model.__resource__, record_id) not in going:
                yield going[owner.__resource__, value], _told(model, record_id, field, value)


def _dangling(session: Unit, taken: Sequence[Taken]) -> Iterator[tuple[str, Emptied]]:
    for model, members in _by_model(taken).items():
        for field in references(model):
            named = [(one, one.public[field.name]) for one in members if one.public[field.name] is not None]
            lost = missing(session, field.wire.reference, {value for _one, value in named})
            yield from ((one.root, _told(model, one.id, field, value)) for one, value in named if value in lost)


def foresee(session: Unit, model: type[Record], record_id: str) -> dict[str, list[Emptied]]:
    """What would go `along` with a record and which references would be `emptied`, counted by the resource that points
    and its field; neither locked nor read.
    """
    going: dict[type[Record], set[str]] = defaultdict(set, {model: {record_id}})
    along: Counter[Pointer] = Counter()
    level = {model: [record_id]}
    while level:
        below: dict[type[Record], list[str]] = defaultdict(list)
        for owner, ids in level.items():
            kinds = _owning(owner)
            for place, child, _value in _pointers(session, kinds, ids):
                if child not in going[kinds[place][0]]:
                    going[kinds[place][0]].add(child)
                    below[kinds[place][0]].append(child)
                    along[kinds[place]] += 1
        level = below
    loose: Counter[Pointer] = Counter()
    for owner, members in list(going.items()):
        kinds = referrers(owner.__resource__)
        loose.update(
            kinds[place] for place, record, _value in _pointers(session, kinds, sorted(members))
            if record not in going[kinds[place][0]]
        )  # fmt: skip
    return {"along": _counted(along), "emptied": _counted(loose)}


def _counted(found: "Counter[Pointer]") -> list[Emptied]:
    told = [{"resource": kind.__resource__, "field": field.name, "count": n} for (kind, field), n in found.items()]
    return sorted(told, key=lambda one: (-one["count"], one["resource"], one["field"]))


def missing(session: Unit, resource: str, ids: set[str]) -> set[str]:
    """Those of `ids` that no live record of `resource` has."""
    key = table(RECORDS[resource]).c.id
    there: set[str] = set()
    for portion in portions(sorted(ids)):
        there.update(session.execute(select(key).where(among(key, portion))).scalars())
    return ids - there


def rounds(session: Unit, model: type[Record], ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """`ids` in the order in which they can go: a record that others of them point to goes after those, a circle whole.

    Each round must be carried out before the next is asked for.
    """
    inner = circles.own(model)
    waiting = list(dict.fromkeys(ids))
    if not inner:
        yield from portions(waiting)
        return
    while waiting:
        pairs = _pointers(session, tuple((model, field) for field in inner), waiting)
        named = {value for _place, record_id, value in pairs if record_id in set(waiting) and record_id != value}
        ready = [record_id for record_id in waiting if record_id not in named][:PORTION] or waiting
        yield ready
        waiting = [record_id for record_id in waiting if record_id not in set(ready)]


def _pointers(session: Unit, kinds: Pointers, targets: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """Who points to `targets` through one of `kinds`: which of these, the record's id, the target's."""
    for portion in portions(targets) if kinds else ():
        query = _asking(kinds, session.connection().dialect.name)
        found = session.connection().execute(query, {"ids": encoded(list(portion))})
        yield from found.all()


@cache
def _asking(kinds: Pointers, dialect: str) -> TextClause:
    """One statement, however many tables: most records are named by nobody."""
    among_them = AMONG[dialect].format(":ids")
    parts = [
        f"SELECT {place}, id, {field.column.name} FROM {model.__tablename__} WHERE {field.column.name} {among_them}"  # noqa: S608
        for place, (model, field) in enumerate(kinds)
    ]
    return text(" UNION ALL ".join(parts))


def _by_model(taken: Sequence[Taken]) -> dict[type[Record], list[Taken]]:
    grouped: dict[type[Record], list[Taken]] = defaultdict(list)
    for one in taken:
        grouped[one.model].append(one)
    return grouped


def _told(model: type[Record], record_id: str, field: Field, value: str) -> Emptied:
    return {"resource": model.__resource__, "recordId": record_id, "field": field.name, "value": value}
