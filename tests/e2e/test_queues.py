"""Working through the queues: each application decided beside what it makes, nobody's decision lost, all by true counts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.office import PATIENCE, count, panel, sql, started, toast, visit
from tests.e2e.product import Admin, Product

APPLICATIONS, LISTINGS = (f"/api/admin/{name}-inquiries" for name in ("registration", "business-listing"))
INQUIRIES = "/api/admin/inquiries"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = started(tmp_path_factory.mktemp("queues"))
    yield product
    product.close()


@pytest.fixture(scope="module")
def admin(office: Product) -> Admin:
    return office.admin()


@pytest.fixture
def page(browser: Browser, office: Product, admin: Admin) -> Iterator[Page]:
    with panel(browser, office) as opened:
        yield opened


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


def test_an_application_is_taken_changed_and_becomes_an_account(page: Page, office: Product, admin: Admin) -> None:
    first, _ = application(admin, "Ada"), application(admin, "Bo")
    visit(page, office, "/work/registrations")
    waiting = count(office, "registration_inquiries", "status IN ('PENDING', 'UNDER_REVIEW')")
    tab(page, "Registrations", waiting)
    page.locator(".work-entry", has_text="Ada").first.click()
    expect(page.get_by_role("region", name="What approving makes")).to_contain_text("Ada's")
    page.get_by_role("button", name="Take it").click()
    toast(page, "in your hands")
    assert sql(office, "SELECT status, reviewed_by IS NOT NULL FROM registration_inquiries WHERE id = ?", first) == [
        ("UNDER_REVIEW", 1)
    ]
    page.get_by_role("button", name="Change before approving").click()
    page.get_by_label("Business name").fill("Ada & Co")
    expect(page.get_by_text("applied for: Ada's")).to_be_visible()
    page.get_by_text("The mail that goes out").click()
    expect(page.locator(".mail")).to_contain_text("Choose your password here")
    page.get_by_role("button", name="Approve and make the account").click()
    toast(page, "is approved")
    assert sql(
        office,
        "SELECT b.name, u.role FROM businesses b JOIN users u ON u.id = b.admin_id WHERE u.email = 'ada@example.org'",
    ) == [("Ada & Co", "BUSINESS_ADMIN")]
    assert sql(office, "SELECT business_name, status FROM registration_inquiries WHERE id = ?", first) == [
        ("Ada's", "COMPLETED")
    ]
    tab(page, "Registrations", waiting - 1)
    expect(page.locator(".work-head h2")).to_have_text("Bo")  # on to the next


def test_what_cannot_be_made_says_why_and_can_be_mended(page: Page, office: Product, admin: Admin) -> None:
    broken = application(admin, "Carl", businessName=None)
    visit(page, office, f"/work/registrations?record={broken}")
    expect(page.get_by_role("alert")).to_contain_text("Business name")
    page.get_by_role("button", name="Approve and make the account").click()
    expect(page.get_by_role("alert").first).to_contain_text("Nothing was done")
    page.get_by_label("Business name").fill("Carl's")
    page.get_by_role("button", name="Approve and make the account").click()
    toast(page, "is approved")
    assert count(office, "businesses", "name = ?", "Carl's") == 1


def test_a_rejection_shows_its_mail_and_survives_somebody_quicker(page: Page, office: Product, admin: Admin) -> None:
    chosen = application(admin, "Dora")
    visit(page, office, f"/work/registrations?record={chosen}")
    page.get_by_role("button", name="Reject…").click()
    reason = page.get_by_label("Reason", exact=True)
    reason.fill("No address could be verified.")
    expect(page.locator("[role=dialog] .mail")).to_contain_text("No address could be verified.")
    admin.post(f"{APPLICATIONS}/{chosen}/reject", {"reason": "quicker"})
    page.get_by_role("button", name="Reject and send the mail").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("Rejected")
    expect(reason).to_have_value("No address could be verified.")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Reopen").click()
    page.get_by_role("dialog").get_by_role("button", name="Reopen").click()
    toast(page, "waits again")
    page.get_by_role("button", name="Reject…").click()
    page.get_by_role("button", name="Reject and send the mail").click()
    toast(page, "is rejected")
    (notes,) = sql(office, "SELECT admin_notes FROM registration_inquiries WHERE id = ?", chosen)[0]
    assert notes.splitlines() == ["quicker", "", "No address could be verified."]
    assert count(office, "mails", "record_id = ? AND template = 'rejected'", chosen) == 2


def test_the_queue_goes_by_keys_and_follows_what_comes_in(page: Page, office: Product, admin: Admin) -> None:
    visit(page, office, "/work/registrations?state=PENDING")
    rows = page.locator(".work-entry")
    expect(rows).to_have_count(count(office, "registration_inquiries", "status = 'PENDING'"), timeout=PATIENCE)
    application(admin, "Emil")
    application(admin, "Flo")
    expect(rows).to_have_count(count(office, "registration_inquiries", "status = 'PENDING'"), timeout=PATIENCE)
    page.keyboard.press("j")
    expect(page.locator(".work-head h2")).to_have_text(entries(page)[0])
    page.keyboard.press("ArrowDown")
    expect(page.locator(".work-head h2")).to_have_text(entries(page)[1])
    page.keyboard.press("k")
    expect(page.locator(".work-head h2")).to_have_text(entries(page)[0])
    page.keyboard.press("r")
    page.get_by_label("Reason", exact=True).press_sequentially("jar")
    expect(page.get_by_label("Reason", exact=True)).to_have_value("jar")  # keys of the queue are letters here
    page.keyboard.press("Escape")
    expect(page.locator(".work-head h2")).to_have_text(entries(page)[0])


def test_a_listing_is_approved_and_completed(page: Page, office: Product, admin: Admin) -> None:
    body = {"businessName": "Fay's", "contactName": "Fay", "email": "fay@example.org", "requirements": "A page"}
    chosen = admin.post(LISTINGS, body)["id"]
    visit(page, office, "/work/listings")
    page.locator(".work-entry", has_text="Fay's").click()
    page.get_by_role("button", name="Approve", exact=True).click()
    toast(page, "is approved")
    visit(page, office, f"/work/listings?record={chosen}")
    page.get_by_role("button", name="The listing is there").click()
    toast(page, "is completed")
    assert sql(office, "SELECT status FROM business_listing_inquiries WHERE id = ?", chosen) == [("COMPLETED",)]


def test_an_inquiry_is_answered_and_its_history_told(page: Page, office: Product, admin: Admin) -> None:
    user = admin.post("/api/admin/users", {"email": "gus@example.org", "role": "BUSINESS_ADMIN"})["id"]
    business = admin.post("/api/admin/businesses", {"name": "Gus's", "adminId": user})["id"]
    chosen = admin.post(
        INQUIRIES, {"name": "Hal", "email": "hal@example.org", "message": "Open on Sunday?", "businessId": business}
    )["id"]
    visit(page, office, "/work/inquiries")
    tab(page, "Inquiries", count(office, "inquiries", "status IN ('NEW', 'READ')"))
    page.locator(".work-entry", has_text="Hal").click()
    expect(page.get_by_role("link", name="Gus's")).to_be_visible()
    page.get_by_role("button", name="Mark as replied").click()
    toast(page, "Replied")
    expect(page.locator(".past")).to_contain_text("Replied", timeout=PATIENCE)
    assert sql(office, "SELECT status FROM inquiries WHERE id = ?", chosen) == [("REPLIED",)]
