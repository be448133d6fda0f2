"""The old platform's three checks: users without a profile, and profiles without their admin.

"Missing" is an anti-join, not a NULL: a program that writes to SQLite without foreign keys leaves ids that name nobody.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select

from ...models.user import BUSINESS_ADMIN, PROFESSIONAL_ADMIN
from ..query import Columns, Query
from ..rule import rule

PROMISED = {BUSINESS_ADMIN: "business", PROFESSIONAL_ADMIN: "professional"}


@rule(
    "orphaned_user", api=1, resource="users", severity="high", remedy="quarantine",
    title="User with the role of a business or professional, but without either",
)  # fmt: skip
def orphaned_user(q: Query) -> Select[Any]:
    """Users whose role promises a profile and who run none. Superadmins need none."""
    return q.select(q.users.id).where(
        q.users.role.in_(tuple(PROMISED)),
        ~q.exists(q.businesses.admin_id == q.users.id),
        ~q.exists(q.professionals.admin_id == q.users.id),
    )


@orphaned_user.explain
def why_orphaned(record: Any) -> str:
    """In a sentence."""
    return f"{record.email} has the role {record.role}, but no business or professional names them as its admin"


@rule(
    "missing_business", api=1, resource="businesses", severity="high", remedy="relink",
    title="Business whose admin is missing",
)  # fmt: skip
def missing_business(q: Query) -> Select[Any]:
    """Businesses without an admin, or with one that does not exist."""
    return q.select(q.businesses.id).where(_unled(q, q.businesses))


@rule(
    "missing_professional", api=1, resource="professionals", severity="high", remedy="relink",
    title="Professional whose admin is missing",
)  # fmt: skip
def missing_professional(q: Query) -> Select[Any]:
    """Professionals without an admin, or with one that does not exist."""
    return q.select(q.professionals.id).where(_unled(q, q.professionals))


def _unled(q: Query, profile: Columns) -> ColumnElement[bool]:
    return ~q.exists(q.users.id == profile.admin_id)  # NULL names nobody either; said with OR, no index can be merged


@missing_business.explain
@missing_professional.explain
def why_unled(record: Any) -> str:
    """In a sentence."""
    if record.admin_id is not None:
        return f"{record.name} names the admin {record.admin_id}, who does not exist"
    if record.admin_ref:
        return f"{record.name} has no admin; the last was {record.admin_ref}"
    return f"{record.name} has no admin and never had one"
