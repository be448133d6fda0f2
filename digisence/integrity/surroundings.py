"""The records around those that a repair touches: who names them, and whom they name."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from ..models import RECORDS, Record
from ..records.bulk import among
from ..records.closure import OWNERSHIP
from ..records.tables import portions, references, referrers, table

Around = Mapping[tuple[str, str], frozenset[str]]  # (resource, record id) → the touched records it stands beside


def around(session: Any, model: type[Record], ids: Sequence[str]) -> Around:
    """All records one reference away from `ids` or from what belongs to them, each with those it stands beside.

    `session`: anything that executes. The touched records themselves are among them.
    """
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    level: dict[type[Record], dict[str, set[str]]] = {model: {key: {key} for key in ids}}
    while level:
        below: dict[type[Record], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for kind, roots in level.items():
            for key, whose in roots.items():
                found[kind.__resource__, key] |= whose
            _named(session, kind, roots, found)
            _naming(session, kind, roots, found, below)
        level = below
    return {one: frozenset(whose) for one, whose in found.items()}


def _named(session: Any, model: type[Record], roots: Mapping[str, set[str]], found: dict[Any, set[str]]) -> None:
    """Whom the records name."""
    fields = references(model)
    if not fields:
        return
    for portion in portions(list(roots)):
        columns = [table(model).c.id, *(field.column for field in fields)]
        for row in session.execute(select(*columns).where(among(table(model).c.id, portion))):
            for field, value in zip(fields, row[1:], strict=True):
                if value is not None:
                    found[field.wire.reference, value] |= roots[row[0]]


def _naming(
    session: Any, model: type[Record], roots: Mapping[str, set[str]], found: dict[Any, set[str]], below: Any
) -> None:
    """Who names the records; what belongs to them is looked around in turn."""
    for kind, field in referrers(model.__resource__):
        for portion in portions(list(roots)):
            query = select(table(kind).c.id, field.column).where(among(field.column, portion))
            for record_id, value in session.execute(query):
                new = not roots[value] <= found[kind.__resource__, record_id]
                found[kind.__resource__, record_id] |= roots[value]
                if new and (kind.__resource__, field.attribute) in OWNERSHIP:
                    below[kind][record_id] |= roots[value]


def by_resource(around: Around) -> dict[str, list[str]]:
    """The ids of each resource."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for resource, key in around:
        grouped[resource].append(key)
    return {resource: sorted(keys) for resource, keys in grouped.items() if resource in RECORDS}
