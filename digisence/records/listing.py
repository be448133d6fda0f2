"""Lists of records: pages that neither repeat nor skip, true totals, all from one snapshot."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from ..changes.context import PENDING, Unit
from ..extensions.db import db
from ..models import Record
from ..models.wire import dump
from .query import Query
from .search import matches
from .tables import table


@dataclass(frozen=True)
class Page:
    """`items` in their public form, and how many there are in all."""

    items: list[dict[str, Any]]
    page: int
    limit: int
    total: int


@contextmanager
def snapshot() -> Iterator[Unit]:
    """The session, all of whose reads see one moment. Within a unit of work: that one's session."""
    session = db.session()
    if session.info.get(PENDING):
        yield session
        return
    session.rollback()  # ends what was read before
    # SQLite's read transaction is a snapshot by itself
    options = {"isolation_level": "REPEATABLE READ"} if session.get_bind().dialect.name == "postgresql" else {}
    session.connection(execution_options=options)
    try:
        yield session
    finally:
        session.rollback()


def page(model: type[Record], query: Query, session: Unit | None = None) -> Page:
    """One page of `model`'s records; the total counts all that the query finds. Reads in `session` or its own."""
    if session is None:
        with snapshot() as found:
            return page(model, query, found)
    chosen = conditions(model, query, session.get_bind().dialect.name)
    total = session.execute(select(func.count()).select_from(table(model)).where(*chosen)).scalar_one()
    rows = session.execute(
        ordered(select(table(model)).where(*chosen), model, query)
        .limit(query.limit)
        .offset((query.page - 1) * query.limit)
    )
    return Page([dump(model, row) for row in rows], query.page, query.limit, total)


def conditions(model: type[Record], query: Query, dialect: str) -> Sequence[ColumnElement[bool]]:
    """What the rows of a query must meet."""
    return [*query.conditions, *([matches(model, query.search, dialect)] if query.search.strip() else [])]


def ordered(statement: Select[Any], model: type[Record], query: Query) -> Select[Any]:
    """`statement` in the query's order, ties by id, so that the order is total. An empty field is the largest value."""
    keys = [(field.column, from_end) for field, from_end in query.order]
    keys.append((table(model).c.id, bool(keys) and keys[0][1]))
    for column, from_end in keys:
        key = column.desc() if from_end else column.asc()
        if column.nullable:
            key = key.nulls_first() if from_end else key.nulls_last()
        statement = statement.order_by(key)
    return statement
