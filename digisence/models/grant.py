"""Rights that no role brings: given to one user, by name, on the command line."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions.db import Base
from .base import Now, one_of
from .types import UtcTime

PURGE = "purge"
RIGHTS = (PURGE,)


class Grant(Base):
    """A right of a user. It goes with the user, also into quarantine, and does not come back from there."""

    __tablename__ = "grants"

    user_id: Mapped[str] = mapped_column(Text, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    right: Mapped[str] = mapped_column("granted_right", Text, primary_key=True)
    granted_at: Mapped[datetime] = mapped_column(UtcTime, server_default=Now())
    granted_by: Mapped[str] = mapped_column(Text)

    __table_args__ = (one_of("granted_right", *RIGHTS),)
