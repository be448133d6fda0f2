"""/api/admin/businesses."""

from ..models import Business
from .resource import resource

blp = resource(Business)
