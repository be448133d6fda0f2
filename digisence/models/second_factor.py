"""What a second factor needs besides its secret: one being set up, and the last code that was taken."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions.db import Base
from .types import UtcTime


class SecondFactor(Base):
    """Beside a user, not in it: no change of a record is worth telling for it.

    `pending` is a sealed secret that its owner has not confirmed yet; `step` the newest period of 30 s whose code was
    taken: no code is good twice.
    """

    __tablename__ = "second_factors"

    user_id: Mapped[str] = mapped_column(Text, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    pending: Mapped[str | None] = mapped_column(Text)
    pending_at: Mapped[datetime | None] = mapped_column(UtcTime)
    step: Mapped[int] = mapped_column(BigInteger, server_default="0")
