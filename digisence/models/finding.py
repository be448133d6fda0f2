"""Records that fail a check: first seen, last seen, times seen, and what became of them."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions.db import Base
from .base import NewId, new_id, one_of
from .types import UtcTime

OPEN, IGNORED, HEALED, REPAIRED, SET_ASIDE, BLOCKED = (
    "open",
    "ignored",
    "healed",
    "repaired",
    "quarantined",
    "blocked",
)
STANDING = (OPEN, IGNORED, BLOCKED)  # the record fails the check, as far as we know
FINDING_STATES = (OPEN, IGNORED, HEALED, REPAIRED, SET_ASIDE, BLOCKED)


class Finding(Base):
    """One record that fails one check. `sightings` counts the full runs that saw it since it was last well."""

    __tablename__ = "findings"
    unowned: ClassVar[str | None] = None  # why nobody judges it any more, where a list has looked

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id, server_default=NewId())
    check_id: Mapped[str] = mapped_column(Text)
    resource: Mapped[str] = mapped_column(Text)
    record_id: Mapped[str] = mapped_column(Text)
    record_version: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text, default=OPEN, server_default=OPEN)
    sightings: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    first_seen: Mapped[datetime] = mapped_column(UtcTime)
    last_seen: Mapped[datetime] = mapped_column(UtcTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcTime)
    explanation: Mapped[str | None] = mapped_column(Text)
    last_run_id: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        UniqueConstraint("check_id", "record_id", name="uq_findings_record"),
        Index("ix_findings_state", "state"),
        Index("ix_findings_check", "check_id", "state"),
        Index("ix_findings_resolved_at", "check_id", "resolved_at"),
        one_of("state", *FINDING_STATES),
    )
