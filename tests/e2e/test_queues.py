"""Working through the queues: each application decided beside what it makes, nobody's decision lost, all by true counts."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests import outsider
from tests.e2e.office import PATIENCE, count, sql, toast, visit
from tests.e2e.product import Admin, Product

APPLICATIONS, LISTINGS = (f"/api/admin/{name}-inquiries" for name in ("registration", "business-listing"))
INQUIRIES = "/api/admin/inquiries"


@pytest.fixture(autouse=True, scope="module")
def _nothing_waits(office: Product) -> None:
    """No application waits: what others left is turned down, so that one's own stand on the first page."""
    tables = ("registration_inquiries", "business_listing_inquiries")
    outsider.write(office.database, *(f"UPDATE {table} SET status = 'REJECTED'" for table in tables))


def application(admin: Admin, name: str, **fields: str | None) -> str:
    """A registration that waits; its id."""
    body = {
        "type": "BUSINESS",
        "name": name,
        "email": f"{name.lower()}@example.org",
        "businessName": f"{name}'s",
        "termsAccepted": True,
    }
    return str(admin.post(APPLICATIONS, body | fields)["id"])


def entries(page: Page) -> list[str]:
    """Whom the queue shows, from the top."""
    return page.locator(".work-entry-title").all_inner_texts()


def tab(page: Page, name: str, total: int) -> None:
    """The tab with so many that wait."""
    expect(page.get_by_role("tab", name=re.compile(rf"^{name}\s*{total}$"))).to_be_visible(timeout=PATIENCE)


def test_an_application_is_taken_changed_and_becomes_an_account(desk: Page, office: Product, admin: Admin) -> None:
    first, _ = application(admin, "Ada"), application(admin, "Bo")
    visit(desk, office, "/work/registrations")
    waiting = count(office, "registration_inquiries", "status IN ('PENDING', 'UNDER_REVIEW')")
    tab(desk, "Registrations", waiting)
    desk.locator(".work-entry", has_text="Ada").first.click()
    expect(desk.get_by_role("region", name="What approving makes")).to_contain_text("Ada's")
    desk.get_by_role("button", name="Take it").click()
    toast(desk, "in your hands")
    assert sql(office, "SELECT status, reviewed_by IS NOT NULL FROM registration_inquiries WHERE id = ?", first) == [
        ("UNDER_REVIEW", 1)
    ]
    desk.get_by_role("button", name="Change before approving").click()
    desk.get_by_label("Business name").fill("Ada & Co")
    expect(desk.get_by_text("applied for: Ada's")).to_be_visible()
    desk.get_by_text("The mail that goes out").click()
    expect(desk.locator(".mail")).to_contain_text("Choose your password here")
    desk.get_by_role("button", name="Approve and make the account").click()
    toast(desk, "is approved")
    assert sql(
        office,
        "SELECT b.name, u.role FROM businesses b JOIN users u ON u.id = b.admin_id WHERE u.email = 'ada@example.org'",
    ) == [("Ada & Co", "BUSINESS_ADMIN")]
    assert sql(office, "SELECT business_name, status FROM registration_inquiries WHERE id = ?", first) == [
        ("Ada's", "COMPLETED")
    ]
    tab(desk, "Registrations", waiting - 1)
    expect(desk.locator(".work-head h2")).to_have_text("Bo")  # on to the next


def test_what_cannot_be_made_says_why_and_can_be_mended(desk: Page, office: Product, admin: Admin) -> None:
    broken = application(admin, "Carl", businessName=None)
    visit(desk, office, f"/work/registrations?record={broken}")
    expect(desk.get_by_role("alert")).to_contain_text("Business name")
    desk.get_by_role("button", name="Approve and make the account").click()
    expect(desk.get_by_role("alert").first).to_contain_text("Nothing was done")
    desk.get_by_label("Business name").fill("Carl's")
    desk.get_by_role("button", name="Approve and make the account").click()
    toast(desk, "is approved")
    assert count(office, "businesses", "name = ?", "Carl's") == 1


def test_a_step_whose_answer_is_lost_is_not_called_undone(desk: Page, office: Product, admin: Admin) -> None:
    application(admin, "Cy")
    visit(desk, office, "/work/registrations")
    desk.locator(".work-entry", has_text="Cy").first.click()
    desk.route("**/review", lambda route: (route.fetch(), route.abort()))
    desk.get_by_role("button", name="Take it").click()
    expect(desk.get_by_role("alert").first).to_contain_text("Whether this was done is not known", timeout=PATIENCE)
    expect(desk.locator(".work-head")).to_contain_text("Under review", timeout=PATIENCE)
    desk.unroute("**/review")
    desk.get_by_role("button", name="Approve and make the account").click()
    toast(desk, "is approved")


def test_a_rejection_shows_its_mail_and_survives_somebody_quicker(desk: Page, office: Product, admin: Admin) -> None:
    chosen = application(admin, "Dora")
    visit(desk, office, f"/work/registrations?record={chosen}")
    desk.get_by_role("button", name="Reject…").click()
    reason = desk.get_by_label("Reason", exact=True)
    reason.fill("No address could be verified.")
    expect(desk.locator("[role=dialog] .mail")).to_contain_text("No address could be verified.")
    desk.keyboard.press("Escape")
    desk.locator(".work-entry[aria-current=false]").first.click()
    visit(desk, office, f"/work/registrations?record={chosen}")
    desk.get_by_role("button", name="Reject…").click()
    expect(reason).to_have_value("No address could be verified.")
    admin.post(f"{APPLICATIONS}/{chosen}/reject", {"reason": "quicker"})
    desk.get_by_role("button", name="Reject and send the mail").click()
    expect(desk.get_by_role("dialog").get_by_role("alert")).to_contain_text("Rejected")
    expect(reason).to_have_value("No address could be verified.")
    desk.keyboard.press("Escape")
    desk.get_by_role("button", name="Reopen").click()
    desk.get_by_role("dialog").get_by_role("button", name="Reopen").click()
    toast(desk, "waits again")
    desk.get_by_role("button", name="Reject…").click()
    desk.get_by_role("button", name="Reject and send the mail").click()
    toast(desk, "is rejected")
    (notes,) = sql(office, "SELECT admin_notes FROM registration_inquiries WHERE id = ?", chosen)[0]
    assert notes.splitlines() == ["quicker", "", "No address could be verified."]
    assert count(office, "mails", "record_id = ? AND template = 'rejected'", chosen) == 2


def test_the_queue_goes_by_keys_and_follows_what_comes_in(desk: Page, office: Product, admin: Admin) -> None:
    visit(desk, office, "/work/registrations?state=PENDING")
    rows = desk.locator(".work-entry")
    expect(rows).to_have_count(count(office, "registration_inquiries", "status = 'PENDING'"), timeout=PATIENCE)
    application(admin, "Emil")
    application(admin, "Flo")
    expect(rows).to_have_count(count(office, "registration_inquiries", "status = 'PENDING'"), timeout=PATIENCE)
    desk.keyboard.press("j")
    expect(desk.locator(".work-head h2")).to_have_text(entries(desk)[0])
    desk.keyboard.press("ArrowDown")
    expect(desk.locator(".work-head h2")).to_have_text(entries(desk)[1])
    desk.keyboard.press("k")
    expect(desk.locator(".work-head h2")).to_have_text(entries(desk)[0])
    desk.keyboard.press("r")
    desk.get_by_label("Reason", exact=True).press_sequentially("jar")
    expect(desk.get_by_label("Reason", exact=True)).to_have_value("jar")  # keys of the queue are letters here
    desk.keyboard.press("Escape")
    expect(desk.locator(".work-head h2")).to_have_text(entries(desk)[0])


def test_a_listing_is_approved_and_completed(desk: Page, office: Product, admin: Admin) -> None:
    body = {"businessName": "Fay's", "contactName": "Fay", "email": "fay@example.org", "requirements": "A page"}
    chosen = admin.post(LISTINGS, body)["id"]
    visit(desk, office, "/work/listings")
    desk.locator(".work-entry", has_text="Fay's").click()
    desk.get_by_role("button", name="Approve", exact=True).click()
    toast(desk, "is approved")
    visit(desk, office, f"/work/listings?record={chosen}")
    desk.get_by_role("button", name="The listing is there").click()
    toast(desk, "is completed")
    assert sql(office, "SELECT status FROM business_listing_inquiries WHERE id = ?", chosen) == [("COMPLETED",)]


def test_an_inquiry_is_answered_and_its_history_told(desk: Page, office: Product, admin: Admin) -> None:
    user = admin.post("/api/admin/users", {"email": "gus@example.org", "role": "BUSINESS_ADMIN"})["id"]
    business = admin.post("/api/admin/businesses", {"name": "Gus's", "adminId": user})["id"]
    chosen = admin.post(
        INQUIRIES, {"name": "Hal", "email": "hal@example.org", "message": "Open on Sunday?", "businessId": business}
    )["id"]
    visit(desk, office, f"/work/inquiries?record={chosen}")
    tab(desk, "Inquiries", count(office, "inquiries", "status IN ('NEW', 'READ')"))
    expect(desk.get_by_role("link", name="Gus's")).to_be_visible()
    desk.get_by_role("button", name="Mark as replied").click()
    toast(desk, "Replied")
    expect(desk.locator(".past")).to_contain_text("Replied", timeout=PATIENCE)
    assert sql(office, "SELECT status FROM inquiries WHERE id = ?", chosen) == [("REPLIED",)]
