"""Contact data that cannot be right: one person with two accounts, phones that no country has, dead-end websites."""

from .emails import duplicate_email
from .phones import business_phone, professional_phone
from .websites import business_website, professional_website

__all__ = ["business_phone", "business_website", "duplicate_email", "professional_phone", "professional_website"]
