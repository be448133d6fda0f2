"""To which records a changed row can matter, read off a rule's SELECT: what lets a run look only at what changed.

A row of any table that a SELECT reads must be tied to the record that is judged by an equality which every match has to
fulfil. Where one row is not, or the SELECT holds anything whose workings are not known here, nothing is claimed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BinaryExpression, FromClause, Select, Table
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.selectable import Alias, Join

from ..models import RECORDS
from ..models.wire import public
from ..records.tables import table
from .predicate import Predicate

PLAIN = frozenset(
    {
        "alias", "binary", "bindparam", "case", "cast", "clauselist", "column", "expression_clauselist", "false",
        "function", "grouping", "join", "label", "null", "select", "table", "true", "tuple", "type_coerce", "unary",
    }
)  # fmt: skip
FUNCTIONS = frozenset(  # the same arguments give the same value, whatever the time, the session and other rows
    {"abs", "coalesce", "count", "length", "lower", "ltrim", "max", "min", "nullif", "replace", "round", "rtrim",
     "substr", "substring", "sum", "trim", "upper"}
)  # fmt: skip
RESOURCES = {table(model): resource for resource, model in RECORDS.items()}


@dataclass(frozen=True)
class Link:
    """A changed row of `resource` matters to those records whose `column` has the value of its `matched`, before or
    after; and only when one of the columns `read` has changed.
    """

    resource: str
    matched: str
    column: str
    read: tuple[str, ...]


class _Unknown(Exception):
    """Something in the SELECT is not understood."""


def reach(predicate: Predicate) -> tuple[Link, ...] | None:
    """What changes can matter to the rule; None when that cannot be told."""
    try:
        for element in visitors.iterate(predicate.base):
            _known(element)
        found = list(_Reading(predicate.base).links(predicate.base, {_source(predicate.key)}, [], frozenset()))
    except _Unknown:
        return None
    own = [link.column for link in found if link.column != "id"]
    return tuple(dict.fromkeys(found)) if all(_indexed(table(predicate.model), name) for name in own) else None


def _known(element: Any) -> None:
    name = element.__visit_name__
    if name not in PLAIN:
        raise _Unknown
    if name == "function" and element.name.lower() not in FUNCTIONS:
        raise _Unknown
    if name == "column" and getattr(element, "is_literal", False) and not str(element.name).isdigit():
        raise _Unknown
    if name == "select" and (element._correlate or element._correlate_except is not None):
        raise _Unknown


def _indexed(own: Table, name: str) -> bool:
    return any(next(iter(index.columns)).name == name for index in own.indexes)


Pair = tuple[Any, Any]  # a column, and the one whose value it must have


class _Reading:
    """One SELECT with all that is inside it."""

    def __init__(self, statement: Select[Any]) -> None:
        self._read: dict[FromClause, set[str]] = {}
        column: Any
        for column in visitors.iterate(statement):
            if column.__visit_name__ == "column" and _source(column) is not None:
                self._read.setdefault(_source(column), set()).add(column.name)

    def links(
        self, statement: Select[Any], own: set[FromClause], pairs: list[Pair], outside: frozenset[FromClause]
    ) -> Iterator[Link]:
        """Links of all tables read here and further in. `own`: what stands for the judged record; `pairs`: columns that
        whoever reads this SELECT compares.
        """
        sources, conditions, tied = _sources(statement, outside)
        pairs = pairs + tied
        own = own | {source for source in sources if _same(source, own, pairs)}
        for source in sources:
            yield self._link(source, own, pairs)
        inner = outside | frozenset(sources)
        for nested, compared in _nested(statement, conditions):
            yield from self.links(nested, own, compared, inner)

    def _link(self, source: FromClause, own: set[FromClause], pairs: list[Pair]) -> Link:
        resource = RESOURCES.get(_table(source))
        if resource is None:
            raise _Unknown
        read = tuple(sorted(self._read.get(source, set())))
        if not set(read) <= {declared.column.name for declared in public(RECORDS[resource])}:
            raise _Unknown  # Changes tell nothing of secrets
        if source in own:
            return Link(resource, "id", "id", read)
        for mine, theirs in pairs:
            if _source(mine) is source and _source(theirs) in own:
                return Link(resource, mine.name, theirs.name, read)
        raise _Unknown


def _source(column: Any) -> Any:
    return getattr(column, "table", None)


def _table(source: FromClause) -> Any:
    return source.element if isinstance(source, Alias) else source


def _joined(source: FromClause) -> set[FromClause]:
    return _joined(source.left) | _joined(source.right) if isinstance(source, Join) else {source}


def _same(source: FromClause, own: set[FromClause], pairs: list[Pair]) -> bool:
    """True for the judged record itself, also under another name."""
    return source in own or any(
        _source(mine) is source and _source(theirs) in own and (mine.name, theirs.name) == ("id", "id")
        and _table(source) is _table(_source(theirs))
        for mine, theirs in pairs
    )  # fmt: skip


def _sources(statement: Select[Any], outside: frozenset[FromClause]) -> tuple[list[FromClause], list[Any], list[Pair]]:
    """The tables a SELECT reads itself, all its conditions, and what ties a row of its tables in every match. The
    condition of an outer join ties no row of its left side: those stay whatever it says.
    """
    sources: list[FromClause] = []
    conditions = [] if statement.whereclause is None else [statement.whereclause]
    pairs = [pair for condition in conditions for pair in _equalities(condition)]
    waiting = [source for source in statement.get_final_froms() if source not in outside]
    while waiting:
        source = waiting.pop()
        if isinstance(source, Join):
            if source.full or source.onclause is None:
                raise _Unknown
            conditions.append(source.onclause)
            optional = _joined(source.right) if source.isouter else None
            pairs += [(m, t) for m, t in _equalities(source.onclause) if optional is None or _source(m) in optional]
            waiting += [source.left, source.right]
        else:
            sources.append(source)
    if not sources:
        raise _Unknown
    return sources, conditions, pairs


def _conjuncts(condition: Any) -> Iterator[Any]:
    if condition.__visit_name__ == "grouping":
        yield from _conjuncts(condition.element)
    elif getattr(condition, "operator", None) is operators.and_:
        for part in condition.clauses:
            yield from _conjuncts(part)
    else:
        yield condition


def _equalities(condition: Any) -> Iterator[Pair]:
    """Columns that must be equal, each as it is tied to the other."""
    for part in _conjuncts(condition):
        if isinstance(part, BinaryExpression) and part.operator is operators.eq:
            yield from _tied(part.left, part.right)


def _tied(one: Any, other: Any) -> list[Pair]:
    columns = _source(one) is not None and _source(other) is not None
    return [(one, other), (other, one)] if columns else []


def _nested(statement: Select[Any], conditions: list[Any]) -> Iterator[tuple[Select[Any], list[Pair]]]:
    """The SELECTs directly inside this one, each with the columns that an IN compares."""
    listed: dict[int, Pair] = {}
    for condition in conditions:
        for part in _conjuncts(condition):
            if getattr(part, "operator", None) is operators.in_op and (inner := _select(part.right)) is not None:
                listed[id(inner)] = (part.left, _one_column(inner))
    parts = [*conditions, *statement._raw_columns, *statement._having_criteria, *statement._group_by_clauses]
    for part in parts:
        for inner in _within(part):
            pair = listed.get(id(inner))
            yield inner, _tied(*pair) if pair else []


def _one_column(inner: Select[Any]) -> Any:
    """The column that an IN looks through, when each of its values stands for itself."""
    column = next(iter(inner.selected_columns))
    grouped = list(inner._group_by_clauses)
    if inner._limit_clause is not None or inner._offset_clause is not None or (inner._having_criteria and not grouped):
        raise _Unknown
    if grouped and not (len(grouped) == 1 and grouped[0] is column):
        raise _Unknown
    return column


def _select(element: Any) -> Select[Any] | None:
    while not isinstance(element, Select):
        element = getattr(element, "element", None)
        if element is None:
            return None
    return element


def _within(element: Any) -> Iterator[Select[Any]]:
    """The outermost SELECTs inside an element."""
    if isinstance(element, Select):
        yield element
    elif not isinstance(element, FromClause):
        for child in element.get_children():
            yield from _within(child)
