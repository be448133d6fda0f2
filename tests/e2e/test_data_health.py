"""The panel follows the checks: what is found, what is set aside, what comes back, without a reload."""

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.product import PASSWORD, Product
from tests.e2e.test_main_job import SLOW_MACHINE, sign_in

SAMPLE = Path(__file__).parent.parent / "data" / "legacy-sample"


def test_findings_repairs_and_restores_appear_as_they_happen(product: Product, page: Page) -> None:
    key = json.loads((SAMPLE / "key.json").read_text())
    profiles = key["businesses_without_admin"] + key["professionals_without_admin"]
    orphans = key["orphaned_users"] + key["fresh_orphans"]  # no grace here, so the fresh ones count
    sign_in(page, product)
    product.run("import", "legacy", str(SAMPLE))
    admin = product.admin(PASSWORD)
    page.get_by_role("link", name="Data health").click()

    page.get_by_role("button", name="Check now").click()
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(len(profiles) + len(orphans), timeout=SLOW_MACHINE)
    expect(page.get_by_text("Issues found")).to_be_visible()

    admin.post("/api/admin/integrity/runs", {"repair": True})
    expect(rows).to_have_count(len(orphans), timeout=SLOW_MACHINE)  # the breaker holds the many back
    found = admin.get("/api/admin/integrity/findings", limit=100)["items"]
    assert {finding["recordId"] for finding in found} == set(orphans)

    page.get_by_role("tab", name="Quarantine").click()
    expect(rows).to_have_count(len(profiles), timeout=SLOW_MACHINE)
    page.get_by_role("button", name="Restore").first.click()
    expect(rows).to_have_count(len(profiles) - 1, timeout=SLOW_MACHINE)
    assert len(admin.get("/api/admin/quarantine", state="open")["items"]) == len(profiles) - 1
