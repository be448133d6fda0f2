"""Two superadmins at one record: each sees the other, no word that one types is lost to the other, or to oneself."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import Error as PlaywrightError

from tests.e2e.office import PATIENCE
from tests.e2e.product import PASSWORD, Admin, Product

LEASE = 7_000  # milliseconds


@pytest.fixture(scope="module")
def colleague(lasting_admin: Admin) -> dict[str, Any]:
    """A second superadmin."""
    body = {"email": "ada.byron@example.org", "name": "Ada Byron", "role": "SUPER_ADMIN", "password": PASSWORD}
    return dict(lasting_admin.post("/api/admin/users", body))


@pytest.fixture(scope="module")
def pages(browser: Browser, lasting: Product, lasting_admin: Admin, colleague: dict[str, Any]) -> Iterator[list[Page]]:
    """The first superadmin's page and Ada's, each in a browser of its own."""
    contexts = [browser.new_context(viewport={"width": 1280, "height": 900}) for _ in range(2)]
    opened = [context.new_page() for context in contexts]
    for page, email in zip(opened, (lasting.first_sign_in()[0], colleague["email"]), strict=True):
        enter(page, lasting, email)
    yield opened
    for context in contexts:
        context.close()


def enter(page: Page, product: Product, email: str) -> None:
    page.goto(product.url)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Connection: Live")).to_be_visible(timeout=PATIENCE)


@pytest.fixture
def record(lasting_admin: Admin) -> dict[str, Any]:
    """A business nobody has looked at yet."""
    user = lasting_admin.post("/api/admin/users", {"email": f"{uuid.uuid4()}@example.org", "role": "BUSINESS_ADMIN"})
    return dict(lasting_admin.post("/api/admin/businesses", {"name": "Bakery", "adminId": user["id"], "phone": "1"}))


def look(page: Page, product: Product, record: dict[str, Any]) -> None:
    page.goto(f"{product.url}/records/businesses/{record['id']}")
    expect(page.get_by_role("heading", name=record["name"])).to_be_visible(timeout=PATIENCE)


def others(page: Page) -> Locator:
    return page.get_by_role("status", name="Who else is here")


def test_each_sees_the_other_come_edit_and_go(
    browser: Browser, pages: list[Page], lasting: Product, record: dict[str, Any], colleague: dict[str, Any]
) -> None:
    mine, hers = pages
    look(mine, lasting, record)
    expect(others(mine)).to_be_empty()
    look(hers, lasting, record)
    expect(others(mine)).to_have_text(re.compile("Ada Byron is here, too"), timeout=PATIENCE)
    expect(others(hers).locator(".other")).to_have_count(1, timeout=PATIENCE)
    hers.get_by_role("button", name="Edit").click()
    expect(others(mine)).to_have_text(re.compile("Ada Byron is editing"), timeout=PATIENCE)
    hers.get_by_role("button", name="Cancel").click()
    expect(others(mine)).to_have_text(re.compile("is here, too"), timeout=PATIENCE)
    hers.get_by_role("link", name="Overview").first.click()
    expect(others(mine)).to_be_empty(timeout=1_000)

    context = browser.new_context()
    doomed = context.new_page()
    enter(doomed, lasting, colleague["email"])
    look(doomed, lasting, record)
    look(hers, lasting, record)
    expect(others(mine).locator(".other")).to_have_count(1, timeout=PATIENCE)  # two tabs, one person
    hers.goto("about:blank")
    kill(doomed)
    expect(others(mine)).to_be_empty(timeout=LEASE + PATIENCE)
    context.close()


def kill(page: Page) -> None:
    """The tab's process dies; it says nothing any more."""
    with pytest.raises(PlaywrightError, match="crash"):
        page.goto("chrome://crash")


def test_a_form_tells_what_changed_beneath_it_and_outlives_its_record(
    pages: list[Page], lasting: Product, lasting_admin: Admin, record: dict[str, Any]
) -> None:
    page, path = pages[0], f"/api/admin/businesses/{record['id']}"
    look(page, lasting, record)
    page.get_by_role("button", name="Edit").click()
    page.get_by_label(re.compile("^Name")).fill("Bakery and Café")
    lasting_admin.patch(path, {"phone": "2"})
    told = page.get_by_role("status").filter(has_text="This record was changed while you edit")
    expect(told).to_contain_text("Phone is now 2", timeout=PATIENCE)
    told.get_by_role("button", name="Take this in").click()
    expect(page.get_by_label("Phone")).to_have_value("2")
    expect(page.get_by_label(re.compile("^Name"))).to_have_value("Bakery and Café")
    lasting_admin.patch(path, {"name": "Bakery, new"})
    expect(told).to_contain_text("you changed it, too", timeout=PATIENCE)
    told.get_by_role("button", name="Decide for each field").click()
    expect(page.get_by_role("alert").get_by_role("radio").first).to_be_focused()
    page.get_by_role("alert").get_by_role("button", name="Save what I chose").click()
    expect(page.get_by_text("Saved.").first).to_be_visible(timeout=PATIENCE)
    assert (lasting_admin.get(path)["name"], lasting_admin.get(path)["phone"]) == ("Bakery and Café", "2")

    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Phone").fill("3")
    lasting_admin.http.delete(path).raise_for_status()
    expect(page.get_by_role("alert")).to_contain_text("deleted while you edit", timeout=PATIENCE)
    expect(page.get_by_role("heading", name="Bakery and Café", exact=True)).to_be_visible()
    expect(page.get_by_label("Phone")).to_have_value("3")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard it").click()
    expect(page.get_by_text("This record is gone")).to_be_visible(timeout=PATIENCE)


def test_what_is_typed_is_not_left_without_asking(pages: list[Page], lasting: Product, record: dict[str, Any]) -> None:
    page = pages[0]
    page.goto(f"{lasting.url}/records/businesses")
    page.get_by_role("button", name=record["name"]).first.click(timeout=PATIENCE)
    drawer = page.get_by_role("dialog").filter(has=page.get_by_role("link", name="Open as a page"))
    drawer.get_by_role("button", name="Edit").click()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden(timeout=PATIENCE)  # nothing typed, nothing asked
    page.get_by_role("button", name=record["name"]).first.click()
    drawer.get_by_role("button", name="Edit").click()
    drawer.get_by_label("Phone").fill("never saved")
    question = page.get_by_role("dialog", name="Leave without saving?")
    page.keyboard.press("Escape")
    expect(question).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Escape")  # closes the question alone
    expect(question).to_be_hidden(timeout=PATIENCE)
    expect(drawer.get_by_label("Phone")).to_have_value("never saved")
    page.go_back()
    question.get_by_role("button", name="Go on editing").click(timeout=PATIENCE)
    expect(drawer.get_by_label("Phone")).to_have_value("never saved")
    assert "record=" in page.url
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(f"{lasting.url}/records/businesses/{record['id']}")
    assert asked == ["beforeunload"]

    page.get_by_role("button", name="Edit").click(timeout=PATIENCE)
    page.get_by_label("Phone").fill("nor this")
    page.get_by_role("link", name="Overview").first.click()
    question.get_by_role("button", name="Discard it").click(timeout=PATIENCE)
    expect(page.get_by_role("heading", name="Overview")).to_be_visible(timeout=PATIENCE)


def test_a_refused_edit_in_place_keeps_what_was_typed(
    pages: list[Page], lasting: Product, lasting_admin: Admin, record: dict[str, Any]
) -> None:
    page, path = pages[0], f"/api/admin/users/{record['adminId']}"
    email = lasting_admin.get(path)["email"]
    page.goto(f"{lasting.url}/records/users?search={email}")
    row = page.locator(f"tr[data-record='{record['adminId']}']")
    expect(row).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("j")
    expect(row).to_be_focused()
    page.keyboard.press("F2")
    editor = page.get_by_label(re.compile("Enter saves"))
    editor.fill("no address")
    editor.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="was not changed")).to_be_attached(timeout=PATIENCE)
    expect(editor).to_have_value("no address")
    expect(editor).to_be_focused()
    mended = f"mended-{email}"
    lasting_admin.patch(path, {"email": f"other-{email}"})
    editor.fill(mended)
    editor.press("Enter")
    expect(page.get_by_role("alert").filter(has_text=f"it is “other-{email}” now")).to_be_attached(timeout=PATIENCE)
    expect(editor).to_have_value(mended)
    editor.press("Enter")
    expect(editor).to_be_hidden(timeout=PATIENCE)
    assert lasting_admin.get(path)["email"] == mended


def test_what_waits_in_a_tab_does_not_go_out_in_the_next_persons_name(
    browser: Browser, lasting: Product, lasting_admin: Admin, record: dict[str, Any], colleague: dict[str, Any]
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    left, other = context.new_page(), context.new_page()
    enter(left, lasting, lasting.first_sign_in()[0])
    left.get_by_role("link", name="Businesses").first.click()
    row = left.locator(f"tr[data-record='{record['id']}']")
    expect(row).to_be_visible(timeout=PATIENCE)
    left.get_by_role("link", name="Debug").click()
    left.get_by_role("button", name="Pretend offline").click(timeout=PATIENCE)
    left.go_back()  # to what it still has
    row.focus(timeout=PATIENCE)
    left.keyboard.press("F2")
    left.get_by_label(re.compile("Enter saves")).fill("Written by nobody")
    left.keyboard.press("Enter")
    expect(left.get_by_role("button", name="1 edit waits")).to_be_visible(timeout=PATIENCE)
    other.goto(lasting.url)
    other.get_by_role("button", name="Signed in as").click(timeout=PATIENCE)
    other.get_by_role("menuitem", name="Sign out").click()
    enter(other, lasting, colleague["email"])
    expect(left.get_by_role("button", name=f"Signed in as {colleague['email']}")).to_be_visible(timeout=PATIENCE)
    expect(left.get_by_role("button", name="Connection: Live")).to_be_visible(timeout=PATIENCE)
    assert lasting_admin.get(f"/api/admin/businesses/{record['id']}")["name"] == "Bakery"
    context.close()
