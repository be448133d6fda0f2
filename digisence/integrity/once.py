"""One INSERT that only the first of several can make: how runs, leases and schedules come into being once."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from ..changes.context import Unit
from ..extensions.db import Base
from ..records.tables import table

INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_once(session: Unit, model: type[Base], **values: Any) -> bool:
    """INSERT … ON CONFLICT DO NOTHING, within a unit of work. False when the row was there before."""
    insert: Any = INSERT[session.connection().dialect.name]
    statement = insert(table(model)).values(**values).on_conflict_do_nothing().returning(*table(model).primary_key)
    return session.connection().execute(statement).first() is not None
