"""Data health on each engine: the score and its trend, runs as they end, what a repair would do, what is found, set aside
and comes back, and what is red; all without a reload.
"""

import json
import re

from playwright.sync_api import Page, expect

from tests import outsider
from tests.e2e.conftest import SAMPLE
from tests.e2e.office import PATIENCE, visit
from tests.e2e.product import PASSWORD, Admin, Product

THREE = ("orphaned_user", "missing_business", "missing_professional")
KEY = json.loads((SAMPLE / "key.json").read_text())
BUSINESSES, PROFESSIONALS = KEY["businesses_without_admin"], KEY["professionals_without_admin"]


def standing(admin: Admin) -> list[tuple[str, str]]:
    """Record and check of each open finding."""
    found = admin.get("/api/admin/integrity/findings", limit=100)["items"]
    return [(finding["recordId"], finding["check"]) for finding in found]


def test_score_trend_runs_dry_run_and_alarms(sampled: Product, reader: Page) -> None:
    admin = sampled.admin(PASSWORD)
    visit(reader, sampled, "/data-health")
    reader.get_by_role("button", name="Check now").click()
    expect(reader.get_by_text("Done: there are open findings")).to_be_visible(timeout=PATIENCE)
    score = admin.get("/api/admin/integrity/statistics")["score"]
    expect(reader.get_by_role("img", name=re.compile(f": {score} at the last check, lowest"))).to_be_visible(
        timeout=PATIENCE
    )

    reader.get_by_role("button", name="Dry run").click()
    told = reader.get_by_role("status").filter(has_text="A repair now would touch")
    expect(told).to_be_visible(timeout=PATIENCE)
    assert all(re.search(rf"\b{len(part)} . ", told.inner_text()) for part in (BUSINESSES, PROFESSIONALS))
    assert admin.get("/api/admin/quarantine")["total"] == 0

    reader.get_by_role("tab", name="Runs").click()
    expect(reader.get_by_role("row", name=re.compile("Dry run"))).to_be_visible(timeout=PATIENCE)
    reader.get_by_role("tab", name="Checks").click()
    expect(reader.get_by_role("img", name=re.compile("Business whose admin is missing: .* at most"))).to_be_visible(
        timeout=PATIENCE
    )

    outsider.write(
        sampled.database,
        "UPDATE checks SET health = 'broken', health_detail = 'it hangs' WHERE id = 'missing_business'",
    )
    outsider.write(
        sampled.database,
        "INSERT INTO drills (id, occurrence, actor, started_at, finished_at, passed, detail) VALUES "
        "('d', 'd', 'x', '2099-01-01 00:00:00.000', '2099-01-01 00:00:01.000', false, 'mend: nothing was set aside')",
    )
    reader.reload()
    expect(reader.get_by_role("alert").filter(has_text="it hangs")).to_be_visible(timeout=PATIENCE)
    expect(reader.get_by_role("alert").filter(has_text="nothing was set aside")).to_be_visible(timeout=PATIENCE)


def test_findings_repairs_and_restores_appear_as_they_happen(sampled: Product, reader: Page) -> None:
    profiles = BUSINESSES + PROFESSIONALS
    orphans = KEY["orphaned_users"] + KEY["fresh_orphans"]  # no grace here, so the fresh ones count
    admin = sampled.admin(PASSWORD)
    visit(reader, sampled, "/data-health")
    reader.get_by_role("button", name="Check now").click()
    expect(reader.get_by_text("Done: there are open findings")).to_be_visible(timeout=PATIENCE)
    rows = reader.get_by_role("table").locator("tbody tr")
    found = standing(admin)
    assert {*profiles, *orphans} <= {record for record, check in found if check in THREE}
    expect(rows).to_have_count(len(found), timeout=PATIENCE)

    admin.post("/api/admin/integrity/runs", {"repair": True})
    expect(reader.get_by_text(profiles[0])).to_be_hidden(timeout=PATIENCE)
    left = [row for row in found if row[0] not in profiles]  # the breaker holds the many back
    expect(rows).to_have_count(len(left), timeout=PATIENCE)
    assert sorted(standing(admin)) == sorted(left)

    reader.get_by_role("tab", name="Quarantine").click()
    expect(rows).to_have_count(len(profiles), timeout=PATIENCE)
    reader.get_by_role("button", name="Restore").first.click()
    expect(rows).to_have_count(len(profiles) - 1, timeout=PATIENCE)
    assert len(admin.get("/api/admin/quarantine", state="open")["items"]) == len(profiles) - 1
