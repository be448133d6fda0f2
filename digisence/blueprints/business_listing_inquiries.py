"""/api/admin/business-listing-inquiries."""

from ..models import BusinessListingInquiry
from .resource import resource

blp = resource(BusinessListingInquiry)
