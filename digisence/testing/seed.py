"""Makes records to try a rule on: sound ones, unless told otherwise, and ninety days old, past every grace."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import insert, update

from ..changes import Context, unit_of_work
from ..clock import utcnow
from ..models import (
    RECORDS,
    Business,
    BusinessListingInquiry,
    Category,
    Inquiry,
    Professional,
    Record,
    RegistrationInquiry,
    User,
)  # fmt: skip
from ..models.user import BUSINESS_ADMIN, PROFESSIONAL_ADMIN
from ..records.tables import table

AUTHOR = Context("system:testing")
AGE = timedelta(days=90)

R = TypeVar("R", bound=Record)
MISSING: Any = object()


class Seed:
    """Each method saves one record and gives it back; what is not said about it is filled in so that nothing is wrong.

    `seed.business()` has an admin of its own, `seed.business(admin_id=None)` has none. Times are those of ninety days
    ago; `created_at=seed.ago(days=3)` makes a younger one.
    """

    def __init__(self) -> None:
        self.now = utcnow()
        self._numbers = count(1)

    def ago(self, **period: float) -> datetime:
        """A time before now: `seed.ago(days=30)`."""
        return self.now - timedelta(**period)

    def user(self, *, profile: bool = True, **values: Any) -> User:
        """A user with the profile that the role promises; `profile=False` makes an orphan."""
        number = next(self._numbers)
        found = self._save(User, {"email": f"person{number}@seed.digisence.org", "name": f"Person {number}"} | values)
        owner: dict[str, Callable[..., Record]] = {BUSINESS_ADMIN: self.business, PROFESSIONAL_ADMIN: self.professional}
        if profile and found.role in owner:
            owner[found.role](admin_id=found.id)
        return found

    def business(self, *, admin_id: str | None = MISSING, category_id: str | None = MISSING, **values: Any) -> Business:
        """A business with an admin and a category of its own."""
        return self._save(Business, self._profile(BUSINESS_ADMIN, admin_id) | {
            "category_id": self.category(type="BUSINESS").id if category_id is MISSING else category_id,
            "gst_number": f"29ABCDE{next(self._numbers):04}F1Z5", "description": "What a sound business should be.",
        } | values)  # fmt: skip

    def professional(self, *, admin_id: str | None = MISSING, **values: Any) -> Professional:
        """A professional with an admin."""
        return self._save(Professional, self._profile(PROFESSIONAL_ADMIN, admin_id) | {
            "profession_name": "Architect", "professional_headline": "Builds", "location": "Pune",
        } | values)  # fmt: skip

    def category(self, **values: Any) -> Category:
        """A category at the top; `parent_id=` puts it under another."""
        number = next(self._numbers)
        return self._save(Category, {"name": f"Category {number}", "slug": f"category-{number}"} | values)

    def inquiry(self, **values: Any) -> Inquiry:
        """A visitor's inquiry to a business, or to `professional_id`."""
        addressed = {"business_id", "business_ref", "professional_id", "professional_ref"} & values.keys()
        to = {} if addressed else {"business_id": self.business().id}
        return self._save(Inquiry, self._person() | {"message": "Are you open?"} | to | values)

    def listing(self, **values: Any) -> BusinessListingInquiry:
        """A request to be listed."""
        number = next(self._numbers)
        return self._save(BusinessListingInquiry, {
            "business_name": f"Shop {number}", "contact_name": f"Person {number}",
            "email": f"person{number}@seed.digisence.org", "phone": "+919876500000", "requirements": "Please list us.",
        } | values)  # fmt: skip

    def registration(self, **values: Any) -> RegistrationInquiry:
        """An application for an account, already rejected; `status="PENDING"` makes one that waits."""
        return self._save(RegistrationInquiry, self._person() | {
            "type": "BUSINESS", "business_name": "A shop", "terms_accepted": True, "status": "REJECTED",
        } | values)  # fmt: skip

    def change(self, record: Record, **values: Any) -> None:
        """Change a record's columns as it was changed long ago: `seed.change(child, parent_id=parent.id)`."""
        columns = table(type(record))
        values = {"updated_at": self.ago(days=AGE.days - 1)} | values
        with unit_of_work(AUTHOR) as session:
            session.execute(update(columns).where(columns.c.id == record.id).values(**values))

    def many(self, resource: str, rows: Iterable[dict[str, Any]]) -> None:
        """Save rows of a resource at once, just as they are but for their times: for thousands."""
        times = dict.fromkeys(("created_at", "updated_at"), self.ago(days=AGE.days))
        with unit_of_work(AUTHOR) as session:
            session.connection().execute(insert(table(RECORDS[resource])), [times | row for row in rows])

    def _person(self) -> dict[str, Any]:
        number = next(self._numbers)
        return {
            "name": f"Person {number}",
            "email": f"person{number}@seed.digisence.org",
            "phone": f"+9198765{number % 100_000:05}",
        }

    def _profile(self, role: str, admin_id: str | None) -> dict[str, Any]:
        number = next(self._numbers)
        admin = self.user(role=role, profile=False).id if admin_id is MISSING else admin_id
        return {
            "name": f"Profile {number}", "slug": f"profile-{number}", "email": f"profile{number}@seed.digisence.org",
            "phone": f"+9198765{number % 100_000:05}", "website": f"https://profile-{number}.digisence.org",
            "admin_id": admin,
        }  # fmt: skip

    def _save(self, model: type[R], values: dict[str, Any]) -> R:
        born = values.get("created_at", self.ago(days=AGE.days))
        record = model(**{"created_at": born, "updated_at": values.get("updated_at", born)} | values)
        with unit_of_work(AUTHOR) as session:
            session.add(record)
            session.flush()
            session.refresh(record)
            session.expunge(record)
        return record
