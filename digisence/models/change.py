"""The facts: every committed change of a record, whoever made it, and what became of it on the feed."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, Text, false, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import Join

from ..extensions.db import Base
from .base import Now
from .types import Json, UtcTime

Counter = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER counts by itself on SQLite

CREATED, UPDATED, DELETED = "created", "updated", "deleted"
QUARANTINED, RESTORED, PURGED = "quarantined", "restored", "purged"
ACTIONS = (CREATED, UPDATED, DELETED, QUARANTINED, RESTORED, PURGED)
GONE = (DELETED, QUARANTINED)  # with what it was as `before`
EXTERNAL = "external"


class Change(Base):
    """One committed change of one record, written by trigger; or an event, written by `changes.events`.

    `before` and `after` hold every column in its outer form under its column name, without secrets;
    `secrets` tells which secrets changed (`{"password": "changed"}`). `version` is the record's after the change
    (for a record that went: one more than it had), `base_version` the one before. An event has an action that is none
    of ACTIONS, version 0, and its details as `after`. A row is never updated, but for its compaction: `before` and
    `after` then give way to their digests.
    """

    __tablename__ = "changes"

    id: Mapped[int] = mapped_column(Counter, primary_key=True, autoincrement=True)
    resource: Mapped[str] = mapped_column(Text)
    record_id: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    base_version: Mapped[int | None] = mapped_column(Integer)
    before: Mapped[Any | None] = mapped_column(Json)
    after: Mapped[Any | None] = mapped_column(Json)
    secrets: Mapped[Any | None] = mapped_column(Json)
    before_digest: Mapped[str | None] = mapped_column(Text)
    after_digest: Mapped[str | None] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(Text)
    mutation_id: Mapped[str | None] = mapped_column(Text)
    transaction_id: Mapped[str | None] = mapped_column(Text)
    committed_at: Mapped[datetime] = mapped_column(UtcTime, server_default=Now())

    __table_args__ = (
        Index("ix_changes_record", "resource", "record_id", "id"),
        Index("ix_changes_committed_at", "committed_at"),
        Index("ix_changes_recent", "resource", "committed_at", "id"),
        Index("ix_changes_actor", "actor", "id"),
        {"sqlite_autoincrement": True},
    )


OF_RECORD = Change.action.in_(ACTIONS)  # true for a change of a record, false for an event
COMPACTED = or_(Change.before_digest.is_not(None), Change.after_digest.is_not(None))


class Outbox(Base):
    """Ids of changes that are not on the feed yet. `silent`: an event, to be sealed but told to nobody.

    Without a foreign key: what fills it has just written the change, and changes stay.
    """

    __tablename__ = "outbox"

    change_id: Mapped[int] = mapped_column(Counter, primary_key=True, autoincrement=False)
    silent: Mapped[bool] = mapped_column(Boolean, server_default=false())


class InOrder(Join):
    """A join read from left to right: SQLite, left to itself, may look through every change ever made for the few that
    wait.
    """

    inherit_cache = True


@compiles(InOrder, "sqlite")
def _in_order(join: InOrder, compiler: SQLCompiler, **options: Any) -> str:
    usual: str = compiler.visit_join(join, **options)  # type: ignore[no-untyped-call]
    return usual.replace(" JOIN ", " CROSS JOIN ", 1)  # whose order SQLite keeps


WAITING = InOrder(Outbox.__table__, Change.__table__, Outbox.change_id == Change.id)


class Publication(Base):
    """The position on the feed that a change got. `milliseconds` and `counter` are its two numbers, to compare by."""

    __tablename__ = "publications"

    change_id: Mapped[int] = mapped_column(Counter, ForeignKey("changes.id"), primary_key=True, autoincrement=False)
    position: Mapped[str] = mapped_column(Text)
    milliseconds: Mapped[int] = mapped_column(BigInteger)
    counter: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_publications_position", "milliseconds", "counter"),)


class Seal(Base):
    """A change's link in the hash chain, in publishing order: `digest` = SHA-256 of `previous` and the change.

    `form` tells what of the change went into it, see `changes.seals`.
    """

    __tablename__ = "seals"

    seq: Mapped[int] = mapped_column(Counter, primary_key=True, autoincrement=True)
    change_id: Mapped[int] = mapped_column(Counter, ForeignKey("changes.id"), unique=True)
    previous: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
    form: Mapped[int] = mapped_column(Integer, server_default="1")

    __table_args__ = ({"sqlite_autoincrement": True},)


class ChangeTarget(Base):
    """While a transaction runs: rows whose disappearance or return has a name of its own. Empty after every commit."""

    __tablename__ = "change_targets"

    resource: Mapped[str] = mapped_column(Text, primary_key=True)
    record_id: Mapped[str] = mapped_column(Text, primary_key=True)
    action: Mapped[str] = mapped_column(Text)


class ChangeContext(Base):
    """While a transaction runs on SQLite: who and why. Empty after every commit. PostgreSQL uses its own settings."""

    __tablename__ = "change_context"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    actor: Mapped[str] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(Text)
    mutation_id: Mapped[str | None] = mapped_column(Text)
    transaction_id: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)


class ChangeStash(Base):
    """On SQLite: rows that the statement under way may replace without a delete trigger seeing it."""

    __tablename__ = "change_stash"

    resource: Mapped[str] = mapped_column(Text, primary_key=True)
    record_id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    before: Mapped[Any] = mapped_column(Json)
