"""Registrations and accounts tell the same story: who was let in has an account, who waits has none, nobody waits for
ever.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select

from digisence.integrity.rule import Query, rule

OPEN = ("PENDING", "UNDER_REVIEW")
LET_IN = ("APPROVED", "COMPLETED")


class Agreed(BaseModel):
    """What was agreed about waiting."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(14, ge=1, le=365, title="Days", description="An applicant has an answer within so many days")


@rule(
    "completed-without-account", api=1, resource="registration-inquiries", severity="high",
    title="Registration that was completed, but made no account",
)  # fmt: skip
def completed_without_account(q: Query) -> Select[Any]:
    """Nobody has the applicant's e-mail, in whatever case."""
    asked = q.registration_inquiries
    known = q.select(q.func.lower(q.users.email).label("email")).distinct().subquery("known")
    met = q.select(asked.id).where(q.func.lower(asked.email) == known.c.email)
    waiting = q.alias("registration-inquiries", "waiting")
    return q.select(waiting.id).where(waiting.status.in_(LET_IN), waiting.id.not_in(met))


@completed_without_account.explain
def why_no_account(record: Any) -> str:
    """In a sentence."""
    return f"{record.name} was let in ({record.status}), but no account has the e-mail {record.email}"


@rule(
    "account-while-open", api=1, resource="registration-inquiries", severity="medium",
    title="Registration still open, though the applicant has an account",
)  # fmt: skip
def account_while_open(q: Query) -> Select[Any]:
    """Somebody has the applicant's e-mail already, so the review decides nothing any more."""
    asked = q.registration_inquiries
    return q.select(asked.id).where(
        asked.status.in_(OPEN), q.func.lower(asked.email).in_(q.select(q.func.lower(q.users.email)))
    )


@account_while_open.explain
def why_open(record: Any) -> str:
    """In a sentence."""
    return f"{record.email} has an account already, and the registration is still {record.status}"


@rule(
    "waiting-too-long", api=1, resource="registration-inquiries", severity="low", settings=Agreed, warn_if=1,
    title="Registration that waits for an answer longer than agreed",
)  # fmt: skip
def waiting_too_long(q: Query) -> Select[Any]:
    """Still open after the agreed days; a change by the reviewer starts them anew."""
    asked = q.registration_inquiries
    since = q.ago(days=q.settings.days)
    return q.select(asked.id).where(asked.status.in_(OPEN), asked.created_at < since, asked.updated_at < since)


@waiting_too_long.explain
def why_waiting(record: Any) -> str:
    """In a sentence."""
    return f"{record.name} applied on {record.created_at:%d %B %Y} and is still {record.status}"
