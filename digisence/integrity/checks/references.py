"""References that name nobody: the category, assignee, reviewer or addressee that a record had is gone.

A reference's twin keeps its last value, whoever emptied or deleted what, so one anti-join over the twin finds both the
id that names nobody and the reference that was emptied when its target went.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select

from ..query import Columns, Query
from ..rule import rule


def _gone(q: Query, remembered: ColumnElement[Any], targets: Columns) -> ColumnElement[bool]:
    return remembered.is_not(None) & ~q.exists(targets.id == remembered)


@rule(
    "dangling_category", api=1, resource="businesses", severity="medium",
    title="Business whose category is gone",
)  # fmt: skip
def dangling_category(q: Query) -> Select[Any]:
    """Businesses of a category that does not exist: no category page lists them."""
    return q.select(q.businesses.id).where(_gone(q, q.businesses.category_ref, q.categories))


@rule(
    "dangling_registration_category", api=1, resource="registration-inquiries", severity="low",
    title="Registration whose category is gone",
)  # fmt: skip
def dangling_registration_category(q: Query) -> Select[Any]:
    """Applications for a category that does not exist: approved, they would be in none."""
    applications = q.registration_inquiries
    return q.select(applications.id).where(_gone(q, applications.category_ref, q.categories))


@rule(
    "dangling_assignee", api=1, resource="business-listing-inquiries", severity="medium",
    title="Listing inquiry whose assignee is gone",
)  # fmt: skip
def dangling_assignee(q: Query) -> Select[Any]:
    """Inquiries that somebody worked on who does not exist: nobody else may take them up."""
    inquiries = q.business_listing_inquiries
    return q.select(inquiries.id).where(_gone(q, inquiries.assigned_ref, q.users))


@rule(
    "dangling_reviewer", api=1, resource="registration-inquiries", severity="low",
    title="Registration whose reviewer is gone",
)  # fmt: skip
def dangling_reviewer(q: Query) -> Select[Any]:
    """Applications reviewed by somebody who does not exist."""
    applications = q.registration_inquiries
    return q.select(applications.id).where(_gone(q, applications.reviewed_ref, q.users))


@rule(
    "dangling_inquiry", api=1, resource="inquiries", severity="medium",
    title="Inquiry to a business or professional that is gone",
)  # fmt: skip
def dangling_inquiry(q: Query) -> Select[Any]:
    """Messages whose addressee does not exist: nobody reads them. Each has one addressee of either kind."""
    return q.select(q.inquiries.id).where(
        ~q.exists(q.businesses.id == q.inquiries.business_ref),
        ~q.exists(q.professionals.id == q.inquiries.professional_ref),
    )


@dangling_category.explain
@dangling_registration_category.explain
def why_uncategorised(record: Any) -> str:
    """In a sentence."""
    return f"{record.name} was in the category {record.category_ref}, which does not exist"


@dangling_assignee.explain
def why_unassigned(record: Any) -> str:
    """In a sentence."""
    return f"{record.business_name} ({record.status}) was assigned to {record.assigned_ref}, who does not exist"


@dangling_reviewer.explain
def why_unreviewed(record: Any) -> str:
    """In a sentence."""
    return f"{record.name} ({record.status}) was reviewed by {record.reviewed_ref}, who does not exist"


@dangling_inquiry.explain
def why_unread(record: Any) -> str:
    """In a sentence."""
    target = record.business_ref or record.professional_ref
    kind = "business" if record.business_ref else "professional"
    return f"{record.name} wrote to the {kind} {target}, which does not exist"
