"""Looking only at what changed: which records may have another verdict than at a check's last look, by the Changes.

Read in the order of their seals, which is that of their commits: a change that a look did not see is sealed behind its
position, or still waits in the outbox. Ids and times do not have that order.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Text, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from ..config import settings
from ..models import RECORDS, WAITING, Acknowledgement, Change, Check, Finding, Look, Record, Run, Seal
from ..models.change import COMPACTED, OF_RECORD, UPDATED
from ..models.finding import OPEN
from ..models.run import ABANDONED, ERRORED
from ..models.wire import public
from ..records.bulk import among, encoded
from ..records.tables import table
from .predicate import Predicate
from .reach import Link
from .reading import database_now, snapshot
from .rule import REPORT

MOST = 20_000  # changes, or records that they matter to, beyond which a full look is cheaper


class Part(FunctionElement[str]):
    """SQL for one column of a Change's `before` or `after`, as text."""

    inherit_cache = True
    type = Text()


@compiles(Part, "sqlite")
def _part_sqlite(element: Part, compiler: SQLCompiler, **options: Any) -> str:
    column, name = (compiler.process(part, **options) for part in element.clauses)
    return f"json_extract({column}, '$.' || {name})"


@compiles(Part, "postgresql")
def _part_postgresql(element: Part, compiler: SQLCompiler, **options: Any) -> str:
    column, name = (compiler.process(part, **options) for part in element.clauses)
    return f"({column} ->> {name})"


Values = tuple[set[str], set[str]]


@dataclass
class News:
    """What was changed since some seal, as one snapshot saw it; `seal` was the last one then. `rows` None: too much."""

    seal: int
    rows: dict[str, list[Any]] | None
    _known: dict[tuple[Any, ...], Values] = field(default_factory=dict, repr=False)

    @classmethod
    def since(cls, connection: Connection, seal: int) -> "News":
        """What was changed since `seal`. Nothing is known when the seals were made afresh."""
        last = last_seal(connection)
        return cls(last, _changed(connection, seal) if seal <= last else None)

    def values(self, connection: Connection, link: Link) -> Values:
        """Of the changed rows of the link's resource: what those whose change matters to the link are matched by,
        before and after; and the ids of the others.
        """
        asked = (link.resource, link.matched, link.read)
        if asked not in self._known:
            rows = (self.rows or {}).get(link.resource, [])
            self._known[asked] = _by_id(rows) if link.read == ("id",) else _by_value(connection, link, rows)
        return self._known[asked]


def _by_id(rows: Sequence[Any]) -> Values:
    """A changed id is told as a deletion and a creation."""
    moved = {row.record_id for row in rows if row.action != UPDATED}
    return moved, {row.record_id for row in rows} - moved


def _by_value(connection: Connection, link: Link, rows: Sequence[Any]) -> Values:
    if not rows:
        return set(), set()
    told_as = {declared.column.name: declared.name for declared in public(RECORDS[link.resource])}

    def part(column: Any, name: str) -> Part:
        return Part(column, literal(told_as[name]))

    differs = [part(Change.before, name).is_distinct_from(part(Change.after, name)) for name in link.read]
    matched = [part(column, link.matched) for column in (Change.before, Change.after)]
    query = select(Change.record_id, *matched).where(
        _numbered(connection, [row.id for row in rows]), or_(Change.action != UPDATED, *differs)
    )
    found = connection.execute(query).all()
    values = {value for row in found for value in row[1:] if value is not None}
    return values, {row.record_id for row in rows} - {row.record_id for row in found}


def _numbered(connection: Connection, ids: list[int]) -> ColumnElement[bool]:
    """A change is among `ids`, the list being one parameter."""
    if connection.dialect.name == "sqlite":
        return Change.id.in_(select(func.json_each(encoded(ids)).table_valued("value").c.value))
    return Change.id == func.any(literal(ids, ARRAY(BigInteger)))


@dataclass(frozen=True)
class Partly:
    """For which checks a look at changes will do, with their last look, and the changes since the oldest of these."""

    looks: dict[str, Any]
    news: News


def partly(checks: Collection[Check], *, repair: bool) -> Partly:
    """Decide, for a run that may look at changes only. Checks are looked at in full every DIGISENCE_FULL_EVERY looks,
    and whenever a repair waits for it, one that was interrupted too.
    """
    with snapshot(settings().rule_timeout) as connection:
        acting = {check.id for check in checks if check.mode == "act" and check.remedy != REPORT}
        waiting = (acting if _interrupted(connection) else _waiting(connection, acting)) if repair and acting else set()
        full = {check.id for check in checks} - (acting & waiting)
        looks: dict[str, Any] = {
            row.check_id: row for row in connection.execute(select(*table(Look).c))
            if row.check_id in full and row.fingerprint and row.partial + 1 < settings().full_every
        }  # fmt: skip
        return Partly(looks, News.since(connection, min((look.seal for look in looks.values()), default=0)))


def last_seal(connection: Connection) -> int:
    """The newest seal; what is visible and not sealed waits in the outbox."""
    return connection.scalar(select(func.max(Seal.seq))) or 0


def _interrupted(connection: Connection) -> bool:
    """True when the last run that was to mend ended before it had: what it left was seen by it, and by no other."""
    mending = (Run.repair.is_(True), Run.dry_run.is_(False), Run.finished_at.is_not(None))
    last = select(Run.state).where(*mending).order_by(Run.finished_at.desc()).limit(1)
    return connection.scalar(last) in (ABANDONED, ERRORED)


def _waiting(connection: Connection, acting: set[str]) -> set[str]:
    """Checks with a finding that was not seen often enough yet, or with an acknowledgement that still holds."""
    # Asked in the list of columns, so that it is asked once a check, at the end of an index
    newest = select(func.max(Finding.begun)).where(Finding.check_id == Look.check_id, Finding.state == OPEN)
    asked = connection.execute(select(Look.check_id, Look.fulls - newest.scalar_subquery()))
    late = {check_id for check_id, fewest in asked if fewest is not None and fewest < settings().sightings}
    now = database_now(connection)
    given = select(Acknowledgement.check_id).where(Acknowledgement.used_at.is_(None), Acknowledgement.expires_at > now)
    return {*(late & acting), *connection.scalars(given)}


def _changed(connection: Connection, since: int) -> dict[str, list[Any]] | None:
    told = (Change.id, Change.resource, Change.record_id, Change.action, COMPACTED.label("compacted"))
    sealed = select(*told).join(Seal, Seal.change_id == Change.id).where(Seal.seq > since, OF_RECORD)
    waiting = select(*told).select_from(WAITING).where(OF_RECORD)
    rows = [*connection.execute(sealed.limit(MOST + 1)), *connection.execute(waiting.limit(MOST + 1))]
    if len(rows) > MOST or any(row.compacted for row in rows):
        return None
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.resource].append(row)
    return found


def fingerprint(connection: Connection, predicate: Predicate) -> str:
    """Tells a SELECT from any other, by its text and the values in it: another rule, other settings, another time."""
    compiled = predicate.base.compile(dialect=connection.dialect)
    told = f"{compiled}\n{sorted(compiled.params.items(), key=str)}\n{predicate.only_active}"
    return hashlib.sha256(told.encode()).hexdigest()


def concerned(
    connection: Connection, predicate: Predicate, links: Sequence[Link], news: News, look: Any, before: datetime
) -> Values | None:
    """The records that may have another verdict than at `look`, and those that may where they are findings; None when
    they are too many to look at one by one.

    Those that a change matters to, those whose grace has ended (or began again) since; and all that was touched.
    """
    if news.rows is None:
        return None
    found: set[str] = set()
    touched: set[str] = set()
    for link in links:
        values, others = news.values(connection, link)
        found |= _named(connection, predicate.model, link.column, values)
        touched |= others if link.matched == "id" and link.column == "id" else set()
    found |= _aged(connection, predicate.model, *sorted((look.before, before)))
    return (found, touched - found) if len(found) <= MOST else None


def _named(connection: Connection, model: type[Record], column: str, values: set[str]) -> set[str]:
    if column == "id" or not values:
        return values
    own = table(model).c
    return set(connection.scalars(select(own.id).where(among(own[column], sorted(values)))))


def _aged(connection: Connection, model: type[Record], since: datetime, until: datetime) -> set[str]:
    own = table(model).c
    found: set[str] = set()
    for moment in (own.created_at, own.updated_at):
        query = select(own.id).where(moment > since, moment <= until).order_by(moment).limit(MOST + 1)
        found.update(connection.scalars(query))
    return found
