"""The product's own rules, found through the same entry point as anybody's."""

from .accounts import email_case, expired_sessions
from .admins import missing_business, missing_professional, orphaned_user
from .profiles import role_mismatch, two_profiles
from .references import (
    dangling_assignee,
    dangling_category,
    dangling_inquiry,
    dangling_registration_category,
    dangling_reviewer,
)
from .slugs import business_slug, category_slug, professional_slug

__all__ = [
    "business_slug",
    "category_slug",
    "dangling_assignee",
    "dangling_category",
    "dangling_inquiry",
    "dangling_registration_category",
    "dangling_reviewer",
    "email_case",
    "expired_sessions",
    "missing_business",
    "missing_professional",
    "orphaned_user",
    "professional_slug",
    "role_mismatch",
    "two_profiles",
]
