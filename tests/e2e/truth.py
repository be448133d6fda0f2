"""A day's mixed work in the directory, and what the database then says of it."""

from tests import outsider
from tests.e2e.office import checked, count, sql
from tests.e2e.product import Admin, Product

ADMIN = "/api/admin"
TABLES = {
    "Users": "users", "Businesses": "businesses", "Professionals": "professionals", "Categories": "categories",
    "Inquiries": "inquiries", "Listing requests": "business_listing_inquiries", "Registrations": "registration_inquiries",
}  # fmt: skip
FINDINGS = ("open", "blocked", "quarantined", "repaired", "healed", "ignored")
STATES = {  # of each queue: what it is called → the statuses it holds
    "registrations": ("Registrations", {"Waiting": "PENDING,UNDER_REVIEW", "New": "PENDING", "In review": "UNDER_REVIEW"}),
    "listings": ("Listing requests", {"Waiting": "PENDING,UNDER_REVIEW,APPROVED", "New": "PENDING", "In review": "UNDER_REVIEW"}),
    "inquiries": ("Inquiries", {"Waiting": "NEW,READ", "New": "NEW", "Read": "READ", "Replied": "REPLIED", "Closed": "CLOSED"}),
}  # fmt: skip
DECIDED = {"Approved": "APPROVED", "Rejected": "REJECTED", "Completed": "COMPLETED"}
LAST_OPEN = "SELECT check_id, open FROM check_history h WHERE at = (SELECT max(at) FROM check_history WHERE check_id = h.check_id)"


def day_of_work(product: Product, admin: Admin) -> None:
    """Checks and repairs, decisions, mails, deletions, restores, files, strangers' writes."""
    for repair in (False, False, True):
        checked(admin, repair=repair)
    [aside, *_] = admin.get(f"{ADMIN}/quarantine")["items"]
    admin.post(f"{ADMIN}/quarantine/{aside['id']}/restore")
    for name in ("Ann", "Bo", "Cy"):
        body = {
            "type": "BUSINESS",
            "name": name,
            "email": f"{name}@example.org",
            "businessName": name,
            "termsAccepted": True,
        }
        admin.post(f"{ADMIN}/registration-inquiries", body)
    pending = admin.get(f"{ADMIN}/registration-inquiries", status="PENDING", search="example.org")["items"]
    admin.post(f"{ADMIN}/registration-inquiries/{pending[0]['id']}/approve")
    admin.post(f"{ADMIN}/registration-inquiries/{pending[1]['id']}/reject", {"reason": "No address"})
    admin.post(f"{ADMIN}/registration-inquiries/{pending[2]['id']}/review")
    fresh = [each["id"] for each in admin.get(f"{ADMIN}/inquiries", status="NEW")["items"]]
    admin.post(f"{ADMIN}/inquiries/bulk", {"ids": fresh[:3], "action": "set", "values": {"status": "REPLIED"}})
    admin.http.delete(f"{ADMIN}/inquiries/{fresh[3]}").raise_for_status()
    admin.http.post("/api/auth/login", json={"email": "nobody@example.org", "password": "wrong"})
    rows = "email,role\nfile@example.org,BUSINESS_ADMIN\nno address,BUSINESS_ADMIN\n"
    sent = admin.http.post(f"{ADMIN}/users/import", content=rows, headers={"Content-Type": "text/csv"})
    assert sent.status_code == 202, sent.text
    strangers = (
        f"DELETE FROM inquiries WHERE id = '{fresh[4]}'",
        "UPDATE businesses SET is_active = false WHERE id = (SELECT min(id) FROM businesses)",
        "UPDATE users SET is_active = false WHERE id = (SELECT min(id) FROM users WHERE role <> 'SUPER_ADMIN')",
        "UPDATE findings SET state = 'ignored' WHERE id = (SELECT min(id) FROM findings WHERE state = 'open')",
    )
    outsider.write(product.database, *strangers)


def held(product: Product, table: str, statuses: str) -> int:
    """Records with one of these statuses."""
    return count(product, table, f"status IN ({', '.join('?' * len(statuses.split(',')))})", *statuses.split(","))


def defects(product: Product) -> dict[str, int]:
    """By check, the findings that stand."""
    query = "SELECT check_id, count(*) FROM findings WHERE state IN ('open', 'blocked', 'ignored') GROUP BY check_id"
    return {check: found for check, found in sql(product, query)}  # noqa: C416 rows are no pairs to mypy


def hours(product: Product, query: str) -> dict[str, list[float]]:
    """Times in seconds, by the hour in which they belong."""
    found: dict[str, list[float]] = {}
    for moment, took in sql(product, query):
        found.setdefault(str(moment)[:13], []).append(float(took))
    return found


def share(times: list[float], percent: int) -> float:
    """The smallest that so many in a hundred do not exceed."""
    return sorted(times)[-(-len(times) * percent // 100) - 1]


def told(product: Product, action: str, resource: str = "") -> int:
    """How often the trail has an action, of the records or of one resource."""
    if action in ("created", "deleted", "quarantined", "restored", "purged"):
        names = [resource] if resource else [name.replace("_", "-") for name in TABLES.values()]
        return count(product, "changes", f"action = ? AND resource IN ({', '.join('?' * len(names))})", action, *names)
    return count(product, "changes", "action = ?", action)
