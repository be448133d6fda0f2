"""No page lies: each number that a page shows is what the database says, on both engines, after a day's mixed work."""

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import outsider
from tests.e2e.figures import (
    agree,
    chart,
    figures,
    levels,
    listed,
    named,
    named_related,
    near,
    number,
    states,
    sums,
    table,
    total,
)
from tests.e2e.office import count, enter, panel, sql, visit
from tests.e2e.product import PASSWORD, Admin, Product
from tests.e2e.truth import (
    ADMIN,
    DECIDED,
    FINDINGS,
    LAST_OPEN,
    STATES,
    TABLES,
    day_of_work,
    defects,
    held,
    hours,
    share,
    told,
)


@pytest.fixture(scope="module")
def admin(sampled: Product) -> Admin:
    """Whoever did a day's work."""
    admin = sampled.admin(PASSWORD)
    day_of_work(sampled, admin)
    return admin


@pytest.fixture(scope="module")
def seat(browser: Browser, sampled: Product, admin: Admin) -> Iterator[Page]:
    """A window for all pages, as somebody has who works with the panel."""
    with panel(browser, sampled) as page:
        visit(page, sampled, "/")
        yield page


def test_the_overview(seat: Page, sampled: Product) -> None:
    enter(seat, "/")
    there = {title: count(sampled, table) for title, table in TABLES.items()}
    agree(seat, lambda: named(seat.locator(".count-card")), there)
    agree(seat, lambda: named(seat.locator(".nav-item:has(.nav-count)")), there)
    stand = defects(sampled)
    three = [stand.get(check, 0) for check in ("orphaned_user", "missing_business", "missing_professional")]
    words = ("Orphaned users", "Businesses without admin", "Professionals without admin")
    expected = {"Total users": str(there["Users"]), **{word: str(n) for word, n in zip(words, three, strict=True)}}
    agree(seat, lambda: figures(seat), expected)
    records = sum(there[name] for name in ("Users", "Businesses", "Professionals"))
    score = int(1000 * (1 - sum(three) / records)) / 10
    agree(seat, lambda: float(seat.locator(".score-number").inner_text().split()[0]), score)
    ended = [count(sampled, "findings", "state = ?", state) for state in ("healed", "repaired", "quarantined")]
    told = seat.locator(".score-ended").inner_text()
    sums = sql(sampled, "SELECT sum(healed), sum(repaired), sum(quarantined) FROM check_history")[0]
    assert [int(n) for n in re.findall(r"(\d+) (?:healed|repaired|set aside)", told)] == [int(n) for n in sums]
    assert number(told) == sum(int(n) for n in sums) >= sum(ended)


def test_what_changed_last(seat: Page, sampled: Product, admin: Admin) -> None:
    enter(seat, "/")
    made = admin.post(f"{ADMIN}/categories", {"name": "Made just now"})["id"]
    outsider.write(sampled.database, f"UPDATE categories SET description = 'by a stranger' WHERE id = '{made}'")
    admin.http.delete(f"{ADMIN}/categories/{made}").raise_for_status()
    words = {"created": "Created", "updated": "Updated", "quarantined": "Set aside"}
    last = sql(sampled, "SELECT action FROM changes WHERE record_id = ? ORDER BY id DESC", made)
    lines = seat.locator(".recent li")
    agree(
        seat,
        lambda: [line.split("\n")[0] for line in lines.all_inner_texts()[:3]],
        [words[action] for (action,) in last],
    )


def test_data_health(seat: Page, sampled: Product) -> None:
    for state in FINDINGS:
        enter(seat, f"/data-health?state={state}")
        agree(seat, lambda: total(seat, "Findings"), count(sampled, "findings", "state = ?", state))
    enter(seat, "/data-health?state=all&check=orphaned_user")
    agree(seat, lambda: total(seat, "Findings"), count(sampled, "findings", "check_id = 'orphaned_user'"))
    for state, where in (("open", "restored_at IS NULL"), ("restored", "restored_at IS NOT NULL"), ("all", "1 = 1")):
        enter(seat, f"/data-health?tab=quarantine&state={state}")
        agree(seat, lambda: total(seat, "Quarantine"), count(sampled, "quarantine", where))
    enter(seat, "/data-health?tab=breakers")
    agree(seat, lambda: total(seat, "Breakers"), count(sampled, "breakers"))
    held = dict(sql(sampled, "SELECT check_id, count FROM breakers"))
    shown = {row["Check"]: number(row["Records"]) for row in table(seat.get_by_role("table", name="Breakers"))}
    assert shown == held


def test_checks_and_runs(seat: Page, sampled: Product) -> None:
    enter(seat, "/data-health?tab=checks")
    agree(seat, lambda: total(seat, "Checks"), count(sampled, "checks"))
    last = "SELECT check_id, open FROM check_history h WHERE at = (SELECT max(at) FROM check_history WHERE check_id = h.check_id)"
    rows = seat.get_by_role("table", name="Checks").locator("tbody tr")
    trend = {
        row.locator(".mono").first.inner_text(): number(row.locator(".trend-open").inner_text()) for row in rows.all()
    }
    assert trend == dict(sql(sampled, last))
    enter(seat, "/data-health?tab=runs")
    agree(seat, lambda: total(seat, "Runs"), count(sampled, "runs"))
    sums = "sum(h.open), sum(h.new), sum(h.healed), sum(h.repaired + h.quarantined)"
    truth = sql(
        sampled,
        f"SELECT {sums} FROM runs r JOIN check_history h ON h.run_id = r.id GROUP BY r.id, r.created_at ORDER BY r.created_at DESC",
    )
    columns = ("Open", "New", "Healed", "Mended")
    shown = table(seat.get_by_role("table", name="Runs"))
    assert [[number(row[name]) for name in columns] for row in shown] == [[int(n) for n in row] for row in truth]


def test_the_queues(seat: Page, sampled: Product) -> None:
    waiting = {title: held(sampled, TABLES[title], those["Waiting"]) for title, those in STATES.values()}
    for queue, (title, those) in STATES.items():
        enter(seat, f"/work/{queue}")
        agree(seat, lambda: named(seat.get_by_role("tab")), waiting)
        wanted = those if queue == "inquiries" else those | DECIDED
        truth = {name: held(sampled, TABLES[title], statuses) for name, statuses in wanted.items()}
        truth["All"] = count(sampled, TABLES[title])
        agree(seat, lambda: {name: n for name, n in named(states(seat)).items() if name != "Mine"}, truth)
        expect(seat.locator(".work-entry")).to_have_count(min(25, truth["Waiting"]))


def test_the_lists(seat: Page, sampled: Product) -> None:
    for title, name in TABLES.items():
        enter(seat, f"/records/{name.replace('_', '-')}")
        truth = count(sampled, name)
        agree(seat, lambda: listed(seat), truth)
        assert number(seat.locator(".pager .quiet").inner_text().split(" of ")[1]) == truth
        expect(seat.get_by_role("table", name=title).locator("tbody tr[data-record]")).to_have_count(min(25, truth))
    enter(seat, "/records/businesses?isActive=false")
    agree(seat, lambda: listed(seat), count(sampled, "businesses", "NOT is_active"))
    query = "SELECT business_id, count(*) FROM inquiries WHERE business_id IS NOT NULL GROUP BY business_id ORDER BY 2 DESC, 1"
    business, inquiries = sql(sampled, query)[0]
    enter(seat, f"/records/businesses/{business}")
    agree(seat, lambda: named_related(seat).get("inquiries", 0), int(inquiries))


def test_operations(seat: Page, sampled: Product, admin: Admin) -> None:
    enter(seat, "/audit")
    agree(seat, lambda: total(seat, "Audit"), count(sampled, "changes"))
    enter(seat, "/audit?resource=users&action=created")
    agree(seat, lambda: total(seat, "Audit"), count(sampled, "changes", "resource = 'users' AND action = 'created'"))
    enter(seat, "/mails")
    mails = {"All": count(sampled, "mails")}
    for name in ("Waiting", "Sent", "Failed", "Uncertain", "Expired"):
        mails[name] = count(sampled, "mails", "state = ?", name.lower())
    agree(seat, lambda: named(states(seat)), mails)
    agree(seat, lambda: total(seat, "Mails"), mails["All"])
    enter(seat, "/plugins")
    rules = dict(sql(sampled, "SELECT distribution, count(*) FROM checks GROUP BY distribution"))
    shown = {each.locator("h2").inner_text(): each for each in seat.locator("section.plugin").all()}
    assert {name: each.locator("tbody tr").count() for name, each in shown.items()} == rules
    assert {
        name: number(each.locator(".plugin-head .quiet").inner_text().split("·")[1]) for name, each in shown.items()
    } == rules
    enter(seat, "/jobs?tab=schedule")
    agree(seat, lambda: total(seat, "All jobs and their schedule"), admin.get(f"{ADMIN}/jobs/declared")["total"])


def test_people_and_ones_account(seat: Page, sampled: Product) -> None:
    enter(seat, "/people")
    roles = {
        "Superadmins": "SUPER_ADMIN",
        "Business admins": "BUSINESS_ADMIN",
        "Professional admins": "PROFESSIONAL_ADMIN",
    }
    truth = {name: count(sampled, "users", "role = ?", role) for name, role in roles.items()}
    truth |= {"Disabled": count(sampled, "users", "NOT is_active"), "All": count(sampled, "users")}
    agree(seat, lambda: named(seat.get_by_role("radiogroup", name="Who").locator("label")), truth)
    agree(seat, lambda: total(seat, "People"), truth["Superadmins"])
    enter(seat, "/account")
    agree(seat, lambda: total(seat, "Where you are signed in"), count(sampled, "sessions", "revoked_at IS NULL"))


def test_transfer(seat: Page, sampled: Product) -> None:
    enter(seat, "/transfer")
    taking = seat.get_by_role("region", name="Export a file")
    for title, name in TABLES.items():
        taking.get_by_label("What", exact=True).select_option(label=title)
        agree(seat, lambda: number(taking.locator(".total").inner_text() or "0"), count(sampled, name))
    agree(seat, lambda: total(seat, "Past imports"), count(sampled, "imports"))
    ((rows, created, failed),) = sql(sampled, "SELECT rows, created, failed FROM imports")
    assert (rows, created, failed) == (2, 1, 1)
    expect(seat.get_by_role("table", name="Past imports")).to_contain_text(f"{created} created")


def test_streams_jobs_and_what_waits(seat: Page, sampled: Product, admin: Admin) -> None:
    with ExitStack() as open_:
        for _ in range(2):
            assert open_.enter_context(admin.http.stream("GET", f"{ADMIN}/sse?initial=none")).status_code == 200
        enter(seat, "/connections")
        agree(seat, lambda: total(seat, "Connections"), 3)  # the window's own, and these two
        enter(seat, "/debug")
        agree(seat, lambda: figures(seat).get("Streams"), "3")
    agree(seat, lambda: figures(seat).get("Waiting to be published"), str(count(sampled, "outbox")))
    enter(seat, "/jobs")
    agree(seat, lambda: total(seat, "Under way and done"), len(admin.get(f"{ADMIN}/jobs", limit=500)["items"]))


@pytest.fixture(scope="module")
def charts(seat: Page, sampled: Product) -> Page:
    """The page of charts, after all is measured."""
    sampled.run("analytics", "records", "--again")
    enter(seat, "/analytics?range=1d")
    expect(seat.locator(".chart-card")).to_have_count(11)
    return seat


def test_the_charts_of_records(charts: Page, sampled: Product) -> None:
    there = {title: count(sampled, name) for title, name in TABLES.items()}
    assert levels(charts, "Records there are") == there
    active = {
        f"{title}, {word}": count(sampled, TABLES[title], where)
        for title in list(TABLES)[:3]
        for word, where in (("active", "is_active"), ("inactive", "NOT is_active"))
    }
    assert levels(charts, "Active and inactive") == active
    waiting = {
        title: held(sampled, TABLES[title], "NEW" if title == "Inquiries" else "PENDING") for title in list(TABLES)[4:]
    }
    assert levels(charts, "Waiting to be answered") == waiting
    created = {title: told(sampled, "created", name.replace("_", "-")) for title, name in TABLES.items()}
    assert sums(charts, "Created") == created
    gone = {"deleted for good": "deleted", "set aside": "quarantined", "restored": "restored", "purged": "purged"}
    assert sums(charts, "Deleted, set aside, restored") == {
        word: told(sampled, action) for word, action in gone.items()
    }


def test_the_charts_of_work(charts: Page, sampled: Product) -> None:
    assert levels(charts, "Open findings") == {check: n for check, n in sql(sampled, LAST_OPEN)}  # noqa: C416
    new, ended, cleaned = sql(
        sampled, "SELECT sum(new), sum(healed + repaired + quarantined), sum(repaired + quarantined) FROM check_history"
    )[0]
    assert sums(charts, "Findings: new, ended, cleaned up") == {
        "new": int(new),
        "ended": int(ended),
        "cleaned up": int(cleaned),
    }
    assert sums(charts, "Sign-ins") == {
        "succeeded": told(sampled, "signed-in"),
        "failed": told(sampled, "sign-in-failed"),
    }
    assert sums(charts, "Mails") == {word: told(sampled, f"mail-{word}") for word in ("sent", "failed", "uncertain")}


def test_the_charts_of_times(charts: Page, sampled: Product) -> None:
    lite = sampled.database.startswith("sqlite")
    epoch = "(julianday({}) - 2440587.5) * 86400.0" if lite else "CAST(extract(epoch FROM {}) AS double precision)"
    moment = "c.committed_at" if lite else "c.committed_at AT TIME ZONE 'UTC'"
    took = f"SELECT {moment}, p.milliseconds / 1000.0 - {epoch.format('c.committed_at')} FROM changes c JOIN publications p ON p.change_id = c.id"
    rows = [row for row in chart(charts, "From a change to the feed") if row["median"] != "—"]
    by_hour = hours(sampled, took)
    assert len(rows) == len(by_hour)
    for row, hour in zip(rows, sorted(by_hour, reverse=True), strict=True):
        for name, percent in (("median", 50), ("19 of 20", 95), ("slowest", 100)):
            near(row, name, max(0.0, share(by_hour[hour], percent)))

    status = "json_extract(c.{}, '$.status')" if lite else "c.{} ->> 'status'"
    born = "json_extract(c.after, '$.createdAt')" if lite else "CAST(c.after ->> 'createdAt' AS timestamptz)"
    rows = [row for row in chart(charts, "Time to an answer") if row["Inquiries, median"] != "—"]
    answered = (
        f"SELECT {moment}, {epoch.format('c.committed_at')} - {epoch.format(born)} FROM changes c WHERE c.resource = 'inquiries' "
        f"AND c.action = 'updated' AND {status.format('before')} = 'NEW' AND {status.format('after')} <> 'NEW'"
    )
    by_hour = hours(sampled, answered)
    assert len(rows) == len(by_hour) > 0
    for row, hour in zip(rows, sorted(by_hour, reverse=True), strict=True):
        near(row, "Inquiries, median", share(by_hour[hour], 50))
        near(row, "Inquiries, 9 of 10", share(by_hour[hour], 90))
