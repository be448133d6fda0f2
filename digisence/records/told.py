"""Records in their public form as the database itself writes it: many at once, without an object for each value."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import TextClause, text

from ..changes.context import Unit
from ..models import Record
from ..models.types import Json, encode
from ..models.wire import Field, fields, public
from .bulk import AMONG, encoded
from .tables import portions

Told = tuple[str, Any, dict[str, Any], dict[str, Any]]


def read(session: Unit, model: type[Record], column: str, values: Sequence[str]) -> Iterator[Told]:
    """The records whose `column` holds one of `values`, in id order, locked on PostgreSQL.

    Each as its id, the value it has there, its public form, and its secret columns that hold something.
    """
    connection = session.connection()
    query, loads = _query(model, column, connection.dialect.name), _loads(model, connection.dialect.name)
    for portion in portions(values):
        found = connection.execute(query, {"ids": encoded(list(portion))}).all()  # at once: a row at a time costs more
        for record_id, value, form, hidden in found:
            secrets = {name: held for name, held in loads(hidden).items() if held is not None} if hidden else {}
            yield record_id, value, loads(form), secrets


@cache
def _query(model: type[Record], column: str, dialect: str) -> TextClause:
    secret = [field for field in fields(model) if field.wire.secret]
    told = _object([(field.name, field) for field in public(model)], dialect)
    kept = " OR ".join(f"{field.column.name} IS NOT NULL" for field in secret)
    hidden = _object([(field.column.name, field) for field in secret], dialect)
    lock = " FOR UPDATE" if dialect == "postgresql" else ""
    return text(
        f"SELECT id, {column}, {told}, {f'CASE WHEN {kept} THEN {hidden} END' if kept else 'NULL'} "  # noqa: S608
        f"FROM {model.__tablename__} WHERE {column} {AMONG[dialect].format(':ids')} ORDER BY id{lock}"
    )


def _object(named: Sequence[tuple[str, Field]], dialect: str) -> str:
    parts = ", ".join(f"'{name}', {encode(field.type, field.column.name, dialect)}" for name, field in named)
    return f"json_object({parts})" if dialect == "sqlite" else f"CAST(jsonb_build_object({parts}) AS text)"


@cache
def _loads(model: type[Record], dialect: str) -> Callable[[str], dict[str, Any]]:
    """How the database's JSON is read: as the columns are. PostgreSQL keeps whole numbers that orjson would round."""
    rounded = dialect == "sqlite" or not any(isinstance(field.type, Json) for field in fields(model))
    return orjson.loads if rounded else json.loads
