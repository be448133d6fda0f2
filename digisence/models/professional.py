"""What the directory lists: professionals."""

from typing import Any, ClassVar

from sqlalchemy import Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped

from .base import Record, boolean
from .types import Json
from .wire import reference, remembered, wire


class Professional(Record):
    """A professional's profile, run by the user that `admin_id` names."""

    __tablename__ = "professionals"
    __resource__: ClassVar[str] = "professionals"

    name: Mapped[str] = wire(Text, required=True, shortest=2, longest=200, search=True, sort=True)
    slug: Mapped[str | None] = wire(Text, form="slug", longest=200, search=True, filter=True)
    profession_name: Mapped[str | None] = wire(Text, longest=200, search=True, sort=True, filter=True)
    professional_headline: Mapped[str | None] = wire(Text, longest=500, search=True, sort=True)
    about_me: Mapped[str | None] = wire(Text, longest=20000)
    profile_picture: Mapped[str | None] = wire(Text, longest=2000)
    banner: Mapped[str | None] = wire(Text, longest=2000)
    resume: Mapped[str | None] = wire(Text, longest=2000)
    location: Mapped[str | None] = wire(Text, longest=500, search=True, sort=True)
    phone: Mapped[str | None] = wire(Text, longest=50)
    email: Mapped[str | None] = wire(Text, form="email", longest=254, search=True, sort=True, filter=True)
    website: Mapped[str | None] = wire(Text, form="url", longest=2000)
    facebook: Mapped[str | None] = wire(Text, longest=2000)
    twitter: Mapped[str | None] = wire(Text, longest=2000)
    instagram: Mapped[str | None] = wire(Text, longest=2000)
    linkedin: Mapped[str | None] = wire(Text, longest=2000)
    is_active: Mapped[bool] = boolean(True, filter=True, sort=True)
    work_experience: Mapped[Any | None] = wire(Json)
    education: Mapped[Any | None] = wire(Json)
    skills: Mapped[Any | None] = wire(Json)
    services_offered: Mapped[Any | None] = wire(Json)
    contact_info: Mapped[Any | None] = wire(Json)
    portfolio: Mapped[Any | None] = wire(Json)
    contact_details: Mapped[Any | None] = wire(Json)
    cta_button: Mapped[Any | None] = wire(Json)
    admin_id: Mapped[str | None] = reference("users", "users", required=True)
    admin_ref: Mapped[str | None] = remembered("admin_id")

    __table_args__ = (
        UniqueConstraint("slug"),
        UniqueConstraint("admin_id"),
        Index("ix_professionals_admin_ref", "admin_ref"),
    )
