"""The panel follows the checks: what is found, what is set aside, what comes back, without a reload."""

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.product import PASSWORD, Admin, Product
from tests.e2e.test_main_job import SLOW_MACHINE, sign_in

THREE = ("orphaned_user", "missing_business", "missing_professional")
SAMPLE = Path(__file__).parent.parent / "data" / "legacy-sample"


def standing(admin: Admin) -> list[tuple[str, str]]:
    """Record and check of each open finding."""
    found = admin.get("/api/admin/integrity/findings", limit=100)["items"]
    return [(finding["recordId"], finding["check"]) for finding in found]


def test_findings_repairs_and_restores_appear_as_they_happen(product: Product, page: Page) -> None:
    key = json.loads((SAMPLE / "key.json").read_text())
    profiles = key["businesses_without_admin"] + key["professionals_without_admin"]
    orphans = key["orphaned_users"] + key["fresh_orphans"]  # no grace here, so the fresh ones count
    sign_in(page, product)
    product.run("import", "legacy", str(SAMPLE))
    admin = product.admin(PASSWORD)
    page.get_by_role("link", name="Data health").click()

    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("Done: there are open findings")).to_be_visible(timeout=SLOW_MACHINE)
    rows = page.get_by_role("table").locator("tbody tr")
    found = standing(admin)
    assert {*profiles, *orphans} <= {record for record, check in found if check in THREE}
    expect(rows).to_have_count(len(found), timeout=SLOW_MACHINE)
    expect(page.get_by_text("Issues found")).to_be_visible()

    admin.post("/api/admin/integrity/runs", {"repair": True})
    expect(page.get_by_text(profiles[0])).to_be_hidden(timeout=SLOW_MACHINE)
    left = [row for row in found if row[0] not in profiles]  # the breaker holds the many back
    expect(rows).to_have_count(len(left), timeout=SLOW_MACHINE)
    assert sorted(standing(admin)) == sorted(left)

    page.get_by_role("tab", name="Quarantine").click()
    expect(rows).to_have_count(len(profiles), timeout=SLOW_MACHINE)
    page.get_by_role("button", name="Restore").first.click()
    expect(rows).to_have_count(len(profiles) - 1, timeout=SLOW_MACHINE)
    assert len(admin.get("/api/admin/quarantine", state="open")["items"]) == len(profiles) - 1
