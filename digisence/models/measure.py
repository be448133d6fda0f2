"""What was measured of the past, by the hour and by the day: it stays when that which it was measured by has gone."""

from datetime import datetime

from sqlalchemy import BigInteger, Float, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions.db import Base
from .base import one_of
from .types import UtcTime

HOUR, DAY = "hour", "day"
STEPS = (HOUR, DAY)


class Measure(Base):
    """The value of one metric in one hour or day (UTC, by its start). `count`: of how many things it tells.

    A sum that is none has no row.
    """

    __tablename__ = "measures"

    metric: Mapped[str] = mapped_column(Text, primary_key=True)
    step: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime, primary_key=True)
    label: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[float] = mapped_column(Float)
    count: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")

    __table_args__ = (one_of("step", *STEPS),)


class Measuring(Base):
    """How far the measuring has come: one row. What is before `until` is measured, from the hour `since` on.

    `seal`: changes sealed up to it are in. `turn` grows with each measuring, so that of two at once one is kept.
    """

    __tablename__ = "measuring"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    turn: Mapped[int] = mapped_column(BigInteger)
    since: Mapped[datetime] = mapped_column(UtcTime)
    until: Mapped[datetime] = mapped_column(UtcTime)
    seal: Mapped[int] = mapped_column(BigInteger)
