"""Executions of checks and repairs. The truth about jobs is here, not in Redis."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions.db import Base
from .base import NewId, Now, new_id, one_of
from .types import Json, UtcTime

QUEUED, RUNNING, PASSED, FAILED, ERRORED, ABANDONED = ("queued", "running", "passed", "failed", "errored", "abandoned")
RUN_STATES = (QUEUED, RUNNING, PASSED, FAILED, ERRORED, ABANDONED)


class Run(Base):
    """One execution: `occurrence` is unique, so a due sweep runs once whoever else thinks it is theirs."""

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id, server_default=NewId())
    occurrence: Mapped[str] = mapped_column(Text, unique=True)
    state: Mapped[str] = mapped_column(Text, default=QUEUED, server_default=QUEUED)
    repair: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    dry_run: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    scheduled: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    checks: Mapped[Any | None] = mapped_column(Json)
    fence: Mapped[int | None] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(Text)
    progress: Mapped[Any | None] = mapped_column(Json)
    result: Mapped[Any | None] = mapped_column(Json)
    error: Mapped[str | None] = mapped_column(Text)
    host: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime, server_default=Now())
    started_at: Mapped[datetime | None] = mapped_column(UtcTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        Index("ix_runs_created_at", "created_at"),
        Index("ix_runs_state", "state"),
        one_of("state", *RUN_STATES),
    )


class Lease(Base):
    """Who may act now: the fence grows with every claim, so a run that lost it can write nothing."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    fence: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    run_id: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Schedule(Base):
    """What the scheduler's tick obeys: start, stop and interval of a periodic job (None: the product's setting)."""

    __tablename__ = "schedules"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True, server_default=text("true"))
    interval_seconds: Mapped[int | None] = mapped_column(Integer)
    changed_at: Mapped[datetime] = mapped_column(UtcTime, server_default=Now())
    changed_by: Mapped[str] = mapped_column(Text)
