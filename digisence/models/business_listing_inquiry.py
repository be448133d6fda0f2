"""What owners ask for: to have their business listed."""

from typing import ClassVar

from sqlalchemy import Text
from sqlalchemy.orm import Mapped

from .base import Record, choice, one_of
from .wire import reference, remembered, wire

REVIEW_STATES = ("PENDING", "UNDER_REVIEW", "APPROVED", "REJECTED", "COMPLETED")


class BusinessListingInquiry(Record):
    """A request to be listed, worked on by the user that `assigned_to` names."""

    __tablename__ = "business_listing_inquiries"
    __resource__: ClassVar[str] = "business-listing-inquiries"
    __title__: ClassVar[str] = "business_name"

    business_name: Mapped[str] = wire(Text, required=True, shortest=1, longest=200, search=True, sort=True)
    business_description: Mapped[str | None] = wire(Text, longest=5000)
    contact_name: Mapped[str] = wire(Text, required=True, shortest=2, longest=200, search=True, sort=True)
    email: Mapped[str] = wire(Text, required=True, form="email", longest=254, search=True, sort=True, filter=True)
    phone: Mapped[str | None] = wire(Text, longest=50)
    requirements: Mapped[str] = wire(Text, required=True, shortest=1, longest=20000, search=True)
    inquiry_type: Mapped[str | None] = wire(Text, longest=100, filter=True, sort=True)
    status: Mapped[str] = choice(*REVIEW_STATES, default="PENDING", filter=True, sort=True)
    assigned_to: Mapped[str | None] = reference("users", "users")
    assigned_ref: Mapped[str | None] = remembered("assigned_to")
    notes: Mapped[str | None] = wire(Text, longest=20000)

    __table_args__ = (one_of("status", *REVIEW_STATES),)
