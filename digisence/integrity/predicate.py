"""The host's side of a rule's SELECT: proved to name one resource's keys; grace, pages, locked ids laid over it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, Text, bindparam, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import Alias

from ..models import RECORDS, Record
from ..models.types import UtcTime
from ..records.bulk import Among, among
from .rule import DEACTIVATE


class BadSelect(Exception):
    """What a rule returned is not one SELECT of the primary keys of its resource."""


class Late(FunctionElement[Any]):
    """SQL for a column of rows that were found by something else: nearly all rows are old, so to look them up by their
    times, as SQLite likes to, would be to read them all.
    """

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(Late)
def _late(element: Late, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(next(iter(element.clauses)), **options)


@compiles(Late, "sqlite")
def _late_sqlite(element: Late, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{compiler.process(next(iter(element.clauses)), **options)}"


@dataclass(frozen=True)
class Predicate:
    """`base` selects `key`, the primary key of `model`, for every record that breaks the rule.

    `only_active` leaves out inactive records: for a rule whose remedy is to deactivate, one that is inactive is mended.
    """

    model: type[Record]
    base: Select[Any]
    key: ColumnElement[Any]
    only_active: bool = False

    def within(self, before: datetime, *, ids: Sequence[str] | None = None) -> Select[Any]:
        """SELECT id, version of the records that break the rule and were last touched no later than `before`; of these
        `ids` only.
        """
        found = self.base.add_columns(_columns(self.key)["version"]).where(*self._kept(before))
        return found if ids is None else found.where(among(_columns(self.key)["id"], ids))

    @cached_property
    def asking(self) -> Select[Any]:
        """`within`, of `:digisence_ids` and `:digisence_before`; written once, asked for every batch."""
        before, ids = bindparam("digisence_before", type_=UtcTime), bindparam("digisence_ids", type_=Text)
        mine = Among(_columns(self.key)["id"], ids)
        return self.base.add_columns(_columns(self.key)["version"]).where(*self._kept(before), mine)

    def scans(self) -> tuple["Scan", ...]:
        """The ways to find all records that break the rule, the most promising first."""
        whole = Scan(self, self.base.order_by(None), ())
        inside, own = self._parted()
        return (Scan(self, select(self.key).where(*inside), tuple(own)), whole) if inside and own else (whole,)

    def _parted(self) -> tuple[list[Any], list[Any]]:
        """Conditions that no index of keys alone can answer are asked of what the others leave, where these are
        anti-joins on the key: then the database merges indexes, and reads no row of the table but those it finds.
        """
        inside: list[Any] = []
        own: list[Any] = []
        if _plain(self.base, self.key):
            for part in self.base._where_criteria:
                columns: Iterator[Any] = (one for one in visitors.iterate(part) if one.__visit_name__ == "column")
                names = {column.name for column in columns if column.table is self.key.table}
                (inside if names == {self.key.name} else own).append(part)
        joins = any(getattr(part, "operator", None) is operators.inv for part in inside)
        apart = all(element.__visit_name__ != "select" for part in own for element in visitors.iterate(part))
        return (inside, own) if joins and apart else ([], [])

    def _kept(self, before: Any) -> list[ColumnElement[bool]]:
        """A finding is out of grace, and not mended."""
        row = _columns(self.key)
        conditions: list[ColumnElement[bool]] = [Late(row[name]) <= before for name in ("created_at", "updated_at")]
        return [*conditions, row["is_active"].is_(True)] if self.only_active else conditions


@dataclass(frozen=True)
class Scan:
    """`keys` selects ids among which are all records that break the rule; `rest` is what else must hold of them."""

    predicate: Predicate
    keys: Select[Any]
    rest: tuple[Any, ...]

    def kept(self, before: datetime, ids: Sequence[str]) -> Select[Any]:
        """SELECT id, version of those of `ids`, which `keys` gave, that are findings. Their rows are read only now: for
        the few that are broken, not for all that are well.
        """
        key = self.predicate.key
        conditions = (*self.rest, *self.predicate._kept(before), among(key, ids))
        return select(key, _columns(key)["version"]).where(*conditions)


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
    inside: ColumnElement[bool] = model.__table__.c["id"].op("IN", is_comparison=True)(literal_column(f"(\n{sql}\n)"))
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
