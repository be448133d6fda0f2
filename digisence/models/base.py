"""What every record has: an id, two times, a version; and defaults that hold for outsiders' inserts too."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Boolean, CheckConstraint, Integer, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, declared_attr
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from uuid6 import uuid7

from ..extensions.db import Base
from .types import UtcTime, default_time
from .wire import wire


def new_id() -> str:
    """A UUIDv7 (RFC 9562) as text: sorts by time of birth."""
    return str(uuid7())


class Now(ColumnElement[Any]):
    """SQL for the time now in the stored form."""

    inherit_cache = True


class NewId(ColumnElement[Any]):
    """SQL for a fresh UUIDv7 as text, for rows that others insert."""

    inherit_cache = True


@compiles(Now, "sqlite")
def _now_sqlite(_element: Now, _compiler: SQLCompiler, **_options: Any) -> str:
    return f"({default_time('sqlite')})"


@compiles(Now, "postgresql")
def _now_postgresql(_element: Now, _compiler: SQLCompiler, **_options: Any) -> str:
    return default_time("postgresql")


@compiles(NewId, "sqlite")
def _new_id_sqlite(_element: NewId, _compiler: SQLCompiler, **_options: Any) -> str:
    # No sub-select is allowed in a DEFAULT, so each part stands for itself
    stamp = "printf('%012x', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))"
    return (
        f"(substr({stamp}, 1, 8) || '-' || substr({stamp}, 9, 4) || '-7' || "
        "substr(lower(hex(randomblob(2))), 2) || '-' || "
        "substr('89ab', 1 + (abs(random()) % 4), 1) || substr(lower(hex(randomblob(2))), 2) || '-' || "
        "lower(hex(randomblob(6))))"
    )


@compiles(NewId, "postgresql")
def _new_id_postgresql(_element: NewId, _compiler: SQLCompiler, **_options: Any) -> str:
    return (
        "(encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing "
        "substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), "
        "52, 1), 53, 1), 'hex')::uuid::text)"
    )


class Record(Base):
    """A row of a resource. Subclasses name their resource and their unique keys come from the table."""

    __abstract__ = True
    __resource__: ClassVar[str]
    __title__: ClassVar[str] = "name"

    id: Mapped[str] = wire(
        Text,
        primary_key=True,
        default=new_id,
        server_default=NewId(),
        nullable=False,
        write="no",
        filter=True,
        sort_order=-1,
    )
    created_at: Mapped[datetime] = wire(
        UtcTime, server_default=Now(), nullable=False, write="no", filter=True, sort=True, sort_order=1
    )
    updated_at: Mapped[datetime] = wire(
        UtcTime, server_default=Now(), nullable=False, write="no", filter=True, sort=True, sort_order=1
    )
    version: Mapped[int] = wire(Integer, default=1, server_default="1", nullable=False, write="no", sort_order=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        """The ORM counts versions and refuses a stale write."""
        return {"version_id_col": cls.__table__.c.version if hasattr(cls, "__table__") else cls.version}


def boolean(default: bool, **options: Any) -> Any:
    """A NOT NULL flag with a default for outsiders too."""
    from sqlalchemy import text

    return wire(
        Boolean(create_constraint=False),
        default=default,
        server_default=text("true" if default else "false"),
        nullable=False,
        **options,
    )


def choice(*choices: str, default: str | None = None, **options: Any) -> Any:
    """A NOT NULL text column that takes one of `choices`; pair it with `one_of` in the table's constraints."""
    return wire(Text, choices=choices, nullable=False, default=default, server_default=default, **options)


def one_of(column: str, *choices: str) -> CheckConstraint:
    """The database's own guard that `column` holds one of `choices`."""
    listed = ", ".join(f"'{word}'" for word in choices)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
