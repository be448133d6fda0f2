"""A real browser on the real product."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.chromium import launched
from tests.e2e.devtools import Window
from tests.e2e.product import Admin, Product

HEARTBEAT = 2


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    with launched() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a context of its own; what it complains about fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None)
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def product(database: str, tmp_path: Path) -> Iterator[Product]:
    """`digisence up` on each engine in turn, grace short enough to see findings."""
    started = Product(tmp_path / "instance", database, DIGISENCE_GRACE="0s", DIGISENCE_SYNC_INTERVAL="3600").start()
    yield started
    started.close()


@pytest.fixture(scope="session")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One `digisence up` for all tests that do not mind what others did to it; it sends heartbeats often."""
    folder = tmp_path_factory.mktemp("lasting")
    started = Product(folder / "instance", f"sqlite:///{folder}/digisence.sqlite", DIGISENCE_HEARTBEAT=str(HEARTBEAT))
    yield started.start()
    started.close()


@pytest.fixture(scope="session")
def lasting_admin(lasting: Product) -> Admin:
    """The program of its first superadmin."""
    return lasting.admin()


@pytest.fixture(scope="session")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A Chromium of which tests hide, freeze and close tabs."""
    opened = Window(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()
