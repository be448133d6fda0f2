"""Column types that hold the same value on SQLite and PostgreSQL, and how each is told in a Change.

A codec is a pair: an SQL expression that a trigger puts into the Change's JSON, and the Python function that
reads it back (`decode`). Text passes unchanged; a time is RFC 3339 with milliseconds; JSON is JSON.
"""

from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Boolean, DateTime, Dialect, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.sql.type_api import TypeEngine
from sqlalchemy.types import TypeDecorator

from ..clock import parse, to_wire, truncate

SQLITE_TIME = "%Y-%m-%d %H:%M:%f"


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time with milliseconds; on SQLite text that sorts as time, whatever form an outsider wrote."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """timestamptz(3) or text."""
        if dialect.name == "postgresql":
            return TIMESTAMP(timezone=True, precision=3)
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To the database."""
        if value is None:
            return None
        aware = truncate(value)
        return aware if dialect.name == "postgresql" else to_wire(aware)[:-1].replace("T", " ")

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None or isinstance(value, datetime):
            return None if value is None else value.astimezone(UTC)
        return parse(value)


class Json(TypeDecorator[Any]):
    """A JSON value: JSONB on PostgreSQL, minified text on SQLite. Python None is SQL NULL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """JSONB or text."""
        return dialect.type_descriptor(JSONB(none_as_null=True) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """To the database."""
        if value is None or dialect.name == "postgresql":
            return value
        return orjson.dumps(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """From the database."""
        return orjson.loads(value) if value is not None and dialect.name != "postgresql" else value


def canonical(column_type: TypeEngine[Any], expression: str, dialect: str) -> str:
    """SQL for the value as the house stores it: what an outsider wrote in another form is brought into ours."""
    if dialect == "sqlite" and isinstance(column_type, UtcTime):
        return f"coalesce(strftime('{SQLITE_TIME}', {expression}), {expression})"
    if dialect == "sqlite" and isinstance(column_type, Json):
        return f"json({expression})"
    return expression


def encode(column_type: TypeEngine[Any], expression: str, dialect: str) -> str:
    """SQL for the value as a Change tells it."""
    if isinstance(column_type, UtcTime):
        if dialect == "sqlite":
            return f"coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', {expression}), {expression})"
        return f"""to_char({expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
    if dialect == "sqlite" and isinstance(column_type, Boolean):
        return f"json(CASE WHEN {expression} IS NULL THEN 'null' WHEN {expression} THEN 'true' ELSE 'false' END)"
    if dialect == "sqlite" and isinstance(column_type, Json):
        return f"json({expression})"
    return expression


def decode(column_type: TypeEngine[Any], value: Any) -> Any:
    """A value of a Change's `before` or `after`, as Python would read it from the table."""
    if isinstance(column_type, UtcTime) and value is not None:
        return parse(value)
    return value


def to_json(column_type: TypeEngine[Any], value: Any) -> Any:
    """A Python value of a column as the wire and the Changes tell it."""
    return to_wire(value) if isinstance(column_type, UtcTime) and value is not None else value


def default_time(dialect: str) -> str:
    """SQL for now, in the stored form."""
    return f"strftime('{SQLITE_TIME}', 'now')" if dialect == "sqlite" else "clock_timestamp()"


__all__ = ["Boolean", "Integer", "Json", "Text", "UtcTime", "canonical", "decode", "default_time", "encode", "to_json"]
