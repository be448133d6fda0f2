"""A day's work without a mouse: nothing is out of reach, and the focus is always to be seen."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.keys import Keys
from tests.e2e.office import PATIENCE, count, sql, toast, visit
from tests.e2e.product import PASSWORD, Admin, Product
from tests.proxy import until


@pytest.fixture(scope="module")
def desk(browser: Browser, office: Product) -> Iterator[Page]:
    """One window for the day; one comes in by the keyboard, too."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(office.url)
    keys = Keys(page)
    keys.focused("E-mail")
    keys.type(office.first_sign_in()[0])
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter", lost=True)
    expect(page.get_by_role("button", name="Connection: Live")).to_be_visible(timeout=PATIENCE)
    yield page
    context.close()


@pytest.fixture
def keys(desk: Page) -> Keys:
    """Its keyboard."""
    return Keys(desk)


def test_a_record_is_found_changed_deleted_and_brought_back(
    desk: Page, keys: Keys, office: Product, admin: Admin
) -> None:
    owner = admin.post("/api/admin/users", {"email": "key@example.org", "role": "BUSINESS_ADMIN"})["id"]
    made = admin.post("/api/admin/businesses", {"name": "Zum Schlüssel", "adminId": owner})["id"]
    path = f"/api/admin/businesses/{made}"
    visit(desk, office, "/")
    keys.press("Control+k", lost=True)
    keys.type("zum schl")  # at once: nothing of it is lost, however long the field takes to come
    expect(desk.get_by_role("combobox")).to_have_value("zum schl", timeout=PATIENCE)
    expect(desk.get_by_role("option", name=re.compile("Zum Schlüssel"))).to_be_visible(timeout=PATIENCE)
    keys.press("Enter", lost=True)
    expect(desk.get_by_role("heading", name="Zum Schlüssel")).to_be_visible(timeout=PATIENCE)
    keys.go_to("Edit")
    keys.press("Enter")
    keys.go_to("Phone")
    keys.type("030 1234")
    keys.press("Enter")
    toast(desk, "Saved.")
    assert admin.get(path)["phone"] == "030 1234"
    keys.go_to("Delete")
    keys.press("Enter")
    keys.focused("Cancel")
    keys.go_to("Move to quarantine")
    keys.press("Enter", lost=True)
    toast(desk, "is in quarantine now")
    keys.press("z")
    keys.focused("Undo")
    keys.press("Enter", lost=True)
    toast(desk, "is back.")
    assert admin.get(path)["name"] == "Zum Schlüssel"


def test_a_list_is_narrowed_sorted_and_changed_in_bulk(desk: Page, keys: Keys, office: Product) -> None:
    visit(desk, office, "/records/inquiries")
    keys.go_to("Filter")
    keys.press("Enter")
    keys.go_to("Status", "ArrowDown")
    keys.press("Enter")
    keys.go_to("New")
    keys.press("Space")
    expect(desk).to_have_url(re.compile("status=NEW"))
    keys.press("Escape")
    new = count(office, "inquiries", "status = 'NEW'")
    expect(desk.get_by_text(f"{new} inquiries", exact=True)).to_be_visible(timeout=PATIENCE)
    keys.go_to("Created")
    keys.press("Enter")
    expect(desk).to_have_url(re.compile("sort=createdAt"))
    chosen = sql(office, "SELECT id FROM inquiries WHERE status = 'NEW' ORDER BY created_at, id LIMIT 3")
    first = desk.locator("tbody tr[data-place='0']")
    expect(first).to_have_attribute("data-record", chosen[0][0], timeout=PATIENCE)
    keys.press("j", "x", "ArrowDown", "ArrowDown", "X")
    expect(desk.get_by_text("3 selected")).to_be_visible()
    keys.go_to("Set a field…")
    keys.press("Enter")
    keys.go_to("Value")
    keys.type("Read")
    keys.go_to("Set")
    keys.press("Enter", lost=True)
    toast(desk, "3 changed")
    places = ", ".join("?" * 3)
    assert count(office, "inquiries", f"status = 'READ' AND id IN ({places})", *(each for (each,) in chosen)) == 3
    keys.press("z")
    keys.focused("Undo")
    keys.press("Enter", lost=True)
    toast(desk, "3 put back")
    keys.look("the undo")


def test_an_application_is_turned_down(desk: Page, keys: Keys, office: Product) -> None:
    pending = "SELECT id FROM registration_inquiries WHERE status = 'PENDING' ORDER BY created_at, id"
    visit(desk, office, "/work/registrations?state=PENDING")
    expect(desk.locator(".work-entry").first).to_be_visible(timeout=PATIENCE)
    keys.press("j")
    expect(desk.get_by_role("button", name="Reject…")).to_be_visible(timeout=PATIENCE)
    keys.press("r")
    keys.focused("Reason")
    keys.type("The address could not be verified.")
    left = len(sql(office, pending))
    keys.go_to("Reject and send the mail")
    keys.press("Enter", lost=True)
    toast(desk, "is rejected")
    assert len(sql(office, pending)) == left - 1
    keys.look("the decision")


def held(admin: Admin) -> Any:
    """Who let through what the breaker of orphaned users holds; None while it waits for that, {} while it holds nothing."""
    found = admin.get("/api/admin/integrity/breakers", limit=100)["items"]
    return next(
        (each["acknowledged"] for each in found if (each["check"], each["state"]) == ("orphaned_user", "tripped")), {}
    )


def test_a_check_is_run_and_a_breaker_acknowledged(desk: Page, keys: Keys, office: Product, admin: Admin) -> None:
    for number in range(10):
        admin.post("/api/admin/users", {"email": f"keyless{number}@example.org", "role": "BUSINESS_ADMIN"})
    visit(desk, office, "/data-health?tab=checks")
    keys.go_to("Run Professional whose admin is missing now")
    keys.press("Enter")
    expect(desk.get_by_text(re.compile("^(Done|Passed): ")).first).to_be_visible(timeout=PATIENCE)
    keys.look("the run")
    keys.go_to("Checks", "Shift+Tab")  # the list
    keys.go_to("Checks", "Shift+Tab")  # its tab
    keys.go_to(re.compile("^Breakers"), "ArrowRight")
    keys.go_to("Sweep now")
    keys.press("Enter")
    keys.go_to("Sweep now")
    keys.press("Enter", lost=True)
    keys.look("the sweep")
    until(lambda: held(admin) is None, 30, "the breaker does not hold the sweep")
    expect(desk.get_by_role("row", name=re.compile("^orphaned_user Tripped"))).to_be_visible(timeout=PATIENCE)
    keys.go_to("Look at the breaker of orphaned_user")
    keys.press("Enter")
    expect(desk.get_by_role("dialog")).to_be_visible(timeout=PATIENCE)
    keys.go_to(re.compile("^Let"))
    keys.press("Enter", lost=True)
    expect(desk.get_by_role("dialog")).to_be_hidden(timeout=PATIENCE)
    assert held(admin)["by"].startswith("user:")
    keys.look("the acknowledgement")
