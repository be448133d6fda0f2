"""A real browser on the real product."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page
from xdist.scheduler import LoadFileScheduling

from tests.conftest import ENGINES, named
from tests.e2e.chromium import launched
from tests.e2e.devtools import Window
from tests.e2e.office import checked, panel, started
from tests.e2e.product import PASSWORD, Admin, Product

HEARTBEAT = 2
OFFICE = ("debug", "lists", "operations", "queues", "records", "states", "transfer_page", "without_mouse")
SHARED = {
    **{f"test_{name}": "office" for name in OFFICE},
    **{f"test_{name}": "lasting" for name in ("connection", "edits", "plain_page", "tabs", "together")},
    **{f"test_{name}": "sampled" for name in ("data_health", "figures")},
}
SAMPLE = Path(__file__).parent.parent / "data" / "legacy-sample"


class Together(LoadFileScheduling):  # type: ignore[misc]
    """A process to a file, but one to all files that share a product."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return SHARED.get(Path(file).stem, file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """How `--numprocesses` shares these files out, whatever `--dist` says."""
    return Together(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--pictures`, where this folder is named."""
    parser.addoption("--pictures", action="store_true", help="take the pictures of the guide anew (test_walks.py)")


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
    page.on(
        "console",
        lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None,
    )
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
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One `digisence up` for all tests of pages alone, each with records of its own: a directory with defects, checked once.

    SQLite only: a page does not know the engine; the tests that run on both go through every layer below it.
    """
    folder = tmp_path_factory.mktemp("office")
    product = started(folder, DIGISENCE_GRACE="0s", DIGISENCE_SIGHTINGS="1")
    product.run("seed", "demo", "--businesses", "300", "--defects")
    checked(product.admin())
    yield product
    product.close()


@pytest.fixture(scope="session")
def admin(office: Product) -> Admin:
    """The program of the office's first superadmin."""
    return office.admin(PASSWORD)


@pytest.fixture
def desk(browser: Browser, office: Product, admin: Admin) -> Iterator[Page]:
    """A window of that superadmin."""
    with panel(browser, office) as opened:
        yield opened


@pytest.fixture(scope="session", params=ENGINES)
def sampled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product that holds the small dump of the old platform, on each engine in turn."""
    folder, database = tmp_path_factory.mktemp("sampled"), ""
    if request.param == "postgresql":
        server, name = request.getfixturevalue("postgresql"), f"s{uuid.uuid4().hex[:12]}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        database = named(server, name)
    product = started(folder, database, DIGISENCE_GRACE="0s")
    product.run("import", "legacy", str(SAMPLE))
    product.admin()
    yield product
    product.close()


@pytest.fixture
def reader(browser: Browser, sampled: Product) -> Iterator[Page]:
    """A window of that product's superadmin."""
    with panel(browser, sampled) as opened:
        yield opened


@pytest.fixture(scope="session")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A Chromium of which tests hide, freeze and close tabs."""
    opened = Window(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()
