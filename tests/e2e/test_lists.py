"""Lists of records in a browser: narrowing, selecting, changing many at once and taking it back; new rows that wait."""

import json
import re

from playwright.sync_api import Page, expect

from tests.e2e.office import PATIENCE, open_table, visit
from tests.e2e.product import Admin, Product


def rows(page: Page) -> int:
    return page.locator("tbody tr[data-record]").count()


def test_filter_select_set_export_and_undo(desk: Page, office: Product, admin: Admin) -> None:
    visit(desk, office, "/records/inquiries")
    desk.get_by_role("button", name="Filter", exact=True).click()
    desk.get_by_role("menuitem", name="Status").click()
    desk.get_by_role("checkbox", name="New", exact=True).check()
    expect(desk).to_have_url(re.compile(r"status=NEW"))
    desk.keyboard.press("Escape")
    new = admin.get("/api/admin/inquiries", status="NEW")["total"]
    every = admin.get("/api/admin/inquiries")["total"]
    assert 25 < new < every
    expect(desk.get_by_text(f"{new:,} inquiries", exact=True)).to_be_visible(timeout=PATIENCE)

    with desk.expect_download() as taken:
        desk.get_by_role("button", name="Export", exact=True).click()
        desk.get_by_role("menuitem", name="JSON").click()
    assert len(json.loads(taken.value.path().read_text())) == new

    desk.get_by_role("checkbox", name="Select what is on this page").check()
    desk.get_by_role("button", name=f"Select all {new:,}").click()
    desk.get_by_role("button", name="Set a field…").click()
    dialog = desk.get_by_role("dialog", name=re.compile("Set a field of"))
    dialog.get_by_label("Value").select_option("READ")
    dialog.get_by_role("button", name="Set", exact=True).click()
    expect(desk.get_by_text(f"{new:,} changed")).to_be_visible(timeout=PATIENCE * 2)
    assert admin.get("/api/admin/inquiries", status="NEW")["total"] == 0
    expect(desk.get_by_text("No inquiries match these filters")).to_be_visible(timeout=PATIENCE)
    desk.get_by_role("button", name="Undo").click()
    expect(desk.get_by_text(f"{new:,} put back")).to_be_visible(timeout=PATIENCE * 2)
    assert admin.get("/api/admin/inquiries", status="NEW")["total"] == new


def test_delete_says_how_many_and_gives_them_back(desk: Page, office: Product, admin: Admin) -> None:
    visit(desk, office, "/records/professionals?isActive=true")
    expect(desk.locator("tbody tr[data-record]")).to_have_count(25, timeout=PATIENCE)
    before = admin.get("/api/admin/professionals")["total"]
    for place in (0, 2):
        desk.locator("tbody tr[data-record] input").nth(place).check()
    desk.get_by_role("toolbar").get_by_role("button", name="Delete…").click()
    desk.get_by_role("dialog", name="Delete 2 professionals?").get_by_role(
        "button", name="Move 2 to quarantine"
    ).click()
    expect(desk.get_by_text("2 moved to quarantine")).to_be_visible(timeout=PATIENCE)
    assert admin.get("/api/admin/professionals")["total"] == before - 2
    desk.get_by_role("button", name="Undo").click()
    expect(desk.get_by_text("2 put back")).to_be_visible(timeout=PATIENCE)
    assert admin.get("/api/admin/professionals")["total"] == before


def test_rows_wait_for_who_reads_and_ten_thousand_can_be_scrolled(desk: Page, office: Product, admin: Admin) -> None:
    visit(desk, office, "/records/users")
    desk.get_by_role("button", name="Display").click()
    desk.get_by_text("Scroll", exact=True).click()
    desk.keyboard.press("Escape")
    expect(desk.locator("tbody tr[data-record]").first).to_be_visible(timeout=PATIENCE)
    desk.locator(".scroll").evaluate("element => element.scrollTop = 12000")
    row = desk.locator("tbody tr[data-record]").nth(15)
    expect(row).to_be_visible(timeout=PATIENCE)
    expect(desk.locator(".awaited")).to_have_count(0, timeout=PATIENCE)
    assert rows(desk) < 80
    place, record = row.get_attribute("data-place"), row.get_attribute("data-record")

    admin.post("/api/admin/users", {"email": "just@example.org", "role": "BUSINESS_ADMIN"})
    pill = desk.get_by_role("button", name="1 new")
    expect(pill).to_be_visible(timeout=PATIENCE)
    assert desk.locator(f"tr[data-record='{record}']").get_attribute("data-place") == place
    pill.click()
    expect(desk.get_by_role("row", name="just@example.org")).to_be_visible(timeout=PATIENCE)
    desk.reload()
    expect(desk.locator("table[aria-rowcount]")).to_be_visible(timeout=PATIENCE)
    expect(desk.get_by_role("navigation", name="Pages")).to_be_hidden()


def test_by_keyboard_walk_select_edit_and_open(desk: Page, office: Product, admin: Admin) -> None:
    visit(desk, office, "/records/businesses?sort=name")
    first = desk.locator("tbody tr[data-record]").first
    expect(first).to_be_visible(timeout=PATIENCE)
    record, version = first.get_attribute("data-record"), int(first.get_attribute("data-version") or 0)
    desk.keyboard.press("j")
    expect(first).to_be_focused()
    desk.keyboard.press("x")
    expect(desk.get_by_text("1 selected")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.get_by_text("1 selected")).to_be_hidden()
    desk.keyboard.press("F2")
    desk.keyboard.type("AAA renamed in place")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("row", name="AAA renamed in place")).to_be_visible(timeout=PATIENCE)
    expect(desk.locator(f"tr[data-record='{record}']")).to_have_attribute(
        "data-version", str(version + 1), timeout=PATIENCE
    )
    assert admin.get(f"/api/admin/businesses/{record}")["name"] == "AAA renamed in place"
    expect(first).to_be_focused(timeout=PATIENCE)
    desk.keyboard.press("F2")
    desk.keyboard.type("never kept")
    desk.keyboard.press("Escape")
    desk.keyboard.press("j")
    desk.keyboard.press("k")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("dialog").get_by_role("heading", name="AAA renamed in place")).to_be_visible(
        timeout=PATIENCE
    )
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("dialog")).to_be_hidden(timeout=PATIENCE)
    desk.keyboard.press("/")
    expect(desk.get_by_role("searchbox")).to_be_focused()


def test_a_view_is_kept_with_its_filters(desk: Page, office: Product, admin: Admin) -> None:
    visit(desk, office, "/records/businesses?isActive=false&sort=-name")
    desk.get_by_role("button", name="Views").click()
    desk.get_by_role("menuitem", name="Save this view…").click()
    desk.get_by_label("Name of the view").fill("Asleep")
    desk.get_by_role("button", name="Save", exact=True).click()
    open_table(desk, "Businesses")
    expect(desk).not_to_have_url(re.compile("isActive"))
    desk.get_by_role("button", name="Views").click()
    desk.get_by_role("menuitem", name="Asleep").click()
    expect(desk).to_have_url(re.compile(r"isActive=false.*sort=-name"))
    asleep = admin.get("/api/admin/businesses", isActive="false")["total"]
    expect(desk.get_by_text(re.compile(rf"^{asleep} business"))).to_be_visible(timeout=PATIENCE)
