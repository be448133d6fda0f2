"""What somebody did to many records at once: the ask, and what became of each, so that all of it can be undone."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions.db import Base
from .base import Now, new_id, one_of
from .types import Json, UtcTime

ACTIVATE, DEACTIVATE, DELETE, SET = BULK_ACTIONS = ("activate", "deactivate", "delete", "set")

QUEUED, RUNNING, DONE, ERRORED = "queued", "running", "done", "errored"
UNDO_QUEUED, UNDOING, UNDONE = "undo-queued", "undoing", "undone"
BULK_STATES = (QUEUED, RUNNING, DONE, ERRORED, UNDO_QUEUED, UNDOING, UNDONE)
UNDER_WAY = (QUEUED, RUNNING, UNDO_QUEUED, UNDOING)

WAITING, FAILED = "waiting", "failed"  # and DONE: what becomes of a record
ITEM_STATES = (WAITING, DONE, FAILED)
CONFLICT = "conflict"  # or UNDONE: what becomes of a record in the undo


class BulkAction(Base):
    """One action on many records. `asked` is what was asked for until its records are listed as items; `context` and
    `undo_context` are the `changes.Context` of who asked.

    Its items go with time (`forgotten_at`), its numbers stay.

    `fence` grows with every process that takes it on: who lost it writes nothing more. An errored one keeps the
    records it did not come to as `waiting`.
    """

    __tablename__ = "bulk_actions"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    resource: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    new_values: Mapped[Any | None] = mapped_column(Json)
    filter: Mapped[Any | None] = mapped_column(Json)
    asked: Mapped[Any | None] = mapped_column(Json)
    total: Mapped[int | None] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    failed: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    undone: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    conflicts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    state: Mapped[str] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    job_id: Mapped[str | None] = mapped_column(Text)
    fence: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    actor: Mapped[str] = mapped_column(Text)
    context: Mapped[Any] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcTime, server_default=Now())
    heartbeat_at: Mapped[datetime] = mapped_column(UtcTime, server_default=Now())
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    undo_actor: Mapped[str | None] = mapped_column(Text)
    undo_context: Mapped[Any | None] = mapped_column(Json)
    undone_at: Mapped[datetime | None] = mapped_column(UtcTime)
    forgotten_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        Index("ix_bulk_actions_created_at", "created_at"),
        Index("ix_bulk_actions_state", "state"),
        one_of("action", *BULK_ACTIONS),
        one_of("state", *BULK_STATES),
    )


class BulkItem(Base):
    """One record of a bulk action. `version` is what the asker had seen; `before` the fields as they were, by outer
    name; `left_version` the version that the action left; `entry_id` the quarantine entry of a deleted one.
    """

    __tablename__ = "bulk_items"

    bulk_id: Mapped[str] = mapped_column(Text, ForeignKey("bulk_actions.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    record_id: Mapped[str] = mapped_column(Text)
    version: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text, default=WAITING, server_default=WAITING)
    code: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)
    before: Mapped[Any | None] = mapped_column(Json)
    left_version: Mapped[int | None] = mapped_column(Integer)
    entry_id: Mapped[str | None] = mapped_column(Text)
    undo: Mapped[str | None] = mapped_column(Text)
    undo_code: Mapped[str | None] = mapped_column(Text)
    undo_detail: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        UniqueConstraint("bulk_id", "record_id"),
        Index("ix_bulk_items_state", "bulk_id", "state", "seq"),
        one_of("state", *ITEM_STATES),
        one_of("undo", UNDONE, CONFLICT),
    )
