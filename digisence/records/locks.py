"""Rows held still while something is decided about them."""

from collections.abc import Iterable
from functools import cache

from sqlalchemy import Select, Text, bindparam, select

from ..changes.context import Unit
from ..models import Record
from .bulk import Among, encoded
from .tables import portions, table


def lock(session: Unit, model: type[Record], ids: Iterable[str], skip_locked: bool = False) -> list[str]:
    """Lock the records of `ids` that exist, in id order, for the running unit of work; returns their ids.

    PostgreSQL: `FOR UPDATE`; with `skip_locked` a record that another transaction holds is left out, not waited for.
    SQLite: the unit of work already holds the only write lock, so nothing is ever skipped.
    What a caller knew of these records is from before the lock: look again, in a new statement.
    """
    held: list[str] = []
    for portion in portions(sorted(set(ids))):
        found = session.connection().execute(_locking(model, skip_locked), {"ids": encoded(list(portion))})
        held.extend(found.scalars().all())
    return held


@cache
def _locking(model: type[Record], skip_locked: bool) -> Select[str]:
    key = table(model).c.id
    mine = Among(key, bindparam("ids", type_=Text))
    return select(key).where(mine).order_by(key).with_for_update(skip_locked=skip_locked)
