"""Sign-ins: a token is worth what its session is worth."""

import hashlib
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions.db import Base
from .base import NewId, Now, new_id
from .types import UtcTime


class Session(Base):
    """One sign-in of one user, from one browser or program."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id, server_default=NewId())
    user_id: Mapped[str] = mapped_column(Text, ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UtcTime, server_default=Now())
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    address: Mapped[str | None] = mapped_column(Text)
    user_agent: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("ix_sessions_user_id", "user_id"), Index("ix_sessions_expires_at", "expires_at"))


def stamp(password_hash: str | None) -> str:
    """What a token remembers of the password: 64 bits of a digest of its salted hash."""
    return hashlib.sha256((password_hash or "").encode()).hexdigest()[:16]
