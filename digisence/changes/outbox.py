"""From the outbox to the feed: at least once, never early, in order within a record.

A drain publishes what waits, then in one transaction notes each change's position, seals it and takes it off the
outbox. Dying in between means publishing again under the same key, which the feed recognises. Events are sealed among
the changes and never published.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, Row, TextClause, func, select, text
from sqlalchemy.dialects import postgresql

from ..clock import utcnow
from ..extensions import metrics, sse
from ..extensions.db import db
from ..extensions.sse import Position
from ..models import WAITING, Change, InOrder, Outbox, Publication, Seal
from ..models.change import ACTIONS
from . import tally, witness
from .election import elected, settling
from .message import many, message
from .seals import FORM, GENESIS, canonical, content, linked

TAKEN = {
    dialect: text(f"DELETE FROM outbox WHERE change_id {among} RETURNING change_id")  # noqa: S608 the two below
    for dialect, among in {
        "sqlite": "IN (SELECT value FROM json_each(:ids))",
        "postgresql": "= ANY (ARRAY(SELECT CAST(jsonb_array_elements_text(CAST(:ids AS jsonb)) AS bigint)))",
    }.items()
}
DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
PAGE = 500
# Many rows by one statement with one parameter; the chain's numbers follow its order
ROWS = {
    "sqlite": "SELECT {parts} FROM json_each(:rows) ORDER BY key",
    "postgresql": "SELECT {names} FROM ROWS FROM (jsonb_to_recordset(CAST(:rows AS jsonb)) AS ({typed})) "
    "WITH ORDINALITY ORDER BY ordinality",
}
MANY_OVER = 500  # changes of one transaction, beyond which each resource is told by one message


@dataclass(frozen=True)
class Group:
    """The changes that one transaction, begun at `began`, made to one resource. `transaction_id` is None for outsiders
    on SQLite, whose transactions have no name: those waiting together, up to the `last`, count as one."""

    transaction_id: str | None
    resource: str
    actor: str
    count: int
    first: int
    last: int
    began: datetime


def drain() -> int:
    """Publish what waits; returns how many changes. 0 at once when another process is at it.

    Raises redis.RedisError when the feed is away: everything stays in the outbox.
    """
    engine, total = db.engine, 0
    while True:
        with elected(engine) as mine:
            if not mine:
                return total
            while published := _pass(engine):
                total += published
        # A row committed while the lock was still held found it taken; look once more now that it is free
        if not waiting(engine):
            return total


def waiting(engine: Engine) -> int:
    """How many changes are in the outbox."""
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(Outbox)) or 0


def _pass(engine: Engine) -> int:
    with engine.connect() as connection:
        groups = _large_groups(connection)
        rows = [] if groups else _page(connection)
    if groups:
        return sum(_publish_group(engine, group) for group in groups)
    if not rows:
        return 0
    told = [row for row in rows if row.action in ACTIONS]
    keys = [_key(row.id, row.committed_at) for row in told]
    positions = sse.publish_many([{"data": message(row)} for row in told], keys) if told else []
    at = dict(zip((row.id for row in told), positions, strict=True))
    _settle(engine, [(row, at.get(row.id)) for row in rows])
    return len(rows)


def _publish_group(engine: Engine, group: Group) -> int:
    told = many(group.resource, group.count, group.actor)
    key = f"many-{group.transaction_id}-{group.count}-{_key(group.first, group.began)}"
    [position] = sse.publish_many([{"data": told}], [key])
    total, after = 0, group.first - 1
    while True:
        with engine.connect() as connection:
            rows = _page(connection, after)
        if not rows:
            return total
        after = rows[-1].id
        ours = [row for row in rows if _belongs(row, group)]
        if ours:
            _settle(engine, [(row, position) for row in ours])
        total += len(ours)
        if total >= group.count:  # not to read all that waits behind it, group after group
            return total


def _belongs(row: Row[Any], group: Group) -> bool:
    same = (row.transaction_id, row.resource) == (group.transaction_id, group.resource)
    return same and row.id <= group.last and row.action in ACTIONS  # what came since was not told with them


def _page(connection: Connection, after: int = 0) -> Sequence[Row[Any]]:
    """The first changes that wait, beyond the one with the id `after`."""
    # First the ids alone: who joins everything first may read through all changes ever made, on either database
    first = select(Outbox.change_id).where(Outbox.change_id > after).order_by(Outbox.change_id).limit(PAGE).subquery()
    query = select(Change.__table__).select_from(InOrder(first, Change.__table__, Change.id == first.c.change_id))
    return connection.execute(query.order_by(first.c.change_id)).all()


def _large_groups(connection: Connection) -> list[Group]:
    """Those of the first transaction that is too large to be told change by change."""
    transaction, first, last = Change.transaction_id, func.min(Change.id), func.max(Change.id)
    began = func.min(Change.committed_at)
    waits = select(transaction).select_from(WAITING).where(Outbox.silent.is_(False))
    waits = waits.group_by(transaction).having(func.count() > MANY_OVER)
    large = connection.execute(waits.order_by(first).limit(1)).first()
    if large is None:
        return []
    found = connection.execute(
        select(transaction, Change.resource, func.min(Change.actor), func.count(), first, last, began)
        .select_from(WAITING)
        .where(transaction.is_not_distinct_from(large.transaction_id), Outbox.silent.is_(False))
        .group_by(transaction, Change.resource)
        .order_by(first)
    )
    return [Group(*row) for row in found]


def _key(change_id: int, committed_at: datetime) -> str:
    # The time tells the change from one of the same number in a database that was made afresh
    return f"change-{change_id}-{int(committed_at.timestamp() * 1000)}"


def _settle(engine: Engine, published: Sequence[tuple[Row[Any], str | None]]) -> None:
    """Note positions, seal, count, clear the outbox: one transaction. What somebody else settled before is left out;
    what has no position is an event.
    """
    # Before the lock, for which others wait
    ids = canonical([row.id for row, _ in published]).decode()
    told = [(row, content(row), _publication(row.id, position) if position else None) for row, position in published]
    with settling(engine) as connection:
        mine = set(connection.scalars(TAKEN[connection.dialect.name], {"ids": ids}).all())
        ours = [one for one in told if one[0].id in mine]
        if not ours:
            return
        placed = [publication for _, _, publication in ours if publication]
        if placed:
            connection.execute(_into(Publication, connection.dialect.name), {"rows": canonical(placed).decode()})
        sealed = list(_seals(connection, [(row.id, said) for row, said, _ in ours]))
        connection.execute(_into(Seal, connection.dialect.name), {"rows": canonical(sealed).decode()})
        tally.add(connection, [row for row, _, _ in ours])
    witness.tell(engine)
    _count([row for row, _, publication in ours if publication])


def _publication(change_id: int, position: str) -> dict[str, Any]:
    parsed = Position.parse(position)
    return {
        "change_id": change_id,
        "position": position,
        "milliseconds": parsed.milliseconds,
        "counter": parsed.sequence,
    }


def _seals(connection: Connection, contents: Sequence[tuple[int, bytes]]) -> Iterator[dict[str, Any]]:
    previous = connection.scalar(select(Seal.digest).order_by(Seal.seq.desc()).limit(1)) or GENESIS
    for change_id, told in contents:
        sealed = linked(previous, told)
        yield {"change_id": change_id, "previous": previous, "digest": sealed, "form": FORM}
        previous = sealed


@cache
def _into(model: type[Publication | Seal], dialect: str) -> TextClause:
    """INSERT of `:rows`, a JSON list of objects, in their order."""
    columns = [column for column in model.__table__.c if column.name != "seq"]
    names = ", ".join(column.name for column in columns)
    typed = ", ".join(f"{column.name} {column.type.compile(DIALECT)}" for column in columns)
    parts = ", ".join(f"json_extract(value, '$.{column.name}')" for column in columns)
    rows = ROWS[dialect].format(names=names, typed=typed, parts=parts)
    return text(f"INSERT INTO {model.__tablename__} ({names}) {rows}")


def _count(rows: Sequence[Row[Any]]) -> None:
    now = utcnow()
    metrics.published.inc(len(rows))
    for row in rows:
        metrics.publish_lag.observe(max(0.0, (now - row.committed_at).total_seconds()))
