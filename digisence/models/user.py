"""People who sign in: superadmins, and the admins of businesses and professionals."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped

from .base import Record, boolean, choice, one_of
from .types import UtcTime
from .wire import wire

ROLES = ("SUPER_ADMIN", "BUSINESS_ADMIN", "PROFESSIONAL_ADMIN")
SUPER_ADMIN, BUSINESS_ADMIN, PROFESSIONAL_ADMIN = ROLES

MIXED = "email <> lower(email)"


class User(Record):
    """An account. A role promises a profile of its kind; that it holds is what the checks find out."""

    __tablename__ = "users"
    __resource__: ClassVar[str] = "users"
    __title__: ClassVar[str] = "email"

    email: Mapped[str] = wire(Text, required=True, form="email", longest=254, search=True, sort=True, filter=True)
    name: Mapped[str | None] = wire(Text, longest=200, search=True, sort=True)
    role: Mapped[str] = choice(*ROLES, default=BUSINESS_ADMIN, filter=True, sort=True)
    is_active: Mapped[bool] = boolean(True, filter=True, sort=True)
    password_hash: Mapped[str | None] = wire(Text, secret="password")  # noqa: S106
    must_change_password: Mapped[bool] = boolean(False, write="no")
    totp_secret: Mapped[str | None] = wire(Text, secret="totp")  # sealed  # noqa: S106
    recovery_codes: Mapped[str | None] = wire(Text, secret="recoveryCodes")  # digests  # noqa: S106
    totp_since: Mapped[datetime | None] = wire(UtcTime, write="no", sort=True, filter=True)
    last_login_at: Mapped[datetime | None] = wire(UtcTime, write="no", noted=True, sort=True, filter=True)

    __table_args__ = (
        UniqueConstraint("email"),
        # Few are in here: who looks past the case asks for small letters first, then among these; see `records.emails`
        Index("ix_users_email_mixed", "email", "id", sqlite_where=text(MIXED), postgresql_where=text(MIXED)),
        # PostgreSQL takes the few for nearly all, so it gets an index of all; SQLite would lose one of an expression
        # with the next table that a migration moves
        Index("ix_users_email_lower", func.lower(text("email"))).ddl_if(dialect="postgresql"),
        one_of("role", *ROLES),
    )
