"""/api/admin/registration-inquiries."""

from ..models import RegistrationInquiry
from .resource import resource

blp = resource(RegistrationInquiry)
