"""The product's own rules, found through the same entry point as anybody's."""

from .admins import missing_business, missing_professional, orphaned_user

__all__ = ["missing_business", "missing_professional", "orphaned_user"]
