"""Rows held still while something is decided about them."""

from collections.abc import Iterable

from sqlalchemy import select

from ..changes.context import Unit
from ..models import Record
from .bulk import among
from .tables import portions, table


def lock(session: Unit, model: type[Record], ids: Iterable[str], skip_locked: bool = False) -> list[str]:
    """Lock the records of `ids` that exist, in id order, for the running unit of work; returns their ids.

    PostgreSQL: `FOR UPDATE`; with `skip_locked` a record that another transaction holds is left out, not waited for.
    SQLite: the unit of work already holds the only write lock, so nothing is ever skipped.
    What a caller knew of these records is from before the lock: look again, in a new statement.
    """
    key = table(model).c.id
    held: list[str] = []
    for portion in portions(sorted(set(ids))):
        query = select(key).where(among(key, portion)).order_by(key).with_for_update(skip_locked=skip_locked)
        held.extend(session.execute(query).scalars())
    return held
