"""Records that fail a check: first seen, last seen, times seen, and what became of them."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, Integer, Text, UniqueConstraint, case, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column

from ..extensions.db import Base
from .base import NewId, new_id, one_of
from .look import Look
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


def _of_look(told: Any, check_id: Any) -> Any:
    return select(told).where(Look.check_id == check_id).correlate_except(Look).scalar_subquery()


class Finding(Base):
    """One record that fails one check. `sightings` counts the full looks that saw it since it was last well.

    A finding that stands is not written when it is seen again: a full look closes all that it does not see, so that it
    has seen what stands after it. `begun` is how many full looks of its check had been before it; None where it does
    not stand. `kept_sightings` and `kept_last_seen` are what was written last.
    """

    __tablename__ = "findings"
    unowned: ClassVar[str | None] = None  # why nobody judges it any more, where a list has looked

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id, server_default=NewId())
    check_id: Mapped[str] = mapped_column(Text)
    resource: Mapped[str] = mapped_column(Text)
    record_id: Mapped[str] = mapped_column(Text)
    record_version: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text, default=OPEN, server_default=OPEN)
    begun: Mapped[int | None] = mapped_column(Integer)
    kept_sightings: Mapped[int] = mapped_column("sightings", Integer, default=1, server_default="1")
    first_seen: Mapped[datetime] = mapped_column(UtcTime)
    kept_last_seen: Mapped[datetime] = mapped_column("last_seen", UtcTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcTime)
    explanation: Mapped[str | None] = mapped_column(Text)
    last_run_id: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)

    sightings: Mapped[int] = column_property(func.coalesce(_of_look(Look.fulls, check_id) - begun, kept_sightings))
    last_seen: Mapped[datetime] = column_property(
        case(
            (
                begun.is_not(None) & (_of_look(Look.full_at, check_id) > kept_last_seen),
                _of_look(Look.full_at, check_id),
            ),
            else_=kept_last_seen,
        )
    )

    __table_args__ = (
        UniqueConstraint("check_id", "record_id", name="uq_findings_record"),
        Index("ix_findings_state", "state"),
        Index("ix_findings_check", "check_id", "state", "begun"),
        Index("ix_findings_resolved_at", "check_id", "resolved_at"),
        one_of("state", *FINDING_STATES),
    )
