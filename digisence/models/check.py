"""The registered rules with their settings, and what somebody allowed once in spite of the breaker."""

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions.db import Base
from .base import NewId, Now, new_id, one_of
from .types import Json, UtcTime

MODES = ("observe", "act", "off")


class Check(Base):
    """A rule as the worker registered it, and how the superadmins want it to run.

    `grace_seconds`, `interval_seconds`: None means the product's default; `settings`: None means `settings_defaults`.
    `health` is `ok` or `broken`, `health_detail` says why. `promoted_version`: the distribution's version when somebody
    let it act. `missing_since`: the rule could not be had at any look since then.
    """

    __tablename__ = "checks"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    resource: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(Text)
    remedy: Mapped[str] = mapped_column(Text)
    distribution: Mapped[str] = mapped_column(Text)
    distribution_version: Mapped[str] = mapped_column(Text)
    promoted_version: Mapped[str | None] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(Text)
    grace_seconds: Mapped[int | None] = mapped_column(Integer)
    rule_grace_seconds: Mapped[int | None] = mapped_column(Integer)
    interval_seconds: Mapped[int | None] = mapped_column(Integer)
    settings: Mapped[Any | None] = mapped_column(Json)
    settings_schema: Mapped[Any | None] = mapped_column(Json)
    settings_defaults: Mapped[Any | None] = mapped_column(Json)
    health: Mapped[str] = mapped_column(Text, default="ok", server_default="ok")
    health_detail: Mapped[str | None] = mapped_column(Text)
    last_run_at: Mapped[datetime | None] = mapped_column(UtcTime)
    last_success_at: Mapped[datetime | None] = mapped_column(UtcTime)
    missing_since: Mapped[datetime | None] = mapped_column(UtcTime)
    registered_at: Mapped[datetime] = mapped_column(UtcTime, server_default=Now())

    __table_args__ = (one_of("mode", *MODES),)


class Acknowledgement(Base):
    """A superadmin's word that a tripped breaker may let one very set of records through, once, within the hour."""

    __tablename__ = "acknowledgements"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id, server_default=NewId())
    check_id: Mapped[str] = mapped_column(Text, index=True)
    set_hash: Mapped[str] = mapped_column(Text)
    count: Mapped[int] = mapped_column(Integer)
    actor: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime, server_default=Now())
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)
    used_by_run: Mapped[str | None] = mapped_column(Text)


class Breaker(Base):
    """What a check wanted to touch when its breaker tripped last: the set, its size, its hash."""

    __tablename__ = "breakers"

    check_id: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    set_hash: Mapped[str] = mapped_column(Text)
    count: Mapped[int] = mapped_column(Integer)
    record_ids: Mapped[Any] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(Text)
    run_id: Mapped[str | None] = mapped_column(Text)
    tripped_at: Mapped[datetime] = mapped_column(UtcTime, server_default=Now())
