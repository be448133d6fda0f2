"""The outbox of mails: written with the change that calls for a mail, so that the two stand or fall together."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions.db import Base
from .base import NewId, Now, new_id, one_of
from .types import UtcTime

WAITING, CLAIMED, SENDING, SENT, FAILED, UNCERTAIN, EXPIRED = (
    "waiting", "claimed", "sending", "sent", "failed", "uncertain", "expired",
)  # fmt: skip
MAIL_STATES = (WAITING, CLAIMED, SENDING, SENT, FAILED, UNCERTAIN, EXPIRED)


class Mail(Base):
    """One mail to one recipient. `sealed`: what the template needs, encrypted; wiped once the mail is sent or expired.

    `claimed` by a process until `lease_until`, and nothing handed over yet; `sending`: being handed over, so that who
    dies now leaves it `uncertain`. `fence` grows with each claim.
    """

    __tablename__ = "mails"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id, server_default=NewId())
    template: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(Text)
    sealed: Mapped[str | None] = mapped_column(Text)
    resource: Mapped[str | None] = mapped_column(Text)
    record_id: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=WAITING, server_default=WAITING)
    tries: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    fence: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime, server_default=Now())
    due_at: Mapped[datetime] = mapped_column(UtcTime, server_default=Now())
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        Index("ix_mails_due", "state", "due_at"),
        Index("ix_mails_created_at", "created_at"),
        one_of("state", *MAIL_STATES),
    )
