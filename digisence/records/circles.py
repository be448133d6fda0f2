"""Nothing stands under itself, nor under what stands under it: a tree that is walked must have an end."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, text

from ..changes.context import Unit
from ..models import Record
from ..models.wire import Field
from .tables import references, table

REFUSED = "a record cannot stand under itself"
LOCK = text("SELECT pg_advisory_xact_lock(hashtext('tree ' || :resource))")


class Tree:
    """Who stands under whom: as the database has it, and as it will be once what was `take`n on is written."""

    def __init__(self, session: Unit, model: type[Record]) -> None:
        self._session, self._model = session, model
        self._above: dict[tuple[str, str], str | None] = {}

    def wrong(self, record_id: str, values: Mapping[str, Any]) -> dict[str, str]:
        """By outer name: the fields of `values` (by attribute) that would put the record under itself."""
        return {field.name: REFUSED for field in own(self._model) if self._below(record_id, field, values)}

    def take(self, record_id: str, values: Mapping[str, Any]) -> None:
        """Reckon from now on with a record that is to have `values`."""
        for field in own(self._model):
            if field.attribute in values:
                self._above[field.attribute, record_id] = values[field.attribute]

    def _below(self, record_id: str, field: Field, values: Mapping[str, Any]) -> bool:
        above, seen = values.get(field.attribute), set[str]()
        while above is not None and above not in seen:  # a circle that others made ends here
            if above == record_id:
                return True
            seen.add(above)
            above = self._parent(field, above)
        return False

    def _parent(self, field: Field, record_id: str) -> str | None:
        key = (field.attribute, record_id)
        if key not in self._above:
            query = select(field.column).where(table(self._model).c.id == record_id)
            self._above[key] = self._session.execute(query).scalar()
        return self._above[key]


def own(model: type[Record]) -> Sequence[Field]:
    """The columns of `model` that name another of its records."""
    return [field for field in references(model) if field.wire.reference == model.__resource__]


def hold(session: Unit, model: type[Record], values: Mapping[str, Any]) -> None:
    """Let nobody else move records within the tree now: two who do could close a circle. Take it before their locks.

    On SQLite the unit of work is alone anyway.
    """
    moves = any(values.get(field.attribute) is not None for field in own(model))
    if moves and session.connection().dialect.name == "postgresql":
        session.execute(LOCK, {"resource": model.__resource__})
