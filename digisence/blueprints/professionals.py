"""/api/admin/professionals."""

from ..models import Professional
from .resource import resource

blp = resource(Professional)
