"""Lists of records in a browser: narrowing, selecting, changing many at once and taking it back; new rows that wait."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.product import PASSWORD, Admin, Product
from tests.e2e.test_main_job import SLOW_MACHINE, open_table, sign_in

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def admin(product: Product, page: Page) -> Admin:
    """A directory of 600 inquiries' worth of businesses, and the panel open on it."""
    sign_in(page, product)
    product.run("seed", "demo", "--businesses", "600")
    return product.admin(PASSWORD)


def rows(page: Page) -> int:
    return page.locator("tbody tr[data-record]").count()


def test_filter_select_set_export_and_undo(product: Product, page: Page, admin: Admin) -> None:
    page.goto(f"{product.url}/records/inquiries")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_role("menuitem", name="Status").click()
    page.get_by_role("checkbox", name="New", exact=True).check()
    expect(page).to_have_url(re.compile(r"status=NEW"))
    page.keyboard.press("Escape")
    new = admin.get("/api/admin/inquiries", status="NEW")["total"]
    every = admin.get("/api/admin/inquiries")["total"]
    assert 25 < new < every
    expect(page.get_by_text(f"{new:,} inquiries", exact=True)).to_be_visible(timeout=SLOW_MACHINE)

    with page.expect_download() as taken:
        page.get_by_role("button", name="Export", exact=True).click()
        page.get_by_role("menuitem", name="JSON").click()
    assert len(json.loads(taken.value.path().read_text())) == new

    page.get_by_role("checkbox", name="Select what is on this page").check()
    page.get_by_role("button", name=f"Select all {new:,}").click()
    page.get_by_role("button", name="Set a field…").click()
    dialog = page.get_by_role("dialog", name=re.compile("Set a field of"))
    dialog.get_by_label("Value").select_option("READ")
    dialog.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_text(f"{new:,} changed")).to_be_visible(timeout=SLOW_MACHINE * 2)
    assert admin.get("/api/admin/inquiries", status="NEW")["total"] == 0
    expect(page.get_by_text("No inquiries match these filters")).to_be_visible(timeout=SLOW_MACHINE)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text(f"{new:,} put back")).to_be_visible(timeout=SLOW_MACHINE * 2)
    assert admin.get("/api/admin/inquiries", status="NEW")["total"] == new


def test_delete_says_how_many_and_gives_them_back(product: Product, page: Page, admin: Admin) -> None:
    page.goto(f"{product.url}/records/professionals?isActive=true")
    expect(page.locator("tbody tr[data-record]")).to_have_count(25, timeout=SLOW_MACHINE)
    before = admin.get("/api/admin/professionals")["total"]
    for place in (0, 2):
        page.locator("tbody tr[data-record] input").nth(place).check()
    page.get_by_role("toolbar").get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog", name="Delete 2 professionals?").get_by_role(
        "button", name="Move 2 to quarantine"
    ).click()
    expect(page.get_by_text("2 moved to quarantine")).to_be_visible(timeout=SLOW_MACHINE)
    assert admin.get("/api/admin/professionals")["total"] == before - 2
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 put back")).to_be_visible(timeout=SLOW_MACHINE)
    assert admin.get("/api/admin/professionals")["total"] == before


def test_rows_wait_for_who_reads_and_ten_thousand_can_be_scrolled(product: Product, page: Page, admin: Admin) -> None:
    open_table(page, "Users")
    page.get_by_role("button", name="Display").click()
    page.get_by_text("Scroll", exact=True).click()
    page.keyboard.press("Escape")
    expect(page.locator("tbody tr[data-record]").first).to_be_visible(timeout=SLOW_MACHINE)
    page.locator(".scroll").evaluate("element => element.scrollTop = 12000")
    row = page.locator("tbody tr[data-record]").nth(15)
    expect(row).to_be_visible(timeout=SLOW_MACHINE)
    expect(page.locator(".awaited")).to_have_count(0, timeout=SLOW_MACHINE)
    assert rows(page) < 80
    place, record = row.get_attribute("data-place"), row.get_attribute("data-record")

    admin.post("/api/admin/users", {"email": "just@example.org", "role": "BUSINESS_ADMIN"})
    pill = page.get_by_role("button", name="1 new")
    expect(pill).to_be_visible(timeout=SLOW_MACHINE)
    assert page.locator(f"tr[data-record='{record}']").get_attribute("data-place") == place
    pill.click()
    expect(page.get_by_role("row", name="just@example.org")).to_be_visible(timeout=SLOW_MACHINE)
    page.reload()
    expect(page.locator("table[aria-rowcount]")).to_be_visible(timeout=SLOW_MACHINE)
    expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()


def test_by_keyboard_walk_select_edit_and_open(product: Product, page: Page, admin: Admin) -> None:
    page.goto(f"{product.url}/records/businesses?sort=name")
    first = page.locator("tbody tr[data-record]").first
    expect(first).to_be_visible(timeout=SLOW_MACHINE)
    record = first.get_attribute("data-record")
    page.keyboard.press("j")
    expect(first).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("1 selected")).to_be_hidden()
    page.keyboard.press("F2")
    page.keyboard.type("AAA renamed in place")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name="AAA renamed in place")).to_be_visible(timeout=SLOW_MACHINE)
    expect(page.locator(f"tr[data-record='{record}']")).to_have_attribute("data-version", "2", timeout=SLOW_MACHINE)
    assert admin.get(f"/api/admin/businesses/{record}")["name"] == "AAA renamed in place"
    expect(first).to_be_focused(timeout=SLOW_MACHINE)
    page.keyboard.press("F2")
    page.keyboard.type("never kept")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("heading", name="AAA renamed in place")).to_be_visible(
        timeout=SLOW_MACHINE
    )
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden(timeout=SLOW_MACHINE)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_a_view_is_kept_with_its_filters(product: Product, page: Page, admin: Admin) -> None:
    page.goto(f"{product.url}/records/businesses?isActive=false&sort=-name")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("menuitem", name="Save this view…").click()
    page.get_by_label("Name of the view").fill("Asleep")
    page.get_by_role("button", name="Save", exact=True).click()
    open_table(page, "Businesses")
    expect(page).not_to_have_url(re.compile("isActive"))
    page.get_by_role("button", name="Views").click()
    page.get_by_role("menuitem", name="Asleep").click()
    expect(page).to_have_url(re.compile(r"isActive=false.*sort=-name"))
    asleep = admin.get("/api/admin/businesses", isActive="false")["total"]
    expect(page.get_by_text(re.compile(rf"^{asleep} business"))).to_be_visible(timeout=SLOW_MACHINE)
