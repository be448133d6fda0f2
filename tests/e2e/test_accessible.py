"""Every page of the panel, light and dark, wide and narrow: nothing for axe to find, nothing to scroll sideways for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.accessible import SETTLED, overflow, settle, violations
from tests.e2e.product import PASSWORD, Product
from tests.panel import declared

WIDE, NARROW = (1280, 900), (390, 844)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product with something on every page: records, findings, runs, the quarantine, jobs."""
    folder: Path = tmp_path_factory.mktemp("furnished")
    product = Product(folder / "instance", f"sqlite:///{folder / 'furnished.sqlite'}", DIGISENCE_GRACE="0s").start()
    admin = product.admin()
    product.run("seed", "demo", "--businesses", "60", "--defects")
    product.run("integrity", "run", "--wait", check=False)  # 1: there are findings
    user = admin.post("/api/admin/users", {"email": "ann@example.org", "role": "BUSINESS_ADMIN"})
    admin.http.delete(f"/api/admin/users/{user['id']}").raise_for_status()
    yield product
    product.close()


@pytest.fixture(scope="module")
def signed_in(browser: Browser, furnished: Product) -> Any:
    """The cookies of a sign-in, for every context to begin with."""
    context = browser.new_context()
    email, _ = furnished.first_sign_in()
    reply = context.request.post(f"{furnished.url}/api/auth/login", data={"email": email, "password": PASSWORD})
    assert reply.ok, reply.text()
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(params=["light", "dark"])
def context(request: pytest.FixtureRequest, browser: Browser, signed_in: Any) -> Iterator[BrowserContext]:
    """A window of someone signed in."""
    context = browser.new_context(storage_state=signed_in, color_scheme=request.param, reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def panel(context: BrowserContext) -> Iterator[Page]:
    """Its page; what the page complains about fails the test."""
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda told: complaints.append(told.text) if told.type in ("error", "warning") else None)
    yield page
    assert complaints == []


def check(page: Page) -> None:
    """The page at hand, wide and narrow."""
    for width, height in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": height})
        settle(page)
        assert violations(page) == [], width
        assert overflow(page) <= 0, width


@pytest.mark.parametrize("address", declared())
def test_every_page(panel: Page, furnished: Product, address: str) -> None:
    panel.goto(furnished.url + address)
    settle(panel)
    expect(panel.get_by_role("heading", level=1)).to_be_visible()
    check(panel)
    for tab in panel.get_by_role("tab").all():
        panel.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        tab.click()
        check(panel)


def opened(page: Page, name: str) -> None:
    """Press a button, and wait for what it opens."""
    page.get_by_role("button", name=name).first.click()
    expect(page.locator("[role=dialog], [role=menu]").first).to_be_visible()


def test_what_opens_on_a_page(panel: Page, furnished: Product) -> None:
    panel.goto(f"{furnished.url}/connections")
    settle(panel)
    for name in ("Connection: Live", "Appearance", "Signed in as", "End the stream of"):
        opened(panel, name)
        assert violations(panel) == [], name
        panel.keyboard.press("Escape")
        expect(panel.locator("[role=dialog], [role=menu]")).to_have_count(0)


def test_a_record_and_its_form(panel: Page, furnished: Product) -> None:
    panel.goto(f"{furnished.url}/records/businesses")
    settle(panel)
    panel.locator("tbody tr button").first.click()
    expect(panel.get_by_role("dialog")).to_be_visible()
    check(panel)
    panel.get_by_role("button", name="Edit").click()
    expect(panel.get_by_role("button", name="Save")).to_be_visible()
    check(panel)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["/", "/set-password"])
def test_the_door(page: Page, furnished: Product, scheme: str, address: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(furnished.url + address)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=SETTLED)
    for width, height in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": height})
        assert violations(page) == [], width
        assert overflow(page) <= 0, width


def test_axe_is_awake_and_a_wide_page_is_seen(context: BrowserContext, furnished: Product) -> None:
    page = context.new_page()
    page.goto(furnished.url)
    settle(page)
    page.evaluate("document.querySelector('main').append(Object.assign(document.createElement('img'), {width: 9000}))")
    assert any(line.startswith("image-alt") for line in violations(page))
    assert overflow(page) > 0


def test_html_from_text_is_refused(context: BrowserContext, furnished: Product) -> None:
    page = context.new_page()
    page.goto(furnished.url)
    settle(page)
    attempt = "try { %s; return 'taken' } catch (error) { return error.name }"
    insert = "(text) => {" + attempt % "document.createElement('p').innerHTML = text" + "}"
    assert page.evaluate(insert, "<img src=x>") == "TypeError"
    assert page.evaluate(insert, "a { color: red }") == "taken"  # as Mantine fills its own <style>
    for script in ("setTimeout('1')", "document.createElement('script').src = '/x.js'", "document.createElement('script').text = '1'"):
        assert page.evaluate("() => {" + attempt % script + "}") == "TypeError", script
