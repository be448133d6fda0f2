"""Who is in the way: the record that already has a value which only one may have, named with what to do about it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, select

from ..changes.context import Unit
from ..errors import Conflict
from ..extensions.db import db
from ..models import Record
from .tables import table, unique_fields


@contextmanager
def named(model: type[Record], values: Mapping[str, Any], record_id: str = "") -> Iterator[None]:
    """Let a Conflict `taken` leave the block with the holder's name; around a unit of work, not within."""
    try:
        yield
    except Conflict as conflict:
        raise told(conflict, model, values, record_id) from conflict


def told(conflict: Conflict, model: type[Record], values: Mapping[str, Any], record_id: str = "") -> Conflict:
    """`conflict` with the records that hold what `values` (by attribute) wants; itself where nobody is found."""
    if conflict.code != "taken":
        return conflict
    with db.engine.connect() as connection:
        found = holders(connection, model, values, record_id)
    return Conflict("taken", " ".join(found.values()), fields=found) if found else conflict


def holders(
    session: Unit | Connection, model: type[Record], values: Mapping[str, Any], record_id: str = ""
) -> dict[str, str]:
    """Sentences by outer name for each of `values` that must be unique and that another record has."""
    source, found = table(model), {}
    title = source.c[model.__title__]
    for field in unique_fields(model):
        value = values.get(field.attribute)
        if value is None:
            continue
        holding = select(source.c.id, title).where(field.column == value, source.c.id != record_id)
        if (holder := session.execute(holding.limit(1)).first()) is not None:
            found[field.name] = (
                f"The {field.name} {value!r} belongs to {holder[1]!r} ({model.__resource__}/{holder[0]}) already; "
                "choose another one, or change it there first."
            )
    return found
