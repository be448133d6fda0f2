"""An index for every filter and every sort that the declarations offer."""

from sqlalchemy import Index, Table
from sqlalchemy.orm import InstrumentedAttribute

from .base import Record
from .wire import fields


def declare(model: type[Record]) -> None:
    """Add to `model`'s table an index on (column, id) for each column that is sorted or filtered by.

    The id makes the order total, so pages neither repeat nor skip a record.
    """
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101
    identity: InstrumentedAttribute[str] = model.id
    for field in fields(model):
        if (field.wire.filter or field.wire.sort) and not field.column.primary_key:
            Index(f"ix_{table.name}_{field.column.name}", field.column, table.c[identity.key])
