"""/api/admin/inquiries."""

from ..models import Inquiry
from .resource import resource

blp = resource(Inquiry)
