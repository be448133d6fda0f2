"""What is broken in the directory, and what is done about it. Its door: the old platform's services, in Python."""

from .selftest import run_all_tests
from .service import background_sync_service, data_sync_service

__all__ = ["background_sync_service", "data_sync_service", "run_all_tests"]
