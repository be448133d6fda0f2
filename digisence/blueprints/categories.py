"""/api/admin/categories."""

from ..models import Category
from .resource import resource

blp = resource(Category)
