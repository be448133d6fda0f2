"""Many rows in one statement with one parameter: lists of ids to look for, rows to insert, whatever their number."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Boolean, Table, Text, literal, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from ..changes.context import Unit
from ..models.types import Json, UtcTime

AMONG = {  # after a column: is one of the ids in the JSON list that is put in
    "sqlite": "IN (SELECT value FROM json_each({}))",
    "postgresql": "= ANY (ARRAY(SELECT jsonb_array_elements_text(CAST({} AS jsonb))))",
}
NUL = "\\u0000"  # as JSON writes it; SQLite's own JSON ends a text there


class Among(FunctionElement[bool]):
    """SQL that is true where a column holds one of the ids in a JSON list."""

    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> "Among":  # noqa: ARG002
        """Itself: left alone, SQLAlchemy asks SQLite whether it `= 1`, and no index answers that."""
        return self


def among(column: Any, ids: Sequence[str]) -> Among:
    """`column IN ids`, the list being one parameter: an IN list of hundreds costs more to write than to answer."""
    return Among(column, literal(encoded(list(ids)), Text))


@compiles(Among, "sqlite")
@compiles(Among, "postgresql")
def _among(element: Among, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} {AMONG[compiler.dialect.name].format(ids)}"


def encoded(value: Any) -> str:
    """`value` as JSON text; a whole number beyond 64 bits, too, which orjson refuses."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def insert(session: Unit, into: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Within a unit of work: INSERT rows of the same keys, by column name; values as the wire tells them."""
    if not rows:
        return
    connection = session.connection()
    columns = ", ".join(rows[0])
    if connection.dialect.name == "postgresql":
        # The table's own row type reads each value as the column's, a time from its text too
        statement = f"INSERT INTO {into.name} ({columns}) SELECT {columns} FROM "  # noqa: S608 names from the models
        statement += f"jsonb_populate_recordset(CAST(NULL AS {into.name}), CAST(:rows AS jsonb))"
        connection.execute(text(statement), {"rows": encoded([dict(row) for row in rows])})
        return
    forms = {name: _form(into, name) for name in rows[0]}
    # By columns: most need no change, so that a row is no more than a few calls
    columns_of = [_column(form, [row[name] for row in rows]) for name, form in forms.items()]
    values = list(zip(*columns_of, strict=True))
    document = encoded(values)
    head = f"INSERT INTO {into.name} ({columns})"
    if NUL in document:
        connection.exec_driver_sql(f"{head} VALUES ({', '.join('?' for _ in forms)})", values)
        return
    # One statement a row would open every index for every row: with triggers that is two thirds of the time
    parts = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(forms)))
    connection.exec_driver_sql(f"{head} SELECT {parts} FROM json_each(?)", (document,))  # noqa: S608


def update(session: Unit, into: Table, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Within a unit of work: write columns `names` of each row, found by its `id`; values as the wire tells them."""
    if not rows or not names:
        return
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        listed = ", ".join(f"{name} = given.{name}" for name in names)
        statement = f"UPDATE {into.name} SET {listed} FROM "  # noqa: S608 names from the models
        statement += f"jsonb_populate_recordset(CAST(NULL AS {into.name}), CAST(:rows AS jsonb)) AS given "
        statement += f"WHERE {into.name}.id = given.id"
        connection.execute(text(statement), {"rows": encoded([dict(row) for row in rows])})
        return
    marks = ", ".join(f"{name} = ?" for name in names)
    forms = [_form(into, name) for name in names]
    values = [(*(_stored(form, row[name]) for form, name in zip(forms, names, strict=True)), row["id"]) for row in rows]
    connection.exec_driver_sql(f"UPDATE {into.name} SET {marks} WHERE id = ?", values)  # noqa: S608


def _column(form: Any, values: list[Any]) -> list[Any]:
    return values if form is None else [_stored(form, value) for value in values]


def _stored(form: Any, value: Any) -> Any:
    return value if form is None or value is None else form(value)


def _form(into: Table, name: str) -> Any:
    """How SQLite stores what the wire tells of a column; None where both say it alike."""
    column_type = into.c[name].type
    if isinstance(column_type, UtcTime):
        return lambda value: value[:-1].replace("T", " ")
    return encoded if isinstance(column_type, Json) else None
