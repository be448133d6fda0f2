"""Records without a slug: nothing leads to their page. A warning; it is given by saving one."""

from typing import Any

from sqlalchemy import Select

from ..query import Columns, Query
from ..rule import rule


def _slugless(q: Query, records: Columns) -> Select[Any]:
    return q.select(records.id).where(records.slug.is_(None) | (records.slug == ""))


@rule("business_slug", api=1, resource="businesses", severity="low", warn_if=1, title="Business without a slug")
def business_slug(q: Query) -> Select[Any]:
    """Businesses whose page has no readable address."""
    return _slugless(q, q.businesses)


@rule(
    "professional_slug", api=1, resource="professionals", severity="low", warn_if=1, title="Professional without a slug"
)
def professional_slug(q: Query) -> Select[Any]:
    """Professionals whose page has no readable address."""
    return _slugless(q, q.professionals)


@rule("category_slug", api=1, resource="categories", severity="low", warn_if=1, title="Category without a slug")
def category_slug(q: Query) -> Select[Any]:
    """Categories whose page has no readable address."""
    return _slugless(q, q.categories)


@business_slug.explain
@professional_slug.explain
@category_slug.explain
def why_slugless(record: Any) -> str:
    """In a sentence."""
    return f"{record.name} has no slug, so its page has no readable address"
