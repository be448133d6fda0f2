"""Two accounts of one mailbox: the same address but for case, and for dots where the provider ignores them."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, case, or_

from digisence.integrity.rule import Query, rule

from .stages import stage


class Mailboxes(BaseModel):
    """Whose mailboxes are one, dots or no dots."""

    model_config = ConfigDict(extra="forbid")

    dotless: list[str] = Field(
        ["gmail.com", "googlemail.com"],
        title="Domains that ignore dots",
        description="asha.rao@ and asharao@ are one mailbox there. An empty list: dots count everywhere",
    )
    everywhere: bool = Field(False, title="Ignore dots everywhere", description="Before the @, at any domain")


@rule(
    "duplicate-email", api=1, resource="users", severity="medium", settings=Mailboxes,
    title="User whose e-mail is another user's in other letters",
)  # fmt: skip
def duplicate_email(q: Query) -> Select[Any]:
    """Group by the address as the provider reads it: no comparing of each with each."""
    boxes = stage("boxes", q.select(q.users.id, _mailbox(q, q.users.email).label("name")))
    twin = boxes.alias("twin")
    shared = q.select(twin.c.name).group_by(twin.c.name).having(q.func.count() > 1)
    return q.select(boxes.c.id).where(boxes.c.name.in_(shared))


def _mailbox(q: Query, email: ColumnElement[str]) -> ColumnElement[str]:
    """The address in small letters, without the dots that do not count."""
    plain = q.func.lower(email)
    # Both databases trim by sets of characters: all but @ goes from the right, so what is left ends with the last @
    name = q.func.rtrim(plain, q.func.replace(plain, "@", ""))
    dotless = q.func.replace(name, ".", "").concat(q.func.substr(plain, q.func.length(name) + 1))
    if q.settings.everywhere:
        return dotless
    ignoring = [plain.endswith(f"@{domain.lower()}", autoescape=True) for domain in sorted(set(q.settings.dotless))]
    return case((or_(*ignoring), dotless), else_=plain) if ignoring else plain


@duplicate_email.explain
def why_twin(record: Any) -> str:
    """In a sentence."""
    return f"{record.email} reaches the same mailbox as the e-mail of another account"
