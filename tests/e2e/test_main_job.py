"""The main job: whoever changes the data, the open table shows it within a second, without reload, with a true count."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import outsider
from tests.e2e.office import PATIENCE, open_table
from tests.e2e.product import PASSWORD, Product

pytestmark = pytest.mark.alone
SECOND = 1000


def sign_in(page: Page, product: Product) -> None:
    """As on the first start: the one-time password, which is not asked for twice, then one's own."""
    email, password = product.first_sign_in()
    page.goto(product.url)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("New password", exact=True).fill(PASSWORD, timeout=PATIENCE)
    expect(page.get_by_label("One-time password", exact=True)).to_be_hidden()
    page.get_by_label("New password, again", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("button", name="Connection: Live")).to_be_visible(timeout=PATIENCE)


def dump(folder: Path, count: int) -> Path:
    """A dump of the old platform with so many businesses, each with its admin."""
    folder.mkdir()
    born = {"createdAt": {"$date": "2026-01-01T00:00:00.000Z"}, "updatedAt": {"$date": "2026-01-01T00:00:00.000Z"}}
    users = [{"_id": f"u{n}", "email": f"u{n}@example.org", "role": "BUSINESS_ADMIN", **born} for n in range(count)]
    businesses = [
        {"_id": f"b{n}", "name": f"Imported {n}", "slug": f"imported-{n}", "adminId": f"u{n}", **born}
        for n in range(count)
    ]
    for name, documents in (("users", users), ("businesses", businesses)):
        (folder / f"{name}.json").write_text("".join(json.dumps(document) + "\n" for document in documents))
    return folder


def test_whoever_changes_the_data_the_open_table_shows_it(product: Product, page: Page, tmp_path: Path) -> None:
    sign_in(page, product)
    admin = product.admin(PASSWORD)
    user = admin.post("/api/admin/users", {"email": "ann@example.org", "role": "BUSINESS_ADMIN"})
    business = admin.post("/api/admin/businesses", {"name": "First light", "adminId": user["id"]})
    open_table(page, "Businesses")
    expect(page.get_by_role("row", name="First light")).to_be_visible(timeout=PATIENCE)
    loads = page.evaluate("performance.getEntriesByType('navigation').length")

    admin.patch(f"/api/admin/businesses/{business['id']}", {"name": "Named by the API"})
    expect(page.get_by_role("row", name="Named by the API")).to_be_visible(timeout=SECOND)

    outsider.write(
        product.database, f"UPDATE businesses SET name = 'Named by a stranger' WHERE id = '{business['id']}'"
    )
    expect(page.get_by_role("row", name="Named by a stranger")).to_be_visible(timeout=SECOND)

    outsider.write(product.database, f"DELETE FROM businesses WHERE id = '{business['id']}'")
    expect(page.get_by_role("row", name="Named by a stranger")).to_be_hidden(timeout=SECOND)

    product.run("import", "legacy", str(dump(tmp_path / "dump", 1000)))
    expect(page.get_by_text("of 1,000").last).to_be_visible(timeout=SECOND)
    assert admin.get("/api/admin/businesses")["total"] == 1000

    outsider.write(product.database, "DELETE FROM businesses WHERE name LIKE 'Imported 9%'")
    expect(page.get_by_text("of 889").last).to_be_visible(timeout=SECOND)
    assert page.evaluate("performance.getEntriesByType('navigation').length") == loads
