"""Records taken out of the live tables with all that brings them back."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions.db import Base
from .base import NewId, Now, new_id, one_of
from .types import Json, UtcTime

MANUAL, BY_CHECK = "manual", "check"


class QuarantineEntry(Base):
    """A record set aside: `snapshot` is its public form, `children` what went with it, `emptied` the references that
    were set null for it, `sealed` its secret columns, encrypted. `digest` is the SHA-256 of all these.
    """

    __tablename__ = "quarantine"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id, server_default=NewId())
    resource: Mapped[str] = mapped_column(Text)
    record_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    check_id: Mapped[str | None] = mapped_column(Text)
    run_id: Mapped[str | None] = mapped_column(Text)
    bulk_id: Mapped[str | None] = mapped_column(Text)
    placed_at: Mapped[datetime] = mapped_column(UtcTime, server_default=Now())
    placed_by: Mapped[str] = mapped_column(Text)
    restored_at: Mapped[datetime | None] = mapped_column(UtcTime)
    restored_by: Mapped[str | None] = mapped_column(Text)
    snapshot: Mapped[Any] = mapped_column(Json)
    children: Mapped[Any] = mapped_column(Json)
    emptied: Mapped[Any] = mapped_column(Json)
    sealed: Mapped[str | None] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
    schema_revision: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_quarantine_record", "resource", "record_id"),
        Index("ix_quarantine_run", "run_id"),
        Index("ix_quarantine_bulk", "bulk_id"),
        Index("ix_quarantine_placed_at", "placed_at"),
        one_of("kind", MANUAL, BY_CHECK),
    )
