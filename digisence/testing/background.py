"""Five hundred sound businesses and what belongs to them: a rule that finds fault with one of them is found out."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import insert

from ..changes import unit_of_work
from ..clock import utcnow
from ..models import RECORDS
from ..models.user import BUSINESS_ADMIN, PROFESSIONAL_ADMIN, SUPER_ADMIN
from ..records.tables import table
from .seed import AGE, AUTHOR

BUSINESSES = 500
SHARE = 20  # of everything else there is one to so many businesses
PORTION = 5_000
HOURS = [{"day": day, "open": "09:00", "close": "18:00"} for day in ("Mon", "Tue", "Wed", "Thu", "Fri")]

Rows = list[dict[str, Any]]


def fill(businesses: int = BUSINESSES) -> None:
    """Add them to the current application's database, which is empty."""
    times = dict.fromkeys(("created_at", "updated_at"), utcnow() - AGE)
    with unit_of_work(AUTHOR) as session:
        for resource, rows in _rows(businesses):
            for start in range(0, len(rows), PORTION):
                part = [row | times for row in rows[start : start + PORTION]]
                session.connection().execute(insert(table(RECORDS[resource])), part)


def _rows(size: int) -> Iterator[tuple[str, Rows]]:
    few = range(max(1, size // SHARE))
    yield (
        "users",
        [
            {"id": "root", "email": "root@sound.digisence.org", "name": "Root", "role": SUPER_ADMIN},
            *(_user("owner", number, BUSINESS_ADMIN) for number in range(size)),
            *(_user("expert", number, PROFESSIONAL_ADMIN) for number in few),
        ],
    )
    tops = [_category("top", number, None) for number in range(10)]
    yield "categories", tops + [_category("trade", number, tops[number % 10]["id"]) for number in few]
    yield "businesses", [_business(number, len(few)) for number in range(size)]
    yield "professionals", [_professional(number) for number in few]
    yield "inquiries", [_inquiry(number) for number in few]
    yield "business-listing-inquiries", [_listing(number) for number in few]
    yield "registration-inquiries", [_registration(number) for number in few]


def _user(kind: str, number: int, role: str) -> dict[str, Any]:
    return {
        "id": f"{kind}-{number:06}", "email": f"{kind}{number}@sound.digisence.org", "name": f"{kind.title()} {number}",
        "role": role,
    }  # fmt: skip


def _category(kind: str, number: int, parent: str | None) -> dict[str, Any]:
    key = f"{kind}-{number:06}"
    return {
        "id": key, "name": f"{kind.title()} {number}", "slug": key, "description": f"All about {kind} {number}",
        "type": "BUSINESS", "parent_id": parent,
    }  # fmt: skip


def _presence(kind: str, number: int, owner: str) -> dict[str, Any]:
    return {
        "id": f"{kind}-{number:06}", "name": f"{kind.title()} {number}", "slug": f"{kind}-{number}",
        "phone": _phone(number), "email": f"{kind}{number}@sound.digisence.org",
        "website": f"https://{kind}-{number}.digisence.org", "is_active": True, "admin_id": f"{owner}-{number:06}",
    }  # fmt: skip


def _business(number: int, trades: int) -> dict[str, Any]:
    return _presence("business", number, "owner") | {
        "description": "A sound business, open on weekdays.", "address": f"{number} Long Street, Pune",
        "opening_hours": HOURS, "logo": f"https://business-{number}.digisence.org/logo.png",
        "gst_number": f"29ABCDE{number:06}F1Z5", "category_id": f"trade-{number % trades:06}",
    }  # fmt: skip


def _professional(number: int) -> dict[str, Any]:
    return _presence("professional", number, "expert") | {
        "profession_name": "Architect", "professional_headline": "Builds what lasts", "location": "Pune",
        "about_me": "A sound professional.",
    }  # fmt: skip


def _phone(number: int) -> str:
    return f"+91{9_800_000_000 + number}"


def _visitor(kind: str, number: int) -> dict[str, Any]:
    return {"id": f"{kind}-{number:06}", "email": f"{kind}{number}@sound.digisence.org", "phone": _phone(number)}


def _inquiry(number: int) -> dict[str, Any]:
    return _visitor("inquiry", number) | {
        "name": f"Visitor {number}", "message": "Are you open?", "status": "CLOSED",
        "business_id": f"business-{number:06}",
    }  # fmt: skip


def _listing(number: int) -> dict[str, Any]:
    return _visitor("listing", number) | {
        "business_name": f"Shop {number}", "contact_name": f"Visitor {number}", "requirements": "Please list us.",
        "inquiry_type": "LISTING", "status": "COMPLETED",
    }  # fmt: skip


def _registration(number: int) -> dict[str, Any]:
    return _visitor("applicant", number) | {
        "name": f"Applicant {number}", "type": "BUSINESS", "business_name": f"Shop {number}", "terms_accepted": True,
        "status": "REJECTED",
    }  # fmt: skip
