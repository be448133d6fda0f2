"""Every table of the house. `RECORDS` are the resources by name."""

from collections.abc import Mapping

from .base import Record, new_id
from .bulk_action import BulkAction, BulkItem
from .business import Business
from .business_listing_inquiry import BusinessListingInquiry
from .category import Category
from .change import WAITING, Change, ChangeContext, ChangeStash, ChangeTarget, InOrder, Outbox, Publication, Seal
from .check import Acknowledgement, Breaker, Check
from .finding import Finding
from .grant import Grant
from .history import CheckHistory, Drill, HealthHistory
from .indexes import declare
from .inquiry import Inquiry
from .legacy_document import LegacyDocument
from .link import Link
from .look import Look
from .mail import Mail
from .measure import Measure, Measuring
from .planned_act import PlannedAct
from .professional import Professional
from .quarantine_entry import QuarantineEntry
from .registration_inquiry import RegistrationInquiry
from .run import Lease, Run, Schedule
from .second_factor import SecondFactor
from .session import Session
from .tally import Tally
from .transfer import Import, ImportedRow, ImportFault, ImportPiece
from .user import User

RECORDS: Mapping[str, type[Record]] = {
    model.__resource__: model
    for model in (User, Business, Professional, Category, Inquiry, BusinessListingInquiry, RegistrationInquiry)
}

for _model in RECORDS.values():
    declare(_model)

__all__ = [
    "RECORDS",
    "WAITING",
    "Acknowledgement",
    "Breaker",
    "BulkAction",
    "BulkItem",
    "Business",
    "BusinessListingInquiry",
    "Category",
    "Change",
    "ChangeContext",
    "ChangeStash",
    "ChangeTarget",
    "Check",
    "CheckHistory",
    "Drill",
    "Finding",
    "Grant",
    "HealthHistory",
    "Import",
    "ImportFault",
    "ImportPiece",
    "ImportedRow",
    "InOrder",
    "Inquiry",
    "Lease",
    "LegacyDocument",
    "Link",
    "Look",
    "Mail",
    "Measure",
    "Measuring",
    "Outbox",
    "PlannedAct",
    "Professional",
    "Publication",
    "QuarantineEntry",
    "Record",
    "RegistrationInquiry",
    "Run",
    "Schedule",
    "Seal",
    "SecondFactor",
    "Session",
    "Tally",
    "User",
    "new_id",
]  # fmt: skip
