"""The debug page tells the truth: how long others' changes take to the screen, and how the connection is.

On SQLite: how a stranger's change is noticed differs by engine, and is tried on both with the main job.
"""

import re
import uuid
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import outsider
from tests.e2e.office import PATIENCE, open_table, visit
from tests.e2e.product import Admin, Product

A_TIME = re.compile(r"^[\d.]+ (ms|s)$")


@pytest.fixture
def business(admin: Admin) -> Any:
    """A business of somebody's."""
    user = admin.post("/api/admin/users", {"email": f"{uuid.uuid4()}@example.org", "role": "BUSINESS_ADMIN"})
    return admin.post("/api/admin/businesses", {"name": "First light", "adminId": user["id"]})


def rename(product: Product, business: Any, name: str) -> None:
    outsider.write(product.database, f"UPDATE businesses SET name = '{name}' WHERE id = '{business['id']}'")


def counted(page: Page, stage: str, changes: int) -> None:
    """The page shows so many changes of the stage, and figures of them."""
    row = page.locator(f"tr[data-stage={stage}]")
    expect(row.locator("td").first).to_have_text(str(changes), timeout=PATIENCE)
    for figure in ("p50", "p95", "most"):
        expect(row.locator(f"[data-figure={figure}]")).to_have_text(A_TIME)


def test_a_stranger_s_change_is_timed_from_commit_to_pixel(desk: Page, office: Product, business: Any) -> None:
    visit(desk, office, "/debug")
    expect(desk.get_by_text(re.compile("clock and the server's agree"))).to_be_visible(timeout=PATIENCE)
    expect(desk.locator("tr[data-stage=paint] [data-figure=p95]")).to_have_text("—")
    rename(office, business, "Seen here")
    counted(desk, "paint", 1)
    counted(desk, "receive", 1)
    expect(desk.get_by_role("img", name=re.compile("Commit to pixel: 1 "))).to_be_visible()

    open_table(desk, "Businesses")
    expect(desk.get_by_role("row", name="Seen here")).to_be_visible(timeout=PATIENCE)
    rename(office, business, "Seen in the table")
    expect(desk.get_by_role("row", name="Seen in the table")).to_be_visible(timeout=PATIENCE)
    open_table(desk, "Users")
    rename(office, business, "Seen nowhere")
    outsider.write(office.database, f"UPDATE users SET name = 'Seen after it' WHERE id = '{business['adminId']}'")
    expect(desk.get_by_role("row", name="Seen after it")).to_be_visible(timeout=PATIENCE)
    desk.get_by_role("link", name="Debug").click()
    counted(desk, "receive", 4)
    counted(desk, "paint", 3)


def test_without_a_connection_and_back(desk: Page, office: Product, business: Any) -> None:
    visit(desk, office, "/debug")
    desk.get_by_role("button", name="Drop my connection").click()
    timeline = desk.get_by_role("region", name="Timeline")
    expect(timeline.get_by_role("cell", name="dropped", exact=True)).to_be_visible(timeout=PATIENCE)
    expect(desk.get_by_role("button", name="Connection: Live")).to_be_visible(timeout=PATIENCE)
    desk.get_by_role("button", name="Pretend offline").click()
    expect(desk.get_by_role("button", name="Connection: Offline")).to_be_visible(timeout=PATIENCE)
    rename(office, business, "Written meanwhile")
    desk.get_by_role("button", name="Back online").click()
    messages = desk.get_by_role("region", name="Messages")
    told = messages.get_by_role("cell").filter(has_text=f"businesses · updated · {business['id']}")
    expect(told.first).to_be_visible(timeout=PATIENCE)
    expect(desk.get_by_text("1 changes were committed before the connection stood")).to_be_visible(timeout=PATIENCE)


def test_a_stream_is_listed_and_ended(desk: Page, office: Product, admin: Admin) -> None:
    visit(desk, office, "/connections")
    email, _ = office.first_sign_in()
    row = desk.get_by_role("row", name=re.compile(email))
    expect(row).to_have_count(1, timeout=PATIENCE)
    [before] = admin.get("/api/admin/realtime/connections")["items"]
    row.get_by_role("button", name="End the stream").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_role("button", name="End the stream").click()
    expect(dialog).to_be_hidden(timeout=PATIENCE)
    desk.get_by_role("link", name="Debug").click()
    timeline = desk.get_by_role("region", name="Timeline")
    expect(timeline.get_by_text("disconnected").first).to_be_visible(timeout=PATIENCE)
    expect(desk.get_by_role("button", name="Connection: Live")).to_be_visible(timeout=PATIENCE)
    assert before["id"] not in [each["id"] for each in admin.get("/api/admin/realtime/connections")["items"]]
