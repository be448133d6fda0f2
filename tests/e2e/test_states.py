"""What a page says while something is missing: no page calls gone what could only not be asked for."""

import re

from playwright.sync_api import Page, Route, expect

from tests.e2e.office import PATIENCE, enter, visit
from tests.e2e.product import Admin, Product

REFUSED = '{"title": "Forbidden", "status": 403, "code": "forbidden", "detail": "Your account may not see this."}'


def refuse(page: Page, address: str) -> None:
    """From now on the server refuses this."""

    def answer(route: Route) -> None:
        if route.request.method == "GET":
            route.fulfill(status=403, content_type="application/problem+json", body=REFUSED)
        else:
            route.fallback()

    page.route(address, answer)


def test_a_record_that_is_refused_is_not_called_gone(desk: Page, office: Product, admin: Admin) -> None:
    made = admin.post("/api/admin/categories", {"name": "Seen and unseen"})["id"]
    address = f"**/api/admin/categories/{made}"
    refuse(desk, address)
    visit(desk, office, f"/records/categories/{made}")
    failed = desk.get_by_role("alert").filter(has_text="This could not be loaded")
    expect(failed).to_contain_text("Your account may not see this.", timeout=PATIENCE)
    expect(desk.get_by_text("This record is gone")).to_be_hidden()
    desk.unroute(address)
    failed.get_by_role("button", name="Try again").click()
    expect(desk.get_by_role("heading", name="Seen and unseen")).to_be_visible(timeout=PATIENCE)
    desk.get_by_role("button", name="Edit", exact=True).click()
    desk.get_by_label(re.compile("^Name")).fill("Typed before")
    refuse(desk, address)
    admin.patch(f"/api/admin/categories/{made}", {"name": "Of somebody else"})
    with desk.expect_response(lambda reply: reply.url.endswith(made) and reply.request.method == "GET"):
        desk.get_by_role("button", name="Save", exact=True).click()  # a conflict: what stands there now is asked for
    expect(desk.get_by_role("alert").filter(has_text="Somebody else changed this record")).to_be_visible()
    expect(desk.get_by_label(re.compile("^Name"))).to_have_value("Typed before")
    expect(desk.get_by_text("This record was deleted while you edit")).to_be_hidden()
    expect(desk.get_by_role("button", name="Save", exact=True)).to_be_enabled()
    desk.unroute(address)
    enter(desk, "/")


def test_what_is_not_known_is_not_called_never(desk: Page, office: Product) -> None:
    refuse(desk, "**/api/admin/integrity/statistics")
    visit(desk, office, "/data-health")
    expect(desk.get_by_role("alert").first).to_contain_text("Your account may not see this.", timeout=PATIENCE)
    expect(desk.locator(".service div", has_text="Checked")).to_have_text(re.compile("Checked\\s*—"))
    expect(desk.locator(".score-number")).to_have_text("—")


def test_a_page_that_cannot_be_fetched_comes_when_the_server_is_back(desk: Page, office: Product) -> None:
    visit(desk, office, "/")
    desk.route("**/static/**", lambda route: route.abort())
    desk.get_by_role("link", name="Plugins").click()
    expect(desk.get_by_role("status").filter(has_text="This page is not here yet")).to_be_visible(timeout=PATIENCE)
    expect(desk.get_by_role("link", name="Plugins")).to_be_visible()
    desk.unroute("**/static/**")
    expect(desk.get_by_text("Every rule that looks after the data")).to_be_visible(timeout=PATIENCE)


def test_a_page_whose_looks_could_not_be_fetched_never_comes_without_them(desk: Page, office: Product) -> None:
    visit(desk, office, "/")
    desk.route("**/static/**.css", lambda route: route.abort())
    desk.get_by_role("link", name="Analytics").click()
    expect(desk.get_by_role("heading", name="Created")).to_be_hidden()
    expect(desk.get_by_text("This page is not here yet")).to_be_visible(timeout=PATIENCE)
    desk.unroute("**/static/**.css")
    expect(desk.get_by_role("heading", name="Created")).to_be_visible(timeout=PATIENCE)
    assert desk.locator(".charts").evaluate("element => getComputedStyle(element).display") == "grid"
