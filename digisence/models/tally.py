"""How many records each resource has, kept as they come and go."""

from datetime import datetime

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions.db import Base
from .types import UtcTime


class Tally(Base):
    """One resource's count over all published Changes; `verified_at` is None until it was counted for the first time.

    `drift` is by how many records the last verification that found a difference put it right (true minus kept), at
    `drifted_at`; `drift_total` is the sum of such differences, whatever their sign.
    """

    __tablename__ = "tallies"

    resource: Mapped[str] = mapped_column(Text, primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger, server_default="0")
    verified_at: Mapped[datetime | None] = mapped_column(UtcTime)
    drift: Mapped[int] = mapped_column(BigInteger, server_default="0")
    drifted_at: Mapped[datetime | None] = mapped_column(UtcTime)
    drift_total: Mapped[int] = mapped_column(BigInteger, server_default="0")
