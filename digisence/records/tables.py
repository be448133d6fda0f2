"""What the rooms of the records share about tables: the table of a model, lists in portions, who points to whom."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Table, UniqueConstraint

from ..models import RECORDS, Record
from ..models.wire import Field, fields

PORTION = 500  # ids in one IN list: well under the parameter limits of both databases

Item = TypeVar("Item")


def table(model: type[Any]) -> Table:
    """The table of `model`."""
    found = model.__table__
    assert isinstance(found, Table)  # noqa: S101
    return found


def portions(items: Sequence[Item], size: int = PORTION) -> Iterator[Sequence[Item]]:
    """`items` in slices of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


@cache
def references(model: type[Record]) -> tuple[Field, ...]:
    """The columns of `model` that name a record of some resource."""
    return tuple(field for field in fields(model) if field.wire.reference)


@cache
def referrers(resource: str) -> tuple[tuple[type[Record], Field], ...]:
    """Every (model, column) whose values are ids of `resource`."""
    return tuple(
        (model, field) for model in RECORDS.values() for field in references(model) if field.wire.reference == resource
    )


@cache
def memory(model: type[Record], attribute: str) -> Field | None:
    """The column that remembers the last non-null value of `attribute`, if there is one."""
    return next((field for field in fields(model) if field.wire.follows == attribute), None)


@cache
def unique_fields(model: type[Record]) -> tuple[Field, ...]:
    """The columns that no two records may share a value of."""
    single = {
        column.name
        for constraint in table(model).constraints
        if isinstance(constraint, UniqueConstraint) and len(constraint.columns) == 1
        for column in constraint.columns
    }
    return tuple(field for field in fields(model) if field.column.name in single)
