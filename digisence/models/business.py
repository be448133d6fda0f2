"""What the directory lists: businesses."""

from typing import Any, ClassVar

from sqlalchemy import Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped

from .base import Record, boolean
from .types import Json
from .wire import reference, remembered, wire


class Business(Record):
    """A business, run by the user that `admin_id` names; `admin_ref` remembers whom it named last."""

    __tablename__ = "businesses"
    __resource__: ClassVar[str] = "businesses"

    name: Mapped[str] = wire(Text, required=True, shortest=2, longest=200, search=True, sort=True)
    slug: Mapped[str | None] = wire(Text, form="slug", longest=200, search=True, filter=True)
    description: Mapped[str | None] = wire(Text, longest=5000)
    about: Mapped[str | None] = wire(Text, longest=20000)
    logo: Mapped[str | None] = wire(Text, longest=2000)
    address: Mapped[str | None] = wire(Text, longest=500, search=True)
    phone: Mapped[str | None] = wire(Text, longest=50)
    email: Mapped[str | None] = wire(Text, form="email", longest=254, search=True, sort=True, filter=True)
    website: Mapped[str | None] = wire(Text, form="url", longest=2000)
    facebook: Mapped[str | None] = wire(Text, longest=2000)
    twitter: Mapped[str | None] = wire(Text, longest=2000)
    instagram: Mapped[str | None] = wire(Text, longest=2000)
    linkedin: Mapped[str | None] = wire(Text, longest=2000)
    catalog_pdf: Mapped[str | None] = wire(Text, longest=2000)
    opening_hours: Mapped[Any | None] = wire(Json)
    gst_number: Mapped[str | None] = wire(Text, longest=50, filter=True)
    is_active: Mapped[bool] = boolean(True, filter=True, sort=True)
    hero_content: Mapped[Any | None] = wire(Json)
    brand_content: Mapped[Any | None] = wire(Json)
    portfolio_content: Mapped[Any | None] = wire(Json)
    admin_id: Mapped[str | None] = reference("users", "users", required=True)
    admin_ref: Mapped[str | None] = remembered("admin_id")
    category_id: Mapped[str | None] = reference("categories", "categories")
    category_ref: Mapped[str | None] = remembered("category_id")

    __table_args__ = (
        UniqueConstraint("slug"),
        UniqueConstraint("admin_id"),
        Index("ix_businesses_admin_ref", "admin_ref"),
        Index("ix_businesses_category_ref", "category_ref"),
    )
