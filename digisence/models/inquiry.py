"""What visitors write: inquiries to a business or to a professional."""

from typing import ClassVar

from sqlalchemy import CheckConstraint, Text
from sqlalchemy.orm import Mapped

from .base import Record, choice, one_of
from .wire import reference, remembered, wire

STATES = ("NEW", "READ", "REPLIED", "CLOSED")
ONE_ADDRESSEE = "(coalesce(business_id, business_ref) IS NULL) <> (coalesce(professional_id, professional_ref) IS NULL)"


class Inquiry(Record):
    """A message addressed to exactly one of a business and a professional."""

    __tablename__ = "inquiries"
    __resource__: ClassVar[str] = "inquiries"

    name: Mapped[str] = wire(Text, required=True, shortest=1, longest=200, search=True, sort=True)
    email: Mapped[str] = wire(Text, required=True, form="email", longest=254, search=True, sort=True, filter=True)
    phone: Mapped[str | None] = wire(Text, longest=50)
    message: Mapped[str] = wire(Text, required=True, shortest=1, longest=20000, search=True)
    status: Mapped[str] = choice(*STATES, default="NEW", filter=True, sort=True)
    business_id: Mapped[str | None] = reference("businesses", "businesses")
    business_ref: Mapped[str | None] = remembered("business_id")
    professional_id: Mapped[str | None] = reference("professionals", "professionals")
    professional_ref: Mapped[str | None] = remembered("professional_id")
    user_id: Mapped[str | None] = reference("users", "users")
    user_ref: Mapped[str | None] = remembered("user_id")
    product_ref: Mapped[str | None] = wire(Text, longest=64)
    service_ref: Mapped[str | None] = wire(Text, longest=64)

    __table_args__ = (one_of("status", *STATES), CheckConstraint(ONE_ADDRESSEE, name="one_addressee"))
