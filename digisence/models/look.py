"""Up to where each check has looked: from there on, only what changed needs to be looked at."""

from datetime import datetime

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions.db import Base
from .types import UtcTime


class Look(Base):
    """The last complete look of a check, full or at changes only.

    `seal`: all changes sealed up to it were visible. `before`: what was touched later was within grace. `fingerprint`:
    of the SELECT; None where looks at changes are not possible. `partial`: looks at changes since the full one.
    `fulls`: full looks in all; `full_run`: the run of the last one.
    `disagreed` adds up the records for which a full look found another verdict than the looks at changes had kept.
    """

    __tablename__ = "looks"

    check_id: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    full_at: Mapped[datetime] = mapped_column(UtcTime)
    fulls: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    full_run: Mapped[str | None] = mapped_column(Text)
    seal: Mapped[int] = mapped_column(BigInteger)
    before: Mapped[datetime] = mapped_column(UtcTime)
    fingerprint: Mapped[str | None] = mapped_column(Text)
    partial: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    disagreed: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    disagreed_at: Mapped[datetime | None] = mapped_column(UtcTime)
