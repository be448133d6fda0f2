"""Who changes the data and why: told to the database before the first write, in the same transaction.

`unit_of_work` is the one owner of a writing transaction. On PostgreSQL the triggers read transaction-local settings,
on SQLite the one row of `change_context`, which is gone again before the commit.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Flask
from sqlalchemy import Connection, delete, event, insert, text
from sqlalchemy.orm import Session, scoped_session
from uuid6 import uuid7

from ..extensions.db import db
from ..models import ChangeContext, ChangeTarget
from .drainer import PATIENCE_SECONDS, nudge

Unit = Session | scoped_session[Any]

TARGETS = {
    dialect: text(
        "INSERT INTO change_targets (resource, record_id, action) "  # noqa: S608 the two sources below
        f"SELECT CAST(:resource AS text), value, CAST(:action AS text) FROM {ids} WHERE true "
        "ON CONFLICT (resource, record_id) DO UPDATE SET action = excluded.action"
    )
    for dialect, ids in {
        "sqlite": "json_each(:ids)",
        "postgresql": "jsonb_array_elements_text(CAST(:ids AS jsonb))",
    }.items()
}
SETTINGS = text(
    "SELECT "
    + ", ".join(
        f"set_config('digisence.{name}', :{name}, true)" for name in ("actor", "request_id", "mutation_id", "address")
    )
)
FORGET, TELL = delete(ChangeContext), insert(ChangeContext)
PENDING = "digisence.unit"  # marks a session that is inside a unit of work


@dataclass(frozen=True)
class Context:
    """`actor` is `user:ID`, `system:NAME` or `anonymous`; `request_id` and `mutation_id` lead back to the call that
    asked for it, `address` to where that came from.
    """

    actor: str
    request_id: str | None = None
    mutation_id: str | None = None
    address: str | None = None


class OutsideUnitOfWork(RuntimeError):
    """Something tried to write without saying who and why: wrap it in `unit_of_work(context)`."""


@contextmanager
def unit_of_work(
    context: Context, after_commit: Callable[[], object] | None = None, patience: float | None = PATIENCE_SECONDS
) -> Iterator[Unit]:
    """A writing transaction: locks on SQLite, stamps the context, commits at the end, nudges the drain.

    Yields the session. Rolls back and re-raises on any error. `after_commit` runs once the commit stands.
    `patience`: seconds to wait for the drain at most; 0 for work where nobody waits for the answer, None where no
    record changes, so that there is nothing to drain.
    Objects loaded before belong to an older transaction: load again inside.
    """
    session = db.session()
    if session.info.get(PENDING):
        raise RuntimeError("a unit of work is already under way; pass its session on")
    session.rollback()
    session.info[PENDING] = True
    connection: Connection | None = None
    try:
        connection = session.connection(execution_options={"writes": True})
        stamp(connection, context)
        yield session
        session.flush()
        clear(session.connection())
        session.commit()
    except BaseException:
        _abandon(session, connection)
        raise
    finally:
        session.info.pop(PENDING, None)
    if patience is not None:
        nudge(patience)
    if after_commit:
        after_commit()


def _abandon(session: Session, connection: Connection | None) -> None:
    if connection is None or connection.closed or connection.dialect.name != "sqlite":
        session.rollback()
        return
    # A SELECT that the error left unfinished would pin this pooled connection to a snapshot of the past, from which
    # the next BEGIN IMMEDIATE fails as locked: roll back below SQLAlchemy, then never use the connection again
    driver: Any = connection.connection.driver_connection
    driver.rollback()
    session.invalidate()


def stamp(connection: Connection, context: Context) -> None:
    """Tell the triggers who and why, for this transaction."""
    values = {
        "actor": context.actor,
        "request_id": context.request_id,
        "mutation_id": context.mutation_id,
        "address": context.address,
    }
    if connection.dialect.name == "sqlite":
        connection.execute(FORGET)
        connection.execute(TELL, {"id": 1, "transaction_id": str(uuid7()), **values})
    else:  # PostgreSQL knows the transaction
        connection.execute(SETTINGS, {name: value or "" for name, value in values.items()})


def target(session: Unit, resource: str, record_ids: Iterable[str], action: str) -> None:
    """Within a unit of work: let the next deletion or insertion of these records be told as `action`."""
    connection = session.connection()
    rows = orjson.dumps(list(record_ids)).decode()
    connection.execute(TARGETS[connection.dialect.name], {"resource": resource, "ids": rows, "action": action})
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT set_config('digisence.targets', 'on', true)"))


def clear(connection: Connection) -> None:
    """Take context and targets back, so that they never outlive their transaction."""
    connection.execute(delete(ChangeTarget))
    if connection.dialect.name == "sqlite":
        connection.execute(FORGET)


def init_app(app: Flask) -> None:
    """Refuse every flush outside a unit of work."""
    with app.app_context():
        if not event.contains(db.session, "before_flush", _guard):
            event.listen(db.session, "before_flush", _guard)


def _guard(session: Session, _flush: Any, _instances: Any) -> None:
    if (session.new or session.dirty or session.deleted) and not session.info.get(PENDING):
        raise OutsideUnitOfWork("write inside `unit_of_work(context)`, so that the change has an actor")
