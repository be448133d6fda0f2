"""A record in a browser: made, changed by two people at once, gone back in time, deleted and brought back."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.office import PATIENCE, visit
from tests.e2e.product import Admin, Product

NAME, LATER = "Ann's Bakery", "Ann's Bakery and Café"


def test_a_records_life(desk: Page, office: Product, admin: Admin) -> None:
    path = f"/api/admin/businesses/{create(desk, office, admin)['id']}"
    change_at_once(desk, admin, path)
    wait_and_decide(desk, office, admin, path)
    go_back(desk, admin, path)
    delete_and_undo(desk, admin, path)


def seen(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.get_by_text(text).first).to_be_visible(timeout=PATIENCE)


def create(page: Page, product: Product, admin: Admin) -> dict[str, Any]:
    """What is needed is asked for; the admin is picked by a part of their address."""
    user = admin.post("/api/admin/users", {"email": "ann@bakery.example", "role": "BUSINESS_ADMIN"})
    visit(page, product, "/records/businesses/new")
    page.get_by_role("button", name="Create", exact=True).click()
    seen(page, re.compile("This is needed|Missing data for required field"))
    page.get_by_label(re.compile("^Name")).fill(NAME)
    page.get_by_role("combobox", name=re.compile("Admin")).fill("ann@bak")
    page.get_by_role("option", name="ann@bakery.example").click(timeout=PATIENCE)
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", name=NAME)).to_be_visible(timeout=PATIENCE)
    (made,) = admin.get("/api/admin/businesses", search=NAME)["items"]
    assert (made["name"], made["adminId"]) == (NAME, user["id"])
    assert page.url.endswith(f"/records/businesses/{made['id']}")
    return dict(made)


def change_at_once(page: Page, admin: Admin, path: str) -> None:
    """Somebody else changes the record while it is edited: each contested field is decided, nothing is lost."""
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Phone").fill("111")
    page.get_by_label(re.compile("^Name")).fill(LATER)
    admin.patch(path, {"phone": "222", "address": "Market Street"})
    seen(page, "This record was changed while you edit")
    page.get_by_role("button", name="Save").click()
    conflict = page.get_by_role("alert").filter(has_text="Somebody else changed this record")
    conflict.get_by_role("group", name="Phone").get_by_role("radio", name="Theirs").check(timeout=PATIENCE)
    conflict.get_by_role("button", name="Save what I chose").click()
    seen(page, "Saved.")
    now = admin.get(path)
    assert (now["name"], now["phone"], now["address"]) == (LATER, "222", "Market Street")


def wait_and_decide(page: Page, product: Product, admin: Admin, path: str) -> None:
    """While the server is away edits wait, over a reload of the tab, too; what clashes then is decided in the form."""
    api = "**/api/**"
    page.route(api, lambda route: route.abort())
    for label, value in (("Website", "https://ann.example"), ("Phone", "333")):
        page.get_by_role("button", name="Edit", exact=True).click()
        page.get_by_label(label).fill(value)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("button", name="Edit", exact=True)).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="2 edits wait")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".group-row", has_text="333").get_by_text("Waits for the server")).to_be_attached()
    admin.patch(path, {"phone": "444", "address": "Harbour"})
    page.on("dialog", lambda asked: asked.accept())
    page.unroute(api)
    page.route(f"**{path}", lambda route: route.abort() if route.request.method == "PATCH" else route.fallback())
    page.reload()
    expect(page.get_by_role("button", name="2 edits wait")).to_be_visible(timeout=PATIENCE)
    page.unroute(f"**{path}")
    page.get_by_role("button", name="1 edit refused").click(timeout=PATIENCE)
    page.get_by_role("button", name=f"Decide on the change of {LATER}").click()
    conflict = page.get_by_role("alert").filter(has_text="Somebody else changed this record")
    conflict.get_by_role("group", name="Phone").get_by_role("radio", name="Yours").check(timeout=PATIENCE)
    conflict.get_by_role("button", name="Save what I chose").click()
    expect(page.get_by_role("button", name="refused")).to_be_hidden(timeout=PATIENCE)
    now = admin.get(path)
    assert (now["website"], now["phone"], now["address"]) == ("https://ann.example", "333", "Harbour")


def go_back(page: Page, admin: Admin, path: str) -> None:
    """The past is shown as it was; going back to it is a change, and can be taken back."""
    page.get_by_role("tab", name="As it stood").click()
    page.get_by_label("Moment").press("Home")
    seen(page, re.compile(r"\d+ fields differ"))
    page.get_by_role("tab", name="History").click()
    page.get_by_role("button", name="Go back to this").last.click()
    page.get_by_role("dialog").get_by_role("button", name="Go back", exact=True).click()
    seen(page, "Back at version 1.")
    assert (admin.get(path)["name"], admin.get(path)["phone"]) == (NAME, None)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name=LATER)).to_be_visible(timeout=PATIENCE)


def delete_and_undo(page: Page, admin: Admin, path: str) -> None:
    """What goes along is told before; both come back."""
    letter = {"name": "Bo", "email": "bo@example.org", "message": "Hello", "businessId": path.rsplit("/", 1)[1]}
    admin.post("/api/admin/inquiries", letter)
    before = [admin.get(f"/api/admin/{name}")["total"] for name in ("businesses", "inquiries")]
    page.get_by_role("tab", name="Details").click()
    expect(page.get_by_role("link", name="1 inquiry")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog").get_by_text("1 inquiry")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Move to quarantine").click()
    seen(page, "is in quarantine now")
    assert [admin.get(f"/api/admin/{name}")["total"] + 1 for name in ("businesses", "inquiries")] == before
    page.get_by_role("button", name="Undo").click()
    seen(page, "is back.")
    assert admin.get(path)["name"] == LATER
    assert admin.get("/api/admin/inquiries")["total"] == before[1]
