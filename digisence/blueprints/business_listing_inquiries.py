"""/api/admin/business-listing-inquiries: like every resource, and the review of each."""

from ..accounts import review
from ..models import BusinessListingInquiry
from . import reviewing
from .resource import resource

blp = resource(BusinessListingInquiry)

reviewing.add(
    blp,
    BusinessListingInquiry,
    {
        "approve": (review.approve_listing, "Agree to list it; who asked is mailed"),
        "complete": (review.complete_listing, "Say that the approved listing is there"),
    },
)
