"""One-time links by which people set their password: only a digest of what is in the link is kept."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions.db import Base
from .base import Now, one_of
from .types import UtcTime

INVITATION, SET_PASSWORD = "invitation", "set-password"
PURPOSES = (INVITATION, SET_PASSWORD)


class Link(Base):
    """A link of a user. It goes with the user, also into quarantine, and does not come back from there."""

    __tablename__ = "links"

    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[str] = mapped_column(Text, ForeignKey("users.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime, server_default=Now())
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)
    stamp: Mapped[str | None] = mapped_column(Text)  # of the account as it was; null for those of before stamps

    __table_args__ = (
        one_of("purpose", *PURPOSES),
        Index("ix_links_user_id", "user_id"),
        Index("ix_links_expires_at", "expires_at"),
    )
