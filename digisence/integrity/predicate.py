"""The host's side of a rule's SELECT: proved to name one resource's keys; grace, pages, locked ids laid over it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, literal_column, select
from sqlalchemy.sql.selectable import Alias

from ..models import RECORDS, Record
from .rule import DEACTIVATE


class BadSelect(Exception):
    """What a rule returned is not one SELECT of the primary keys of its resource."""


@dataclass(frozen=True)
class Predicate:
    """`base` selects `key`, the primary key of `model`, for every record that breaks the rule.

    `only_active` leaves out inactive records: for a rule whose remedy is to deactivate, one that is inactive is mended.
    """

    model: type[Record]
    base: Select[Any]
    key: ColumnElement[Any]
    only_active: bool = False

    def within(self, before: datetime, *, ids: Sequence[str] | None = None, after: str | None = None) -> Select[Any]:
        """SELECT id, version of the records that break the rule and were last touched no later than `before`,
        by key; of these `ids` only, or those `after` a key.
        """
        row = _columns(self.key)
        conditions = [row["created_at"] <= before, row["updated_at"] <= before]
        if self.only_active:
            conditions.append(row["is_active"].is_(True))
        if ids is not None:
            conditions.append(row["id"].in_(ids))
        if after is not None:
            conditions.append(row["id"] > after)
        return self.base.add_columns(row["version"]).where(*conditions).order_by(None).order_by(row["id"])


def _columns(key: ColumnElement[Any]) -> Any:
    return key.table.c


def checked(resource: str, statement: Any, remedy: str = "report") -> Predicate:
    """The predicate of a rule's SELECT. BadSelect when it is none, or selects something else than keys of
    `resource`.
    """
    model = RECORDS[resource]
    if not isinstance(statement, Select):
        raise BadSelect(
            f"a rule returns one SELECT, `q.select(q.{resource}.id).where(…)`, not {type(statement).__name__}"
        )
    columns = list(statement.selected_columns)
    own = model.__table__.c["id"]
    if len(columns) != 1 or own not in columns[0].base_columns:
        named = ", ".join(str(column) for column in columns)
        raise BadSelect(
            f"the SELECT must give the primary key of {resource} and nothing else; it gives {named or 'nothing'}"
        )
    only_active = remedy == DEACTIVATE
    if _plain(statement, columns[0]):
        return Predicate(model, statement, columns[0], only_active)
    return wrapped(model, own.in_(statement), only_active)


def from_sql(resource: str, sql: str, remedy: str) -> Predicate:
    """The predicate of a rule that was compiled elsewhere: `sql` is its SELECT, without parameters."""
    model = RECORDS[resource]
    inside: ColumnElement[bool] = model.__table__.c["id"].op("IN", is_comparison=True)(literal_column(f"({sql})"))
    return wrapped(model, inside, remedy == DEACTIVATE)


def wrapped(model: type[Record], condition: ColumnElement[bool], only_active: bool) -> Predicate:
    """A predicate around a condition on `model`'s own table."""
    key = model.__table__.c["id"]
    return Predicate(model, select(key).where(condition), key, only_active)


def _plain(statement: Select[Any], key: ColumnElement[Any]) -> bool:
    """True when conditions on the key's own row may join the statement itself, without changing what it means."""
    source = getattr(key, "table", None)
    table = source.element if isinstance(source, Alias) else source
    shaped = (
        statement._group_by_clauses or statement._having_criteria or statement._limit_clause is not None
        or statement._offset_clause is not None or statement._distinct or list(statement.get_final_froms()) != [source]
    )  # fmt: skip
    return isinstance(table, Table) and not shaped
