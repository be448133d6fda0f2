"""The pages of operations, walked through: audit, jobs, mails, people, one's account, rules, breakers."""

import json
import re
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from tests import outsider
from tests.e2e.office import PATIENCE, count, rows, set_up, sql, toast, visit
from tests.e2e.product import PASSWORD, Admin, Product

SCHEMA = {
    "type": "object",
    "properties": {"days": {"type": "integer", "minimum": 1, "maximum": 90, "default": 7, "title": "Days"}},
    "additionalProperties": False,
}


def test_the_audit_trail_is_searched_read_and_proven(desk: Page, office: Product, admin: Admin) -> None:
    user = admin.post("/api/admin/users", {"email": "ann@example.org", "role": "BUSINESS_ADMIN", "name": "Ann"})["id"]
    admin.patch(f"/api/admin/users/{user}", {"name": "Anna"})
    visit(desk, office, f"/audit?recordId={user}")
    assert rows(desk, "Audit") == count(office, "changes", "record_id = ?", user) == 2
    expect(desk.get_by_role("table", name="Audit").get_by_role("link", name="ann@example.org")).to_have_count(2)
    desk.get_by_role("button", name="Open the entry: Updated").click()
    entry = desk.get_by_role("dialog")
    expect(entry.locator(".diff")).to_contain_text("Ann → Anna")
    expect(entry).to_contain_text("127.0.0.1")
    desk.keyboard.press("Escape")
    desk.get_by_label("Action", exact=True).select_option("created")
    expect(desk.get_by_role("table", name="Audit").locator("tbody tr")).to_have_count(1, timeout=PATIENCE)
    assert "action=created" in desk.url
    desk.get_by_role("button", name="Verify the chain").click()
    expect(desk.get_by_role("status").filter(has_text="The chain holds")).to_be_visible(timeout=PATIENCE)
    change, actor = sql(office, "SELECT id, actor FROM changes WHERE record_id = ? ORDER BY id DESC", user)[0]
    outsider.tamper(office.database, f"UPDATE changes SET actor = 'user:nobody' WHERE id = {change}")
    desk.get_by_role("button", name="Verify the chain").click()
    broken = desk.get_by_role("alert").filter(has_text="The chain is broken")
    expect(broken).to_contain_text(f"change {change:,}", timeout=PATIENCE)
    expect(broken).to_contain_text("somebody rewrote it")
    outsider.tamper(office.database, f"UPDATE changes SET actor = '{actor}' WHERE id = {change}")


def test_every_job_is_listed_and_one_is_started(desk: Page, office: Product, admin: Admin) -> None:
    visit(desk, office, "/jobs?tab=schedule")
    declared = admin.get("/api/admin/jobs/declared", limit=100)["total"]
    expect(desk.get_by_role("table").locator("tbody tr")).to_have_count(declared, timeout=PATIENCE)
    expect(desk.get_by_role("row", name=re.compile("Integrity sweep"))).to_contain_text("every 1 d")
    desk.get_by_role("button", name="Start measure").click()
    desk.get_by_role("button", name="Put it on the queue").click()
    toast(desk, "measure is on the queue")
    desk.get_by_role("button", name="Start import", exact=True).click()
    desk.get_by_label("import_id").fill("none")
    desk.get_by_role("button", name="Put it on the queue").click()
    toast(desk, "import is on the queue")
    desk.get_by_role("tab", name="Under way and done").click()
    expect(desk.get_by_role("row", name=re.compile("^import ")).first).to_contain_text(
        re.compile("Failed|Done"), timeout=PATIENCE
    )


def test_what_was_done_to_many_is_told_and_undone(desk: Page, office: Product, admin: Admin) -> None:
    one, other = (admin.post("/api/admin/categories", {"name": name})["id"] for name in ("Of many", "Of many, too"))
    asked = {"action": "set", "ids": [one, other], "values": {"description": "all alike"}}
    assert admin.post("/api/admin/categories/bulk", asked)["done"] == [one, other]
    admin.patch(f"/api/admin/categories/{other}", {"description": "by hand"})
    visit(desk, office, "/jobs?tab=bulk")
    assert rows(desk, "Many at once") == count(office, "bulk_actions")
    row = desk.get_by_role("row", name=re.compile("Set a field of categories: Description = all alike"))
    expect(row).to_contain_text("2 changed")
    (kept,) = (each["keptUntil"] for each in admin.get("/api/admin/bulk-actions", limit=1)["items"])
    expect(row).to_contain_text(f"until {datetime.fromisoformat(kept):%b %-d, %Y}")
    row.get_by_role("button", name="Undo").click()
    desk.get_by_role("dialog").get_by_role("button", name="Undo", exact=True).click()
    toast(desk, "1 put back, 1 could not be put back")
    row.get_by_role("button", name="1 could not be put back").click(timeout=PATIENCE)
    expect(desk.get_by_role("dialog")).to_contain_text("description")
    assert admin.get(f"/api/admin/categories/{one}")["description"] is None
    assert admin.get(f"/api/admin/categories/{other}")["description"] == "by hand"


def test_somebody_is_invited_and_their_mail_stands_in_the_outbox(desk: Page, office: Product) -> None:
    visit(desk, office, "/people")
    desk.get_by_role("button", name="Invite somebody").click()
    desk.get_by_label("E-mail", exact=True).fill("bea@example.org")
    desk.get_by_label("Name", exact=True).fill("Bea")
    expect(desk.locator(".mail")).to_contain_text("Hello Bea")
    desk.get_by_role("button", name="Make the account and mail the link").click()
    toast(desk, "bea@example.org is invited")
    assert sql(office, "SELECT role, password_hash FROM users WHERE email = 'bea@example.org'") == [
        ("SUPER_ADMIN", None)
    ]
    desk.get_by_role("button", name="Access of bea@example.org").click()
    desk.get_by_role("button", name="Disable").click()
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("dialog")).to_have_count(1)  # the question is gone, what it was asked in stays
    desk.get_by_role("button", name="Disable").click()
    desk.get_by_role("dialog", name="Shut this account out?").get_by_role("button", name="Disable").click()
    toast(desk, "disabled")
    assert sql(office, "SELECT is_active FROM users WHERE email = 'bea@example.org'") == [(0,)]
    desk.get_by_role("button", name="Mail a link to set a password").click()
    expect(desk.get_by_role("dialog").get_by_role("alert")).to_contain_text("disabled")
    visit(desk, office, "/mails?to=bea@example.org")
    assert rows(desk, "Mails") == count(office, "mails", "recipient = 'bea@example.org'") == 1
    desk.get_by_role("button", name="Preview of the mail to bea@example.org").click()
    expect(desk.get_by_role("dialog").locator(".mail")).to_contain_text("You are invited")


def test_a_rule_is_configured_by_its_schema_and_promoted(desk: Page, office: Product) -> None:
    told = json.dumps(SCHEMA).replace("'", "''")
    outsider.write(
        office.database,
        f"UPDATE checks SET settings_schema = '{told}', settings_defaults = '{{\"days\": 7}}' WHERE id = 'digisence.two_profiles'",
    )
    visit(desk, office, "/plugins")
    row = desk.get_by_role("row", name=re.compile("digisence.two_profiles"))
    row.get_by_role("button", name="Configure").click()
    expect(desk.get_by_text("From 1 to 90. Default: 7.")).to_be_visible()
    desk.get_by_label("Days").fill("900")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_label("Days")).to_have_attribute("aria-invalid", "true", timeout=PATIENCE)
    desk.get_by_label("Days").fill("30")
    desk.get_by_label("Grace", exact=True).fill("2h")
    desk.get_by_role("button", name="Save").click()
    toast(desk, "Saved")
    ((settings, grace),) = sql(office, "SELECT settings, grace_seconds FROM checks WHERE id = 'digisence.two_profiles'")
    assert (json.loads(settings), grace) == ({"days": 30}, 7200)
    row.get_by_text("Act", exact=True).click()
    desk.get_by_role("button", name="Let it act").click()
    expect(row).to_contain_text("acts in version", timeout=PATIENCE)
    assert sql(office, "SELECT mode FROM checks WHERE id = 'digisence.two_profiles'") == [("act",)]


def test_a_finding_is_explained_tried_ignored_and_a_breaker_opened(desk: Page, office: Product, admin: Admin) -> None:
    visit(desk, office, "/data-health?check=digisence.dangling_category")
    open_ones = count(office, "findings", "check_id = 'digisence.dangling_category' AND state = 'open'")
    assert rows(desk, "Findings") == open_ones > 1
    desk.get_by_role("checkbox").first.check()
    desk.get_by_role("button", name="Ignore").click()
    desk.get_by_role("dialog").get_by_role("button", name="Ignore").click()
    toast(desk, "1 finding is ignored")
    assert count(office, "findings", "check_id = 'digisence.dangling_category' AND state = 'ignored'") == 1
    visit(desk, office, "/data-health?check=missing_professional")
    desk.get_by_role("button", name=re.compile("^Open the finding")).first.click()
    desk.get_by_role("button", name="What would a repair do?").click()
    expect(desk.get_by_role("dialog").get_by_role("status").last).to_contain_text(
        re.compile("set aside|breaker|link again"), timeout=PATIENCE
    )
    desk.keyboard.press("Escape")
    visit(desk, office, "/data-health?tab=checks")
    desk.get_by_role("button", name="Run Professional whose admin is missing now").click()
    expect(desk.get_by_text("Done: there are open findings")).to_be_visible(timeout=PATIENCE)


@pytest.mark.parametrize("many", [5])
def test_a_breaker_is_acknowledged_by_its_very_set_and_what_goes_comes_back(
    desk: Page, office: Product, admin: Admin, many: int
) -> None:
    for number in range(many):
        admin.post("/api/admin/users", {"email": f"orphan{number}@example.org", "role": "BUSINESS_ADMIN"})
    visit(desk, office, "/data-health?tab=breakers")
    desk.get_by_role("button", name="Sweep now").click()
    desk.get_by_role("dialog").get_by_role("button", name="Sweep now").click()
    desk.get_by_role("button", name="Look at the breaker of orphaned_user").click()
    ((held, fingerprint),) = sql(office, "SELECT count, set_hash FROM breakers WHERE check_id = 'orphaned_user'")
    dialog = desk.get_by_role("dialog")
    expect(dialog.locator(".breaker-set li")).to_have_count(held)
    expect(dialog).to_contain_text(fingerprint)
    dialog.get_by_role("button", name=f"Let these {held} records through, once").click()
    toast(desk, "Acknowledged")
    desk.get_by_role("button", name="Sweep now").click()
    desk.get_by_role("dialog").get_by_role("button", name="Sweep now").click()
    desk.get_by_role("tab", name="Quarantine").click()
    desk.get_by_label("What", exact=True).select_option("users")
    expect(desk.get_by_role("row", name=re.compile("orphan0@example.org"))).to_be_visible(timeout=PATIENCE)
    assert rows(desk, "Quarantine") == count(office, "quarantine", "resource = 'users' AND restored_at IS NULL")
    desk.get_by_role("button", name="Compare orphan0@example.org with what stands now").click()
    expect(desk.get_by_text("Nothing stands there now")).to_be_visible(timeout=PATIENCE)
    desk.get_by_role("dialog").get_by_role("button", name="Restore", exact=True).click()
    toast(desk, "is back")
    assert count(office, "users", "email = 'orphan0@example.org'") == 1


def test_a_second_factor_is_set_up_renewed_and_switched_off(desk: Page, office: Product) -> None:
    visit(desk, office, "/account")
    assert rows(desk, "Where you are signed in") == count(office, "sessions", "revoked_at IS NULL")
    secret, codes = set_up(desk, PASSWORD)
    assert len(codes) == 10
    desk.get_by_role("button", name="I have kept them").click()
    expect(desk.get_by_text("10 recovery codes are left")).to_be_visible(timeout=PATIENCE)
    assert secret not in str(sql(office, "SELECT * FROM users WHERE totp_since IS NOT NULL"))
    desk.get_by_role("button", name="Turn it off").click()
    desk.locator("[role=dialog] input[name=password]").fill(PASSWORD)
    desk.locator("[role=dialog] input[name=code]").fill(codes[0])
    desk.get_by_role("dialog").get_by_role("button", name="Turn it off").click()
    toast(desk, "The second factor is off")
    assert count(office, "users", "totp_since IS NOT NULL") == 0
