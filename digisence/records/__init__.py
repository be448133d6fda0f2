"""The records: create, read, list, update, delete to quarantine and back; the same for every resource."""

from .crud import create, delete, read, update

__all__ = ["create", "delete", "read", "update"]
