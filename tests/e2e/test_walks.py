"""The tasks of a superadmin, walked through on the small dump of the old platform; each step that the guide shows is
looked at light and dark. On SQLite: a page does not know the engine.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import outsider
from tests.e2e.conftest import SAMPLE
from tests.e2e.office import PATIENCE, checked, count, open_table, panel, set_up, sql, started, toast, visit
from tests.e2e.pictures import SIZE, Pictures
from tests.e2e.product import PASSWORD, Admin, Product
from tests.mail.post_office import Office, open_office

NEXT = "another quite long password"
COLLEAGUE = "ines@example.org"
ROWS = "email,name,role\nann@file.example,Ann,BUSINESS_ADMIN\nno address,Bob,BUSINESS_ADMIN\ncy@file.example,Cy,KING\ndee@file.example,Dee,PROFESSIONAL_ADMIN\n"


@pytest.fixture(scope="module")
def post() -> Iterator[Office]:
    """Where its mails go."""
    with open_office() as office:
        yield office


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, post: Office) -> Iterator[Product]:
    """The old platform's directory, checked once."""
    folder = tmp_path_factory.mktemp("town")
    settings = {"GRACE": "0s", "SIGHTINGS": "1", "MAIL_URL": post.url}
    product = started(folder, **{f"DIGISENCE_{name}": value for name, value in settings.items()})
    product.run("import", "legacy", str(SAMPLE))
    checked(product.admin())
    yield product
    product.close()


@pytest.fixture
def walker(browser: Browser, town: Product) -> Iterator[Page]:
    """A window of the first superadmin."""
    with panel(browser, town) as page:
        page.set_viewport_size(SIZE)  # type: ignore[arg-type]
        yield page


@pytest.fixture
def shown(request: pytest.FixtureRequest) -> Pictures:
    """Looks at a step, light and dark."""
    return Pictures(keep=request.config.getoption("--pictures", default=False))


def test_coming_in(page: Page, town: Product, shown: Pictures) -> None:
    page.set_viewport_size(SIZE)  # type: ignore[arg-type]
    page.goto(town.url)
    page.get_by_label("E-mail").fill(town.first_sign_in()[0])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Connection: Live")).to_be_visible(timeout=PATIENCE)
    last = sql(town, "SELECT version FROM changes WHERE version IS NOT NULL ORDER BY id DESC LIMIT 14")
    expect(page.locator(".recent li")).to_have_count(len(last), timeout=PATIENCE)  # the trail tells them
    outsider.write(town.database, "UPDATE businesses SET phone = '111' WHERE id = (SELECT min(id) FROM businesses)")
    expect(page.locator(".recent-name").first).to_have_text("Kapoor Café", timeout=PATIENCE)  # the summary tells it
    shown(page, "overview")


def test_a_list_narrowed_kept_as_a_view_changed_in_bulk_and_put_back(
    walker: Page, town: Product, shown: Pictures
) -> None:
    visit(walker, town, "/records/inquiries")
    walker.get_by_role("button", name="Filter", exact=True).click()
    walker.get_by_role("menuitem", name="Status").click()
    walker.get_by_role("checkbox", name="New", exact=True).check()
    walker.keyboard.press("Escape")
    new = count(town, "inquiries", "status = 'NEW'")
    expect(walker.get_by_text(f"{new} inquiries", exact=True)).to_be_visible(timeout=PATIENCE)
    shown(walker, "list")
    walker.get_by_role("button", name="Views").click()
    walker.get_by_role("menuitem", name="Save this view…").click()
    walker.get_by_label("Name of the view").fill("Unanswered")
    walker.get_by_role("button", name="Save", exact=True).click()
    open_table(walker, "Users")
    open_table(walker, "Inquiries")
    expect(walker).not_to_have_url(re.compile("status"))
    walker.get_by_role("button", name="Views").click()
    walker.get_by_role("menuitem", name="Unanswered").click()
    expect(walker).to_have_url(re.compile("status=NEW"))

    walker.get_by_role("checkbox", name="Select what is on this page").check()
    shown(walker, "bulk")
    walker.get_by_role("button", name="Set a field…").click()
    dialog = walker.get_by_role("dialog", name=re.compile("Set a field of"))
    dialog.get_by_label("Value").select_option("READ")
    dialog.get_by_role("button", name="Set", exact=True).click()
    expect(walker.get_by_text(f"{new} changed")).to_be_visible(timeout=PATIENCE)
    assert count(town, "inquiries", "status = 'NEW'") == 0
    walker.get_by_role("button", name="Undo").click()
    expect(walker.get_by_text(f"{new} put back")).to_be_visible(timeout=PATIENCE)
    assert count(town, "inquiries", "status = 'NEW'") == new


def test_a_record_changed_and_gone_back_with(walker: Page, town: Product, shown: Pictures) -> None:
    chosen, phone = sql(town, "SELECT id, phone FROM businesses WHERE admin_id IS NOT NULL ORDER BY id DESC")[0]
    visit(walker, town, f"/records/businesses/{chosen}")
    shown(walker, "record")
    walker.get_by_role("button", name="Edit").click()
    walker.get_by_label("Phone").fill("+44 20 7946 0000")
    walker.get_by_role("button", name="Save").click()
    expect(walker.get_by_text("Saved.").first).to_be_visible(timeout=PATIENCE)
    assert sql(town, "SELECT phone FROM businesses WHERE id = ?", chosen) == [("+44 20 7946 0000",)]
    walker.get_by_role("tab", name="History").click()
    expect(walker.get_by_role("button", name="Go back to this").last).to_be_visible(timeout=PATIENCE)
    shown(walker, "history")
    walker.get_by_role("button", name="Go back to this").last.click()
    walker.get_by_role("dialog").get_by_role("button", name="Go back", exact=True).click()
    expect(walker.get_by_text("Back at version 1.").first).to_be_visible(timeout=PATIENCE)
    assert sql(town, "SELECT phone FROM businesses WHERE id = ?", chosen) == [(phone,)]


def test_an_application_decided_and_its_mail_sent_again(
    walker: Page, town: Product, post: Office, shown: Pictures
) -> None:
    name, email, chosen = sql(town, "SELECT name, email, id FROM registration_inquiries WHERE status = 'PENDING'")[0]
    post.answers["RCPT"] = ["550 No such mailbox"]
    visit(walker, town, "/work/registrations")
    walker.locator(".work-entry", has_text=name).click()
    expect(walker.get_by_role("region", name="What approving makes")).to_be_visible(timeout=PATIENCE)
    shown(walker, "queue")
    walker.get_by_role("button", name="Approve and make the account").click()
    toast(walker, "is approved")
    assert sql(town, "SELECT status FROM registration_inquiries WHERE id = ?", chosen) == [("COMPLETED",)]
    assert count(town, "users", "email = ?", email) == 1

    visit(walker, town, f"/mails?to={email}")
    row = walker.get_by_role("row", name=re.compile(re.escape(email)))
    expect(row).to_contain_text("No such mailbox", timeout=PATIENCE)
    assert sql(town, "SELECT state FROM mails WHERE recipient = ?", email) == [("failed",)]
    shown(walker, "mails")
    row.get_by_role("button", name=f"Send the mail to {email} again").click()
    toast(walker, "It goes out again.")
    expect(row).to_contain_text("Sent", timeout=PATIENCE)
    assert sql(town, "SELECT state FROM mails WHERE recipient = ?", email) == [("sent",)]
    assert post.recipients == [email]


def test_findings_repaired_in_bulk_and_all_of_the_run_restored(walker: Page, town: Product, shown: Pictures) -> None:
    visit(walker, town, "/data-health")
    shown(walker, "data-health")
    broken = count(town, "findings", "check_id = 'missing_business' AND state = 'open'")
    before = count(town, "businesses")
    assert broken == 2
    visit(walker, town, "/data-health?check=missing_business")
    walker.get_by_role("button", name=re.compile("^Open the finding")).first.click()
    walker.get_by_role("button", name="What would a repair do?").click()
    expect(walker.get_by_role("dialog").get_by_role("status").last).to_contain_text("set aside", timeout=PATIENCE)
    shown(walker, "finding")
    walker.keyboard.press("Escape")
    walker.get_by_role("button", name="Select all on this page").click()
    walker.get_by_role("button", name="Repair", exact=True).click()
    walker.get_by_role("dialog").get_by_role("button", name="Repair").click()
    toast(walker, "A run that repairs 2 findings is on its way.")
    expect(walker.get_by_text("No findings")).to_be_visible(timeout=PATIENCE)
    assert (count(town, "businesses"), count(town, "quarantine", "restored_at IS NULL")) == (before - broken, broken)

    walker.get_by_role("tab", name="Quarantine").click()
    walker.get_by_role("button", name=re.compile("^Compare ")).first.click()
    expect(walker.get_by_text("Nothing stands there now")).to_be_visible(timeout=PATIENCE)
    shown(walker, "quarantine")
    walker.get_by_role("button", name="Restore all of this run").click()
    walker.get_by_role("dialog", name="Restore everything").get_by_role("button", name="Restore", exact=True).click()
    expect(walker.get_by_text("The quarantine is empty")).to_be_visible(timeout=PATIENCE)
    assert (count(town, "businesses"), count(town, "quarantine", "restored_at IS NULL")) == (before, 0)


def figure(page: Page, label: str, value: int) -> None:
    """A figure of the import shows this number."""
    told = page.locator(".figure", has=page.locator("dt", has_text=label)).locator("dd")
    expect(told).to_have_text(f"{value:,}", timeout=PATIENCE)


def test_a_file_looked_at_brought_in_and_taken_back(
    walker: Page, town: Product, tmp_path: Path, shown: Pictures
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(ROWS)
    before, aside = count(town, "users"), count(town, "quarantine", "restored_at IS NULL")
    visit(walker, town, "/transfer")
    walker.get_by_role("region", name="Import a file").get_by_label("What", exact=True).select_option("users")
    walker.get_by_label("File", exact=True).set_input_files(file)
    for label, value in (("Rows read", 4), ("To create", 2), ("To update", 0), ("Refused", 2)):
        figure(walker, label, value)
    assert count(town, "users") == before
    refused = walker.get_by_role("table", name="Rows that were refused").locator("tbody tr")
    expect(refused.nth(0)).to_contain_text("E-mail")
    expect(refused.locator("td:first-child")).to_have_text(["3", "4"])
    shown(walker, "import")

    walker.get_by_role("button", name="Import 2 rows").click()
    figure(walker, "Created", 2)
    assert count(town, "users") == before + 2
    assert sql(town, "SELECT created, failed FROM imports WHERE NOT dry_run") == [(2, 2)]
    walker.get_by_role("button", name="Undo").click()
    walker.get_by_role("dialog").get_by_role("button", name="Undo").click()
    figure(walker, "Undone", 2)
    assert (count(town, "users"), count(town, "quarantine", "restored_at IS NULL")) == (before, aside + 2)
    past = walker.get_by_role("table", name="Past imports").locator("tbody tr")
    expect(past).to_have_count(count(town, "imports"), timeout=PATIENCE)


def test_jobs_and_what_else_there_is_to_look_at(walker: Page, town: Product, shown: Pictures) -> None:
    visit(walker, town, "/jobs?tab=schedule")
    shown(walker, "jobs")
    walker.get_by_role("button", name="Start measure").click()
    walker.get_by_role("button", name="Put it on the queue").click()
    toast(walker, "measure is on the queue")
    walker.get_by_role("tab", name="Under way and done").click()
    expect(walker.get_by_role("row", name=re.compile("^measure ")).first).to_contain_text("Done", timeout=PATIENCE)
    for address in ("analytics?range=1d", "audit", "plugins", "connections"):
        visit(walker, town, f"/{address}")
        shown(walker, address.partition("?")[0])
    visit(walker, town, "/debug")
    outsider.write(town.database, "UPDATE businesses SET phone = '112' WHERE id = (SELECT min(id) FROM businesses)")
    expect(walker.locator("tr[data-stage=paint] td").first).to_have_text("1", timeout=PATIENCE)
    shown(walker, "debug")


def test_a_colleague_gets_another_password_and_a_second_factor(
    browser: Browser, walker: Page, town: Product, shown: Pictures
) -> None:
    admin = town.admin(PASSWORD)
    admin.post("/api/admin/users", {"email": COLLEAGUE, "name": "Ines", "role": "SUPER_ADMIN", "password": PASSWORD})
    with panel(browser, town, COLLEAGUE) as page:
        page.set_viewport_size(SIZE)  # type: ignore[arg-type]
        visit(page, town, "/account")
        for name, value in (("current", PASSWORD), ("next", NEXT), ("again", NEXT)):
            page.locator(f"input[name={name}]").fill(value)
        page.get_by_role("button", name="Set password").click()
        toast(page, "Your password is changed")
        Admin(town.url).sign_in(COLLEAGUE, NEXT).http.close()
        set_up(page, NEXT)
        expect(page.get_by_role("region", name="Second factor").get_by_text("On", exact=True)).to_be_visible(
            timeout=PATIENCE
        )
        shown(page, "second-factor")
        page.get_by_role("button", name="I have kept them").click()
        expect(page.get_by_text("10 recovery codes are left")).to_be_visible(timeout=PATIENCE)
    assert count(town, "users", "totp_since IS NOT NULL") == 1
    visit(walker, town, "/people")
    walker.get_by_role("button", name=f"Access of {COLLEAGUE}").click()
    expect(walker.get_by_role("dialog")).to_be_visible()
    shown(walker, "people")
