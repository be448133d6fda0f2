"""What a column is called outside and what may be done with it: declared once, beside the column.

From these declarations come the JSON form, the schemas, the filters and sorts, the triggers and the documentation.
A column of a record without a declaration is refused at import: silence must not publish it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ForeignKey, inspect
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column
from sqlalchemy.sql.elements import NamedColumn
from sqlalchemy.sql.type_api import TypeEngine

from .types import to_json


@dataclass(frozen=True)
class Wire:
    """How a column looks from outside.

    `write`: "yes", "once" (on creation) or "no" · `filter`, `sort`, `search`: what lists may do with it ·
    `secret`: never leaves, its change is told as `{label: "changed"}` · `reference`: resource that an id points to ·
    `follows`: the column whose every non-null value this one keeps · `noted`: the house's own note, nobody's edit ·
    `choices`, `longest`, `shortest`, `form`: what a value must be.
    """

    write: str = "yes"
    filter: bool = False
    sort: bool = False
    search: bool = False
    secret: str = ""
    reference: str = ""
    follows: str = ""
    noted: bool = False
    choices: tuple[str, ...] = ()
    longest: int | None = None
    shortest: int | None = None
    form: str = ""
    required: bool = False


@dataclass(frozen=True)
class Field:
    """A declared column: its attribute, its outer name, its type, its declaration."""

    attribute: str
    name: str
    column: NamedColumn[Any]
    wire: Wire

    @property
    def type(self) -> TypeEngine[Any]:
        """The SQL type."""
        return self.column.type


def wire(type_: Any, *arguments: Any, nullable: bool | None = None, **options: Any) -> MappedColumn[Any]:
    """A mapped column with its declaration: `wire(Text, longest=200, search=True)`.

    Options that `Wire` knows describe the outside, the rest go to `mapped_column`.
    """
    known = {key: options.pop(key) for key in list(options) if key in Wire.__dataclass_fields__}
    declaration = Wire(**known)
    nullable = not declaration.required if nullable is None else nullable
    return mapped_column(type_, *arguments, info={"wire": declaration}, nullable=nullable, **options)


def reference(resource: str, target: str, use_alter: bool = False, **options: Any) -> MappedColumn[Any]:
    """A real, nullable foreign key that the database empties when its target goes; its twin `…_ref` remembers.

    `use_alter` says that the constraint closes a circle of tables.
    """
    from .types import Text

    return wire(
        Text,
        ForeignKey(f"{target}.id", ondelete="SET NULL", use_alter=use_alter),
        reference=resource,
        filter=True,
        nullable=True,
        **options,
    )


def remembered(follows: str, **options: Any) -> MappedColumn[Any]:
    """The text twin of a reference: keeps its last non-null value, whoever wrote it (by trigger)."""
    from .types import Text

    return wire(Text, follows=follows, write="no", **options)


def camel(name: str) -> str:
    """`created_at` → `createdAt`."""
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


@cache
def fields(model: type[DeclarativeBase]) -> tuple[Field, ...]:
    """Every declared column of `model`, in table order. TypeError names a column without a declaration."""
    found = []
    for attribute in inspect(model).column_attrs:
        column = attribute.columns[0]
        declaration = column.info.get("wire")
        if declaration is None:
            raise TypeError(f"{model.__name__}.{attribute.key} has no wire declaration")
        found.append(Field(attribute.key, camel(attribute.key), column, declaration))
    return tuple(found)


@cache
def public(model: type[DeclarativeBase]) -> tuple[Field, ...]:
    """The columns that may be seen."""
    return tuple(field for field in fields(model) if not field.wire.secret)


@cache
def by_name(model: type[DeclarativeBase]) -> Mapping[str, Field]:
    """Public columns by outer name."""
    return {field.name: field for field in public(model)}


def dump(model: type[DeclarativeBase], row: Any) -> dict[str, Any]:
    """The public JSON form of a record or of a row of its table (attribute access by column name)."""
    return {field.name: to_json(field.type, getattr(row, field.attribute)) for field in public(model)}


def dump_mapping(model: type[DeclarativeBase], row: Mapping[str, Any]) -> dict[str, Any]:
    """The public JSON form of a Core mapping keyed by column name."""
    return {field.name: to_json(field.type, row[field.column.name]) for field in public(model)}
