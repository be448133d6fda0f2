"""The pages of operations, walked through: audit, jobs, mails, people, one's account, rules, figures, breakers."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests import outsider
from tests.e2e.office import PATIENCE, count, panel, sql, started, toast, visit
from tests.e2e.product import PASSWORD, Admin, Product

SCHEMA = {
    "type": "object",
    "properties": {"days": {"type": "integer", "minimum": 1, "maximum": 90, "default": 7, "title": "Days"}},
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = started(tmp_path_factory.mktemp("operations"), DIGISENCE_GRACE="0s", DIGISENCE_SIGHTINGS="1")
    product.admin()
    product.run("seed", "demo", "--businesses", "40", "--defects")
    product.run("integrity", "run", "--wait", check=False)  # 1: there are findings
    yield product
    product.close()


@pytest.fixture
def admin(office: Product) -> Admin:
    return office.admin(PASSWORD)


@pytest.fixture
def page(browser: Browser, office: Product) -> Iterator[Page]:
    with panel(browser, office) as opened:
        yield opened


def rows(page: Page, name: str) -> int:
    """How many rows a table's pager tells of."""
    sheet = page.locator(".sheet", has=page.get_by_role("table", name=name))
    told = sheet.locator(".pager .quiet")
    expect(told).to_be_visible(timeout=PATIENCE)
    return int(told.inner_text().split(" of ")[1].replace(",", ""))


def test_the_audit_trail_is_searched_read_and_proven(page: Page, office: Product, admin: Admin) -> None:
    user = admin.post("/api/admin/users", {"email": "ann@example.org", "role": "BUSINESS_ADMIN", "name": "Ann"})["id"]
    admin.patch(f"/api/admin/users/{user}", {"name": "Anna"})
    visit(page, office, f"/audit?recordId={user}")
    assert rows(page, "Audit") == count(office, "changes", "record_id = ?", user) == 2
    page.get_by_role("button", name="Open the entry: Updated").click()
    entry = page.get_by_role("dialog")
    expect(entry.locator(".diff")).to_contain_text("Ann → Anna")
    expect(entry).to_contain_text("127.0.0.1")
    page.keyboard.press("Escape")
    page.get_by_label("Action", exact=True).select_option("created")
    expect(page.get_by_role("table", name="Audit").locator("tbody tr")).to_have_count(1, timeout=PATIENCE)
    assert "action=created" in page.url
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.get_by_role("status").filter(has_text="The chain holds")).to_be_visible(timeout=PATIENCE)
    ((change,),) = sql(office, "SELECT max(id) FROM changes WHERE record_id = ?", user)
    outsider.tamper(office.database, f"UPDATE changes SET actor = 'user:nobody' WHERE id = {change}")
    page.get_by_role("button", name="Verify the chain").click()
    broken = page.get_by_role("alert").filter(has_text="The chain is broken")
    expect(broken).to_contain_text(f"change {change:,}", timeout=PATIENCE)
    expect(broken).to_contain_text("somebody rewrote it")


def test_every_job_is_listed_and_one_is_started(page: Page, office: Product, admin: Admin) -> None:
    visit(page, office, "/jobs?tab=schedule")
    declared = admin.get("/api/admin/jobs/declared", limit=100)["total"]
    expect(page.get_by_role("table").locator("tbody tr")).to_have_count(declared, timeout=PATIENCE)
    expect(page.get_by_role("row", name=re.compile("Integrity sweep"))).to_contain_text("every 1 d")
    page.get_by_role("button", name="Start measure").click()
    page.get_by_role("button", name="Put it on the queue").click()
    toast(page, "measure is on the queue")
    page.get_by_role("button", name="Start import", exact=True).click()
    page.get_by_label("import_id").fill("none")
    page.get_by_role("button", name="Put it on the queue").click()
    toast(page, "import is on the queue")
    page.get_by_role("tab", name="Under way and done").click()
    expect(page.get_by_role("row", name=re.compile("^import ")).first).to_contain_text(
        re.compile("Failed|Done"), timeout=PATIENCE
    )


def test_somebody_is_invited_and_their_mail_stands_in_the_outbox(page: Page, office: Product) -> None:
    visit(page, office, "/people")
    page.get_by_role("button", name="Invite somebody").click()
    page.get_by_label("E-mail", exact=True).fill("bea@example.org")
    page.get_by_label("Name", exact=True).fill("Bea")
    expect(page.locator(".mail")).to_contain_text("Hello Bea")
    page.get_by_role("button", name="Make the account and mail the link").click()
    toast(page, "bea@example.org is invited")
    assert sql(office, "SELECT role, password_hash FROM users WHERE email = 'bea@example.org'") == [
        ("SUPER_ADMIN", None)
    ]
    page.get_by_role("button", name="Access of bea@example.org").click()
    page.get_by_role("button", name="Disable").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(1)  # the question is gone, what it was asked in stays
    page.get_by_role("button", name="Disable").click()
    page.get_by_role("dialog", name="Shut this account out?").get_by_role("button", name="Disable").click()
    toast(page, "disabled")
    assert sql(office, "SELECT is_active FROM users WHERE email = 'bea@example.org'") == [(0,)]
    page.get_by_role("button", name="Mail a link to set a password").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("disabled")
    visit(page, office, "/mails?to=bea@example.org")
    assert rows(page, "Mails") == count(office, "mails", "recipient = 'bea@example.org'") == 1
    page.get_by_role("button", name="Preview of the mail to bea@example.org").click()
    expect(page.get_by_role("dialog").locator(".mail")).to_contain_text("You are invited")


def test_a_rule_is_configured_by_its_schema_and_promoted(page: Page, office: Product) -> None:
    told = json.dumps(SCHEMA).replace("'", "''")
    outsider.write(
        office.database,
        f"UPDATE checks SET settings_schema = '{told}', settings_defaults = '{{\"days\": 7}}' WHERE id = 'digisence.two_profiles'",
    )
    visit(page, office, "/plugins")
    row = page.get_by_role("row", name=re.compile("digisence.two_profiles"))
    row.get_by_role("button", name="Configure").click()
    expect(page.get_by_text("From 1 to 90. Default: 7.")).to_be_visible()
    page.get_by_label("Days").fill("900")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Days")).to_have_attribute("aria-invalid", "true", timeout=PATIENCE)
    page.get_by_label("Days").fill("30")
    page.get_by_label("Grace", exact=True).fill("2h")
    page.get_by_role("button", name="Save").click()
    toast(page, "Saved")
    ((settings, grace),) = sql(office, "SELECT settings, grace_seconds FROM checks WHERE id = 'digisence.two_profiles'")
    assert (json.loads(settings), grace) == ({"days": 30}, 7200)
    row.get_by_text("Act", exact=True).click()
    page.get_by_role("button", name="Let it act").click()
    expect(row).to_contain_text("acts in version", timeout=PATIENCE)
    assert sql(office, "SELECT mode FROM checks WHERE id = 'digisence.two_profiles'") == [("act",)]


def test_charts_tell_what_the_database_holds(page: Page, office: Product) -> None:
    office.run("analytics", "records", "--again")
    visit(page, office, "/analytics?range=1d")
    chart = page.get_by_role("region", name="Records there are", exact=True)
    expect(chart.get_by_role("img", name=re.compile("points; at last"))).to_be_visible(timeout=PATIENCE)
    chart.get_by_role("button", name="Records there are as a table").click()
    newest = chart.get_by_role("table").locator("tbody tr").first
    names = chart.get_by_role("table").locator("thead th").all_inner_texts()
    shown = dict(zip(names[1:], newest.locator("td").all_inner_texts(), strict=True))
    tables = {
        "Users": "users",
        "Businesses": "businesses",
        "Professionals": "professionals",
        "Categories": "categories",
        "Inquiries": "inquiries",
    }
    assert {name: int(shown[name].replace(",", "")) for name in tables} == {
        name: count(office, table) for name, table in tables.items()
    }
    assert page.locator(".chart-card").count() == 11


def test_a_finding_is_explained_tried_ignored_and_a_breaker_opened(page: Page, office: Product, admin: Admin) -> None:
    visit(page, office, "/data-health?check=digisence.dangling_category")
    open_ones = count(office, "findings", "check_id = 'digisence.dangling_category' AND state = 'open'")
    assert rows(page, "Findings") == open_ones > 1
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Ignore").click()
    page.get_by_role("dialog").get_by_role("button", name="Ignore").click()
    toast(page, "1 finding is ignored")
    assert count(office, "findings", "check_id = 'digisence.dangling_category' AND state = 'ignored'") == 1
    visit(page, office, "/data-health?check=missing_professional")
    page.get_by_role("button", name=re.compile("^Open the finding")).first.click()
    page.get_by_role("button", name="What would a repair do?").click()
    expect(page.get_by_role("dialog").get_by_role("status").last).to_contain_text(
        re.compile("set aside|breaker|link again"), timeout=PATIENCE
    )
    page.keyboard.press("Escape")
    visit(page, office, "/data-health?tab=checks")
    page.get_by_role("button", name="Run Professional whose admin is missing now").click()
    expect(page.get_by_text("Done: there are open findings")).to_be_visible(timeout=PATIENCE)


@pytest.mark.parametrize("many", [5])
def test_a_breaker_is_acknowledged_by_its_very_set_and_what_goes_comes_back(
    page: Page, office: Product, admin: Admin, many: int
) -> None:
    for number in range(many):
        admin.post("/api/admin/users", {"email": f"orphan{number}@example.org", "role": "BUSINESS_ADMIN"})
    visit(page, office, "/data-health?tab=breakers")
    page.get_by_role("button", name="Sweep now").click()
    page.get_by_role("dialog").get_by_role("button", name="Sweep now").click()
    page.get_by_role("button", name="Look at the breaker of orphaned_user").click()
    ((held, fingerprint),) = sql(office, "SELECT count, set_hash FROM breakers WHERE check_id = 'orphaned_user'")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".breaker-set li")).to_have_count(held)
    expect(dialog).to_contain_text(fingerprint)
    dialog.get_by_role("button", name=f"Let these {held} records through, once").click()
    toast(page, "Acknowledged")
    page.get_by_role("button", name="Sweep now").click()
    page.get_by_role("dialog").get_by_role("button", name="Sweep now").click()
    page.get_by_role("tab", name="Quarantine").click()
    page.get_by_label("What", exact=True).select_option("users")
    expect(page.get_by_role("row", name=re.compile("orphan0@example.org"))).to_be_visible(timeout=PATIENCE)
    assert rows(page, "Quarantine") == count(office, "quarantine", "resource = 'users' AND restored_at IS NULL")
    page.get_by_role("button", name="Compare orphan0@example.org with what stands now").click()
    expect(page.get_by_text("Nothing stands there now")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("dialog").get_by_role("button", name="Restore", exact=True).click()
    toast(page, "is back")
    assert count(office, "users", "email = 'orphan0@example.org'") == 1


def test_a_second_factor_is_set_up_renewed_and_switched_off(page: Page, office: Product) -> None:
    visit(page, office, "/account")
    assert rows(page, "Where you are signed in") == count(office, "sessions", "revoked_at IS NULL")
    secret, codes = set_up(page)
    assert len(codes) == 10
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("10 recovery codes are left")).to_be_visible(timeout=PATIENCE)
    assert secret not in str(sql(office, "SELECT * FROM users WHERE totp_since IS NOT NULL"))
    page.get_by_role("button", name="Turn it off").click()
    page.locator("[role=dialog] input[name=password]").fill(PASSWORD)
    page.locator("[role=dialog] input[name=code]").fill(codes[0])
    page.get_by_role("dialog").get_by_role("button", name="Turn it off").click()
    toast(page, "The second factor is off")
    assert count(office, "users", "totp_since IS NOT NULL") == 0


def set_up(page: Page) -> tuple[str, list[str]]:
    """Through the steps, as with an authenticator; the secret and the recovery codes."""
    begin = page.get_by_role("button", name="Set it up")
    if begin.count():
        begin.click()
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("img", name="QR code for your authenticator")).to_be_visible(timeout=PATIENCE)
    secret = page.locator("a.secret").inner_text()
    page.locator("input[name=code]").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".codes li")).to_have_count(10, timeout=PATIENCE)
    return secret, page.locator(".codes li").all_inner_texts()


def test_who_must_have_a_second_factor_is_led_to_it(browser: Browser, tmp_path: Path) -> None:
    product = started(tmp_path, DIGISENCE_REQUIRE_TOTP="1")
    try:
        product.admin()
        with panel(browser, product) as page:
            page.goto(product.url)
            expect(page.get_by_role("heading", level=1)).to_have_text(
                "This installation asks every superadmin for a second factor"
            )
            set_up(page)
            page.get_by_role("button", name="I have kept them").click()
            expect(page.get_by_role("button", name="Connection: Live")).to_be_visible(timeout=PATIENCE)
            expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    finally:
        product.close()
