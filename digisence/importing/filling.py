"""References that led nowhere when their record was imported, and lead somewhere now, are set."""

from collections import Counter
from typing import Any

from sqlalchemy import Table, UniqueConstraint, bindparam, exists, select, update
from sqlalchemy.sql.elements import NamedColumn

from ..changes import Context, unit_of_work
from ..extensions.db import db
from ..models import RECORDS, Change, Record
from ..models.change import CREATED
from ..models.wire import camel, fields
from .order import BATCH
from .placing import table_of
from .shape import by_attribute


def fill_references(context: Context) -> Counter[str]:
    """Set them, for records that the import made and nobody touched since; returns how many, by column.

    Happens where a category belongs to a business that lies in it, and where a dump came in several parts.
    """
    filled: Counter[str] = Counter()
    for model in RECORDS.values():
        for column in fields(model):
            if column.wire.follows:
                reference = by_attribute(model)[column.wire.follows].column
                pairs = _pairs(context, model, reference, column.column)
                for start in range(0, len(pairs), BATCH):
                    _set(context, model, reference, pairs[start : start + BATCH])
                if pairs:
                    filled[f"{model.__resource__}.{camel(reference.name)}"] = len(pairs)
    db.session.rollback()
    return filled


def _pairs(
    context: Context, model: type[Record], reference: NamedColumn[Any], remembered: NamedColumn[Any]
) -> list[tuple[str, str]]:
    table = table_of(model)
    (key,) = reference.foreign_keys
    target = key.column.table.alias()
    born = exists().where(
        Change.resource == model.__resource__,
        Change.record_id == table.c.id,
        Change.action == CREATED,
        Change.actor == context.actor,
    )
    query = (
        select(table.c.id, remembered)
        .where(reference.is_(None), remembered.in_(select(target.c.id)), table.c.version == 1, born)
        .order_by(table.c.created_at, table.c.id)
    )
    found = [(record_id, target_id) for record_id, target_id in db.session.execute(query)]
    return _first_of_each(found, reference) if _is_unique(reference) else found


def _is_unique(column: NamedColumn[Any]) -> bool:
    table = column.table
    assert isinstance(table, Table)  # noqa: S101
    unique = (constraint for constraint in table.constraints if isinstance(constraint, UniqueConstraint))
    return any(list(constraint.columns) == [column] for constraint in unique)


def _first_of_each(pairs: list[tuple[str, str]], reference: NamedColumn[Any]) -> list[tuple[str, str]]:
    wanted = {target for _, target in pairs}
    held = set(db.session.scalars(select(reference).where(reference.in_(wanted)))) if wanted else set()
    chosen: dict[str, str] = {}
    for record_id, target in pairs:
        if target not in held:
            chosen.setdefault(target, record_id)
    return [(record_id, target) for target, record_id in chosen.items()]


def _set(context: Context, model: type[Record], reference: NamedColumn[Any], pairs: list[tuple[str, str]]) -> None:
    table = table_of(model)
    statement = (
        update(table)
        .where(table.c.id == bindparam("record"), reference.is_(None), table.c.version == 1)
        .values({reference: bindparam("target")})
    )
    with unit_of_work(context) as session:
        session.connection().execute(statement, [{"record": record, "target": target} for record, target in pairs])
