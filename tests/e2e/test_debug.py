"""The debug page tells the truth: how long others' changes take to the screen, and how the connection is."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests import outsider
from tests.e2e.product import PASSWORD, Product
from tests.e2e.test_main_job import SLOW_MACHINE, open_table, sign_in

A_TIME = re.compile(r"^[\d.]+ (ms|s)$")


def furnish(product: Product) -> Any:
    """A business of somebody's."""
    admin = product.admin(PASSWORD)
    user = admin.post("/api/admin/users", {"email": "ann@example.org", "role": "BUSINESS_ADMIN"})
    return admin.post("/api/admin/businesses", {"name": "First light", "adminId": user["id"]})


def rename(product: Product, business: Any, name: str) -> None:
    outsider.write(product.database, f"UPDATE businesses SET name = '{name}' WHERE id = '{business['id']}'")


def counted(page: Page, stage: str, changes: int) -> None:
    """The page shows so many changes of the stage, and figures of them."""
    row = page.locator(f"tr[data-stage={stage}]")
    expect(row.locator("td").first).to_have_text(str(changes), timeout=SLOW_MACHINE)
    for figure in ("p50", "p95", "most"):
        expect(row.locator(f"[data-figure={figure}]")).to_have_text(A_TIME)


def test_a_stranger_s_change_is_timed_from_commit_to_pixel(product: Product, page: Page) -> None:
    sign_in(page, product)
    business = furnish(product)
    page.get_by_role("link", name="Debug").click()
    expect(page.get_by_text(re.compile("clock and the server's agree"))).to_be_visible(timeout=SLOW_MACHINE)
    expect(page.locator("tr[data-stage=paint] [data-figure=p95]")).to_have_text("—")
    rename(product, business, "Seen here")
    counted(page, "paint", 1)
    counted(page, "receive", 1)
    expect(page.get_by_role("img", name=re.compile("Commit to pixel: 1 "))).to_be_visible()

    open_table(page, "Businesses")
    expect(page.get_by_role("row", name="Seen here")).to_be_visible(timeout=SLOW_MACHINE)
    rename(product, business, "Seen in the table")
    expect(page.get_by_role("row", name="Seen in the table")).to_be_visible(timeout=SLOW_MACHINE)
    open_table(page, "Users")
    rename(product, business, "Seen nowhere")
    outsider.write(product.database, f"UPDATE users SET name = 'Seen after it' WHERE id = '{business['adminId']}'")
    expect(page.get_by_role("row", name="Seen after it")).to_be_visible(timeout=SLOW_MACHINE)
    page.get_by_role("link", name="Debug").click()
    counted(page, "receive", 4)
    counted(page, "paint", 3)


def test_without_a_connection_and_back(product: Product, page: Page) -> None:
    sign_in(page, product)
    business = furnish(product)
    page.get_by_role("link", name="Debug").click()
    page.get_by_role("button", name="Drop my connection").click()
    timeline = page.get_by_role("region", name="Timeline")
    expect(timeline.get_by_role("cell", name="dropped", exact=True)).to_be_visible(timeout=SLOW_MACHINE)
    expect(page.get_by_role("button", name="Connection: Live")).to_be_visible(timeout=SLOW_MACHINE)
    page.get_by_role("button", name="Pretend offline").click()
    expect(page.get_by_role("button", name="Connection: Offline")).to_be_visible(timeout=SLOW_MACHINE)
    rename(product, business, "Written meanwhile")
    page.get_by_role("button", name="Back online").click()
    messages = page.get_by_role("region", name="Messages")
    expect(messages.get_by_text(business["id"]).first).to_be_visible(timeout=SLOW_MACHINE)
    expect(page.get_by_text("1 changes were committed before the connection stood")).to_be_visible(timeout=SLOW_MACHINE)


def test_a_stream_is_listed_and_ended(product: Product, page: Page) -> None:
    sign_in(page, product)
    page.get_by_role("link", name="Connections").click()
    email, _ = product.first_sign_in()
    row = page.get_by_role("row", name=re.compile(email))
    expect(row).to_be_visible(timeout=SLOW_MACHINE)
    admin = product.admin(PASSWORD)
    [before] = admin.get("/api/admin/realtime/connections")["items"]
    row.get_by_role("button", name="End the stream").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="End the stream").click()
    expect(dialog).to_be_hidden(timeout=SLOW_MACHINE)
    page.get_by_role("link", name="Debug").click()
    timeline = page.get_by_role("region", name="Timeline")
    expect(timeline.get_by_text("disconnected").first).to_be_visible(timeout=SLOW_MACHINE)
    expect(page.get_by_role("button", name="Connection: Live")).to_be_visible(timeout=SLOW_MACHINE)
    assert before["id"] not in [each["id"] for each in admin.get("/api/admin/realtime/connections")["items"]]
