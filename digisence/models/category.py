"""How the directory is sorted: categories of businesses, and each business's own categories of products."""

from typing import ClassVar

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import Mapped

from .base import Record, choice, one_of
from .wire import reference, remembered, wire

KINDS = ("BUSINESS", "PRODUCT")


class Category(Record):
    """A category, perhaps under a parent."""

    __tablename__ = "categories"
    __resource__: ClassVar[str] = "categories"

    name: Mapped[str] = wire(Text, required=True, shortest=2, longest=200, search=True, sort=True)
    slug: Mapped[str | None] = wire(Text, form="slug", longest=200, search=True, filter=True)
    description: Mapped[str | None] = wire(Text, longest=5000)
    type: Mapped[str] = choice(*KINDS, default="PRODUCT", filter=True, sort=True)
    parent_id: Mapped[str | None] = reference("categories", "categories")
    parent_ref: Mapped[str | None] = remembered("parent_id")
    business_id: Mapped[str | None] = reference("businesses", "businesses", use_alter=True)
    business_ref: Mapped[str | None] = remembered("business_id")

    __table_args__ = (UniqueConstraint("slug"), one_of("type", *KINDS))
