"""Data health over time: the score and its trend, the runs as they end, what a repair would do, and what is red."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import outsider
from tests.e2e.product import PASSWORD, Product
from tests.e2e.test_main_job import SLOW_MACHINE, sign_in

SAMPLE = Path(__file__).parent.parent / "data" / "legacy-sample"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_score_trend_runs_dry_run_and_alarms(product: Product, page: Page, engine_name: str) -> None:
    key = json.loads((SAMPLE / "key.json").read_text())
    sign_in(page, product)
    product.run("import", "legacy", str(SAMPLE))
    admin = product.admin(PASSWORD)
    page.get_by_role("link", name="Data health").click()
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("Done: there are open findings")).to_be_visible(timeout=SLOW_MACHINE)
    score = admin.get("/api/admin/integrity/statistics")["score"]
    expect(page.get_by_role("img", name=re.compile(f"now {score}, lowest"))).to_be_visible(timeout=SLOW_MACHINE)

    profiles = len(key["businesses_without_admin"] + key["professionals_without_admin"])
    page.get_by_role("button", name="Dry run").click()
    told = page.get_by_role("status").filter(has_text="A repair now would touch")
    expect(told).to_be_visible(timeout=SLOW_MACHINE)
    assert all(re.search(rf"\b{part} . ", told.inner_text()) for part in (len(key["businesses_without_admin"]), profiles - len(key["businesses_without_admin"])))
    assert admin.get("/api/admin/quarantine")["total"] == 0

    page.get_by_role("tab", name="Runs").click()
    expect(page.get_by_role("row", name=re.compile("Dry run"))).to_be_visible(timeout=SLOW_MACHINE)
    page.get_by_role("tab", name="Checks").click()
    expect(page.get_by_role("img", name=re.compile("Business whose admin is missing: .* at most"))).to_be_visible(timeout=SLOW_MACHINE)

    outsider.write(product.database, "UPDATE checks SET health = 'broken', health_detail = 'it hangs' WHERE id = 'missing_business'")
    outsider.write(
        product.database,
        "INSERT INTO drills (id, occurrence, actor, started_at, finished_at, passed, detail) VALUES "
        "('d', 'd', 'x', '2099-01-01 00:00:00.000', '2099-01-01 00:00:01.000', false, 'mend: nothing was set aside')",
    )
    page.reload()
    expect(page.get_by_role("alert").filter(has_text="it hangs")).to_be_visible(timeout=SLOW_MACHINE)
    expect(page.get_by_role("alert").filter(has_text="nothing was set aside")).to_be_visible(timeout=SLOW_MACHINE)
