"""Imports of records: each is a row that tells how far it is, beside its file, what it wrote and what it refused."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions.db import Base
from .base import NewId, Now, new_id, one_of
from .types import Json, UtcTime

UPLOADING, QUEUED, RUNNING, DONE = "uploading", "queued", "running", "done"
FAILED, CANCELLED, UNDOING, UNDONE = "failed", "cancelled", "undoing", "undone"
IMPORT_STATES = (UPLOADING, QUEUED, RUNNING, DONE, FAILED, CANCELLED, UNDOING, UNDONE)
FORMATS = ("csv", "json", "ndjson")
CREATED, UPDATED = "created", "updated"
CHANGED, GONE = "changed-since", "gone"  # why an undoing kept a row: for good, unless what is gone is restored


def _count() -> Mapped[int]:
    return mapped_column(Integer, default=0, server_default="0")


class Import(Base):
    """One import: `rows` of its file are dealt with. `attempt` grows with every start; who has an older one writes
    nothing more. `upload_id` names the file, which a preview shares with the import that follows it. `undo_actor` asked
    for its undoing, which `kept` so many rows, of these `kept_for_good` as changed or gone since.
    """

    __tablename__ = "imports"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id, server_default=NewId())
    upload_id: Mapped[str] = mapped_column(Text)
    resource: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str | None] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    dry_run: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    state: Mapped[str] = mapped_column(Text, default=UPLOADING, server_default=UPLOADING)
    attempt: Mapped[int] = _count()
    rows: Mapped[int] = _count()
    created: Mapped[int] = _count()
    updated: Mapped[int] = _count()
    unchanged: Mapped[int] = _count()
    failed: Mapped[int] = _count()
    undone: Mapped[int] = _count()
    kept: Mapped[int] = _count()
    kept_for_good: Mapped[int] = _count()
    error: Mapped[str | None] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(Text)
    undo_actor: Mapped[str | None] = mapped_column(Text)
    undo_request_id: Mapped[str | None] = mapped_column(Text)
    host: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime, server_default=Now())
    started_at: Mapped[datetime | None] = mapped_column(UtcTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    forgotten_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        Index("ix_imports_created_at", "created_at"),
        Index("ix_imports_state", "state"),
        Index("ix_imports_upload_id", "upload_id"),
        one_of("state", *IMPORT_STATES),
        one_of("format", *FORMATS),
    )


class ImportPiece(Base):
    """A piece of an uploaded file: in the database, for the worker may run on another machine."""

    __tablename__ = "import_pieces"

    upload_id: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ImportedRow(Base):
    """What an import wrote of one row: the record as of `version`, and what an update replaced."""

    __tablename__ = "imported_rows"

    import_id: Mapped[str] = mapped_column(Text, ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    line: Mapped[int] = mapped_column(Integer)
    record_id: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    before: Mapped[Any | None] = mapped_column(Json)
    settled: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))

    __table_args__ = (one_of("action", CREATED, UPDATED),)


class ImportFault(Base):
    """A row that could not be imported, or not be undone (`undo`), and why: `errors` is what a Problem would list."""

    __tablename__ = "import_faults"

    import_id: Mapped[str] = mapped_column(Text, ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    undo: Mapped[bool] = mapped_column(Boolean, primary_key=True, default=False, server_default=text("false"))
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    line: Mapped[int] = mapped_column(Integer)
    record_id: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    errors: Mapped[Any] = mapped_column(Json)
