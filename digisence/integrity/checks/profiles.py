"""Users and what they run: a role of one kind over a profile of the other, and two profiles at once."""

from typing import Any

from sqlalchemy import Select

from ...models.user import BUSINESS_ADMIN, PROFESSIONAL_ADMIN
from ..query import Query
from ..rule import rule


@rule(
    "role_mismatch", api=1, resource="users", severity="high",
    title="User whose role does not match the profile they run",
)  # fmt: skip
def role_mismatch(q: Query) -> Select[Any]:
    """Users who run a profile of one kind only, and have another role than that kind's. They sign in to nothing."""
    runs_business = q.exists(q.businesses.admin_id == q.users.id)
    runs_professional = q.exists(q.professionals.admin_id == q.users.id)
    return q.select(q.users.id).where(
        ((q.users.role != BUSINESS_ADMIN) & runs_business & ~runs_professional)
        | ((q.users.role != PROFESSIONAL_ADMIN) & runs_professional & ~runs_business)
    )


@role_mismatch.explain
def why_mismatched(record: Any) -> str:
    """In a sentence."""
    return f"{record.email} has the role {record.role}, but runs a profile of another kind"


@rule("two_profiles", api=1, resource="users", severity="medium", title="User who runs a business and a professional")
def two_profiles(q: Query) -> Select[Any]:
    """Users with both profiles: their role gives them the one, and shuts them out of the other."""
    return q.select(q.users.id).where(
        q.exists(q.businesses.admin_id == q.users.id), q.exists(q.professionals.admin_id == q.users.id)
    )


@two_profiles.explain
def why_two(record: Any) -> str:
    """In a sentence."""
    return f"{record.email} runs a business and a professional, but with the role {record.role} reaches only one"
