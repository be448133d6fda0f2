"""What the walks through the panel share: a signed-in window, and the database asked beside it."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pyotp
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.e2e.accessible import settle
from tests.e2e.product import PASSWORD, Admin, Product
from tests.outsider import plain
from tests.proxy import until

PATIENCE = 15_000  # for what has no promise of speed


def started(folder: Path, database: str = "", **environment: str) -> Product:
    """A product in a folder of its own, on SQLite unless told otherwise, without a sweep of its own accord."""
    quiet = {"DIGISENCE_SYNC_INTERVAL": "86400", **environment}
    return Product(folder / "instance", database or f"sqlite:///{folder / 'office.sqlite'}", **quiet).start()


def cookies(browser: Browser, product: Product, email: str = "", password: str = PASSWORD) -> StorageState:
    """Those of a sign-in; the first superadmin's unless told otherwise."""
    context = browser.new_context()
    body = {"email": email or product.first_sign_in()[0], "password": password}
    reply = context.request.post(f"{product.url}/api/auth/login", data=body)
    assert reply.ok, reply.text()
    state = context.storage_state()
    context.close()
    return state


@contextmanager
def panel(browser: Browser, product: Product, email: str = "") -> Iterator[Page]:
    """A window of somebody signed in, the first superadmin unless told otherwise; what the page complains about fails the test."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, reduced_motion="reduce", accept_downloads=True,
        storage_state=cookies(browser, product, email),
    )  # fmt: skip
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda told: complaints.append(told.text) if "Content Security Policy" in told.text else None)
    yield page
    context.close()
    assert complaints == []


def checked(admin: Admin, **asked: bool) -> None:
    """A run of all checks, to its end."""
    run = admin.post("/api/admin/integrity/runs", asked)["runId"]
    until(lambda: admin.get(f"/api/admin/integrity/runs/{run}")["finishedAt"] is not None, 60, "the run does not end")


def visit(page: Page, product: Product, address: str) -> None:
    """A page of the panel, with its data."""
    page.goto(product.url + address)
    settle(page)


def enter(page: Page, address: str) -> None:
    """Another page of the panel, without loading the panel anew."""
    page.evaluate("address => history.pushState(null, '', address)", address)
    settle(page)


def open_table(page: Page, name: str) -> None:
    """A resource's table, by its entry in the navigation."""
    page.get_by_role("link", name=name).first.click()
    expect(page.get_by_role("table")).to_be_visible(timeout=PATIENCE)


def sql(product: Product, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """What the database says, past the product; values stand for `?`."""
    if not product.database.startswith("sqlite"):
        with psycopg.connect(plain(product.database)) as server:
            return server.execute(query.replace("?", "%s").encode(), values or None).fetchall()
    with closing(sqlite3.connect(product.database.removeprefix("sqlite:///"), timeout=10)) as connection:
        return connection.execute(query, values).fetchall()


def count(product: Product, table: str, where: str = "1 = 1", *values: Any) -> int:
    """How many rows there are."""
    return int(sql(product, f"SELECT count(*) FROM {table} WHERE {where}", *values)[0][0])


def toast(page: Page, text: str | re.Pattern[str]) -> None:
    """A note says so."""
    expect(page.locator(".toast").filter(has_text=text).first).to_be_visible(timeout=PATIENCE)


def rows(page: Page, name: str) -> int:
    """How many rows a table's pager tells of."""
    sheet = page.locator(".sheet", has=page.get_by_role("table", name=name))
    told = sheet.locator(".pager .quiet")
    expect(told).to_be_visible(timeout=PATIENCE)
    return int(told.inner_text().split(" of ")[1].replace(",", ""))


def set_up(page: Page, password: str) -> tuple[str, list[str]]:
    """A second factor, through the steps, as with an authenticator; the secret and the recovery codes."""
    begin = page.get_by_role("button", name="Set it up")
    if begin.count():
        begin.click()
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("img", name="QR code for your authenticator")).to_be_visible(timeout=PATIENCE)
    secret = page.locator("a.secret").inner_text()
    page.locator("input[name=code]").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".codes li")).to_have_count(10, timeout=PATIENCE)
    return secret, page.locator(".codes li").all_inner_texts()
