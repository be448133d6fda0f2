"""What a dry run would do: one row a record, so that the whole list can be read, whatever its length."""

from typing import Any

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions.db import Base
from .types import Json


class PlannedAct(Base):
    """One record's part of a dry run. `act`: what would become of it; `detail`: with whom, with what, or why not."""

    __tablename__ = "planned_acts"

    run_id: Mapped[str] = mapped_column(Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    check_id: Mapped[str] = mapped_column(Text, primary_key=True)
    record_id: Mapped[str] = mapped_column(Text, primary_key=True)
    resource: Mapped[str] = mapped_column(Text)
    act: Mapped[str] = mapped_column(Text)
    detail: Mapped[Any | None] = mapped_column(Json)
