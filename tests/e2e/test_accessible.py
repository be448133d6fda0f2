"""Every page of the panel, light and dark, wide and narrow: nothing for axe to find, nothing to scroll sideways for.

On SQLite: the engine cannot be seen. All of axe's rules look at the light page; at the dark one those about colour, the
only ones to which it is another page.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.accessible import COLOUR, SETTLED, overflow, settle, violations
from tests.e2e.office import cookies, enter
from tests.e2e.product import Admin, Product
from tests.panel import declared

WIDE, NARROW = (1280, 900), (390, 844)


@pytest.fixture(scope="module")
def window(browser: Browser, office: Product, admin: Admin) -> Iterator[tuple[Page, list[str]]]:
    """One window for all pages, as somebody has who works with the panel, and all that the pages complained about."""
    user = admin.post("/api/admin/users", {"email": "set-aside@example.org", "role": "BUSINESS_ADMIN"})
    admin.http.delete(f"/api/admin/users/{user['id']}").raise_for_status()  # something in the quarantine
    context = browser.new_context(storage_state=cookies(browser, office), color_scheme="light", reduced_motion="reduce")
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda told: complaints.append(told.text) if told.type in ("error", "warning") else None)
    page.goto(office.url)
    settle(page)
    yield page, complaints
    context.close()


@pytest.fixture
def desk(window: tuple[Page, list[str]]) -> Iterator[Page]:
    """The page at hand; what it complains about, its policy broken included, fails the test."""
    page, complaints = window
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    complaints.clear()
    yield page
    assert complaints == []


def check(page: Page) -> None:
    """What is on the page, in every look."""
    for width, height in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": height})
        settle(page)
        assert violations(page) == [], width
        assert overflow(page) <= 0, width
        page.emulate_media(color_scheme="dark")
        assert violations(page, COLOUR) == [], f"dark, {width}"
        page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("address", declared())
def test_every_page(desk: Page, address: str) -> None:
    enter(desk, address)
    expect(desk.get_by_role("heading", level=1)).to_be_visible()
    check(desk)
    for tab in desk.locator("main").get_by_role("tab", selected=False).all_inner_texts():
        desk.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        desk.locator("main").get_by_role("tab", name=tab.split("\n")[0]).click()
        check(desk)


def opened(page: Page, name: str) -> None:
    """Press a button, and wait for what it opens."""
    page.get_by_role("button", name=name).first.click()
    expect(page.locator("[role=dialog], [role=menu]").first).to_be_visible()


def test_what_opens_on_a_page(desk: Page) -> None:
    enter(desk, "/connections")
    for name in ("Connection: Live", "Appearance", "Signed in as", "End the stream of"):
        opened(desk, name)
        assert violations(desk) == [], name
        desk.emulate_media(color_scheme="dark")
        assert violations(desk, COLOUR) == [], f"dark, {name}"
        desk.emulate_media(color_scheme="light")
        desk.keyboard.press("Escape")
        expect(desk.locator("[role=dialog], [role=menu]")).to_have_count(0)


def test_a_record_and_its_form(desk: Page) -> None:
    enter(desk, "/records/businesses")
    desk.locator("tbody tr button").first.click()
    expect(desk.get_by_role("dialog")).to_be_visible()
    check(desk)
    desk.get_by_role("button", name="Edit").click()
    expect(desk.get_by_role("button", name="Save")).to_be_visible()
    check(desk)


@pytest.mark.parametrize("address", ["/", "/set-password"])
def test_the_door(page: Page, office: Product, address: str) -> None:
    page.goto(office.url + address)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=SETTLED)
        for width, height in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": height})
            assert violations(page) == [], width
            assert overflow(page) <= 0, width


def test_axe_is_awake_in_either_scheme_and_a_wide_page_is_seen(desk: Page) -> None:
    enter(desk, "/")
    desk.evaluate("document.querySelector('main').append(Object.assign(document.createElement('img'), {width: 9000}))")
    assert any(line.startswith("image-alt") for line in violations(desk))
    assert overflow(desk) > 0
    desk.emulate_media(color_scheme="dark")
    expect(desk.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    told = "Object.assign(document.createElement('p'), {textContent: 'faint'})"
    desk.evaluate(f"document.querySelector('main').prepend({told})")
    desk.evaluate("document.querySelector('main p').style.color = '#444'")
    assert any(line.startswith("color-contrast") for line in violations(desk, COLOUR))
    desk.emulate_media(color_scheme="light")
    desk.reload()
    settle(desk)


def test_html_from_text_is_refused(desk: Page, office: Product) -> None:
    page = desk.context.new_page()  # what it complains about is what is wanted
    page.goto(office.url)
    settle(page)
    attempt = "try { %s; return 'taken' } catch (error) { return error.name }"
    insert = "(text) => {" + attempt % "document.createElement('p').innerHTML = text" + "}"
    assert page.evaluate(insert, "<img src=x>") == "TypeError"
    assert page.evaluate(insert, "a { color: red }") == "taken"  # as Mantine fills its own <style>
    for script in (
        "setTimeout('1')",
        "document.createElement('script').src = '/x.js'",
        "document.createElement('script').text = '1'",
    ):
        assert page.evaluate("() => {" + attempt % script + "}") == "TypeError", script
    page.close()
