"""What the old platform's dump held and no resource takes: kept verbatim, with the reason."""

from datetime import datetime
from typing import Any

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions.db import Base
from .base import Now
from .types import Json, UtcTime


class LegacyDocument(Base):
    """A document without a place. `document` is as the dump had it."""

    __tablename__ = "legacy_documents"

    collection: Mapped[str] = mapped_column(Text, primary_key=True)
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    document: Mapped[Any] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(Text)
    imported_at: Mapped[datetime] = mapped_column(UtcTime, server_default=Now())
