"""What applicants ask for: an account with a profile."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Text
from sqlalchemy.orm import Mapped

from .base import Record, boolean, choice, one_of
from .business_listing_inquiry import REVIEW_STATES
from .types import UtcTime
from .wire import reference, remembered, wire

APPLICANTS = ("BUSINESS", "PROFESSIONAL")


class RegistrationInquiry(Record):
    """An application of a business or a professional, reviewed by the user that `reviewed_by` names."""

    __tablename__ = "registration_inquiries"
    __resource__: ClassVar[str] = "registration-inquiries"

    type: Mapped[str] = wire(Text, choices=APPLICANTS, required=True, filter=True, sort=True)
    name: Mapped[str] = wire(Text, required=True, shortest=2, longest=200, search=True, sort=True)
    email: Mapped[str] = wire(Text, required=True, form="email", longest=254, search=True, sort=True, filter=True)
    phone: Mapped[str | None] = wire(Text, longest=50)
    business_name: Mapped[str | None] = wire(Text, longest=200, search=True, sort=True)
    business_description: Mapped[str | None] = wire(Text, longest=5000)
    category_id: Mapped[str | None] = reference("categories", "categories")
    category_ref: Mapped[str | None] = remembered("category_id")
    gst_number: Mapped[str | None] = wire(Text, longest=50)
    website: Mapped[str | None] = wire(Text, form="url", longest=2000)
    first_name: Mapped[str | None] = wire(Text, longest=100)
    last_name: Mapped[str | None] = wire(Text, longest=100)
    profession: Mapped[str | None] = wire(Text, longest=200, search=True, filter=True)
    about_me: Mapped[str | None] = wire(Text, longest=20000)
    professional_headline: Mapped[str | None] = wire(Text, longest=500)
    location: Mapped[str | None] = wire(Text, longest=500, search=True)
    address: Mapped[str | None] = wire(Text, longest=500)
    password_hash: Mapped[str | None] = wire(Text, secret="password")  # noqa: S106
    terms_accepted: Mapped[bool] = boolean(False, filter=True)
    terms_accepted_at: Mapped[datetime | None] = wire(UtcTime)
    status: Mapped[str] = choice(*REVIEW_STATES, default="PENDING", filter=True, sort=True)
    admin_notes: Mapped[str | None] = wire(Text, longest=20000)
    reviewed_by: Mapped[str | None] = reference("users", "users")
    reviewed_ref: Mapped[str | None] = remembered("reviewed_by")
    reviewed_at: Mapped[datetime | None] = wire(UtcTime, sort=True)

    __table_args__ = (one_of("type", *APPLICANTS), one_of("status", *REVIEW_STATES))
