"""What checks found over time, and how well the product passes its own drill."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Float, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions.db import Base
from .base import NewId, Now, new_id
from .types import Json, UtcTime


class CheckHistory(Base):
    """What a check came to in one run, or in all runs of a day that is long past (`run_id` None, `runs` says how many).

    `open` is what stood at the end, `peak` the most that stood; the rest are sums. `healed_seconds` and
    `mended_seconds` add up how long findings had stood, first seen to healed, or to repaired or set aside.
    """

    __tablename__ = "check_history"

    check_id: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime, primary_key=True)
    run_id: Mapped[str | None] = mapped_column(Text)
    runs: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    open: Mapped[int] = mapped_column(Integer)
    peak: Mapped[int] = mapped_column(Integer)
    new: Mapped[int] = mapped_column(Integer)
    healed: Mapped[int] = mapped_column(Integer)
    repaired: Mapped[int] = mapped_column(Integer)
    quarantined: Mapped[int] = mapped_column(Integer)
    broken: Mapped[int] = mapped_column(Integer)
    healed_seconds: Mapped[float] = mapped_column(Float)
    mended_seconds: Mapped[float] = mapped_column(Float)
    seconds: Mapped[float] = mapped_column(Float)

    __table_args__ = (Index("ix_check_history_at", "at"),)


class HealthHistory(Base):
    """The directory's figures at the end of one run, or of the last run of a day that is long past."""

    __tablename__ = "health_history"

    at: Mapped[datetime] = mapped_column(UtcTime, primary_key=True)
    run_id: Mapped[str | None] = mapped_column(Text)
    runs: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    records: Mapped[int] = mapped_column(BigInteger)
    orphaned_users: Mapped[int] = mapped_column(BigInteger)
    missing_business_admins: Mapped[int] = mapped_column(BigInteger)
    missing_professional_admins: Mapped[int] = mapped_column(BigInteger)
    score: Mapped[float] = mapped_column(Float)
    lowest: Mapped[float] = mapped_column(Float)


class Drill(Base):
    """One drill: `occurrence` is unique, so a due one is held once. `passed` is None until it has ended."""

    __tablename__ = "drills"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id, server_default=NewId())
    occurrence: Mapped[str] = mapped_column(Text, unique=True)
    actor: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(UtcTime, server_default=Now())
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    passed: Mapped[bool | None] = mapped_column(Boolean)
    detail: Mapped[str | None] = mapped_column(Text)
    steps: Mapped[Any | None] = mapped_column(Json)

    __table_args__ = (Index("ix_drills_started_at", "started_at"),)
