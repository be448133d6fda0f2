"""What the walks through the pages of work and operations share: a signed-in window, and the database asked beside it."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.e2e.accessible import settle
from tests.e2e.product import PASSWORD, Product

PATIENCE = 15_000


def started(folder: Path, **environment: str) -> Product:
    """A product on SQLite in a folder of its own, without a sweep of its own accord."""
    quiet = {"DIGISENCE_SYNC_INTERVAL": "86400", **environment}
    return Product(folder / "instance", f"sqlite:///{folder / 'office.sqlite'}", **quiet).start()


@contextmanager
def panel(browser: Browser, product: Product) -> Iterator[Page]:
    """A window of the first superadmin; what the page complains about fails the test."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, reduced_motion="reduce", accept_downloads=True
    )
    email, _ = product.first_sign_in()
    reply = context.request.post(f"{product.url}/api/auth/login", data={"email": email, "password": PASSWORD})
    assert reply.ok, reply.text()
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda told: complaints.append(told.text) if "Content Security Policy" in told.text else None)
    yield page
    context.close()
    assert complaints == []


def visit(page: Page, product: Product, address: str) -> None:
    """A page of the panel, with its data."""
    page.goto(product.url + address)
    settle(page)


def sql(product: Product, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """What the database says, past the product."""
    with closing(sqlite3.connect(product.database.removeprefix("sqlite:///"), timeout=10)) as connection:
        return connection.execute(query, values).fetchall()


def count(product: Product, table: str, where: str = "1 = 1", *values: Any) -> int:
    """How many rows there are."""
    return int(sql(product, f"SELECT count(*) FROM {table} WHERE {where}", *values)[0][0])


def toast(page: Page, text: str | re.Pattern[str]) -> None:
    """A note says so."""
    expect(page.locator(".toast").filter(has_text=text).first).to_be_visible(timeout=PATIENCE)
