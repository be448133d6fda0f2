"""Files in and out through the page: a true preview, refused rows named by line, progress, the way back."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.office import PATIENCE, count, panel, sql, started, visit
from tests.e2e.product import Product

ROWS = "email,name,role\nann@example.org,Ann,BUSINESS_ADMIN\nno address,Bob,BUSINESS_ADMIN\ncy@example.org,Cy,KING\ndee@example.org,Dee,PROFESSIONAL_ADMIN\n"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = started(tmp_path_factory.mktemp("transfer"))
    product.admin()
    product.run("seed", "demo", "--businesses", "20")
    yield product
    product.close()


@pytest.fixture
def page(browser: Browser, office: Product) -> Iterator[Page]:
    with panel(browser, office) as opened:
        yield opened


def figure(page: Page, label: str, value: int) -> None:
    """A figure of the import shows this number."""
    shown = page.locator(".figure", has=page.locator("dt", has_text=label)).locator("dd")
    expect(shown).to_have_text(f"{value:,}", timeout=PATIENCE)


def test_a_file_is_looked_at_brought_in_and_taken_back(page: Page, office: Product, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(ROWS)
    before = count(office, "users")
    visit(page, office, "/transfer")
    page.get_by_role("region", name="Import a file").get_by_label("What", exact=True).select_option("users")
    page.get_by_label("File", exact=True).set_input_files(file)
    for label, value in (("Rows read", 4), ("To create", 2), ("To update", 0), ("Refused", 2)):
        figure(page, label, value)
    assert count(office, "users") == before
    refused = page.get_by_role("table", name="Rows that were refused").locator("tbody tr")
    expect(refused.nth(0)).to_contain_text("E-mail")
    expect(refused.locator("td:first-child")).to_have_text(["3", "4"])

    page.get_by_role("button", name="Import 2 rows").click()
    figure(page, "Created", 2)
    assert count(office, "users") == before + 2
    ((identity,),) = sql(office, "SELECT id FROM imports WHERE NOT dry_run")
    assert sql(office, "SELECT created, failed FROM imports WHERE id = ?", identity) == [(2, 2)]
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    figure(page, "Undone", 2)
    assert (count(office, "users"), count(office, "quarantine", "restored_at IS NULL")) == (before, 2)
    past = page.get_by_role("table", name="Past imports").locator("tbody tr")
    expect(past).to_have_count(count(office, "imports"), timeout=PATIENCE)


def test_a_file_that_fits_no_column_is_refused_by_name(page: Page, office: Product, tmp_path: Path) -> None:
    file = tmp_path / "strange.csv"
    file.write_text("email,shoeSize\nann@example.org,42\n")
    visit(page, office, "/transfer")
    page.get_by_role("region", name="Import a file").get_by_label("What", exact=True).select_option("users")
    page.get_by_label("File", exact=True).set_input_files(file)
    expect(page.get_by_role("alert")).to_contain_text("shoeSize")


def test_what_is_taken_out_is_what_was_counted(page: Page, office: Product) -> None:
    visit(page, office, "/transfer")
    taking = page.get_by_role("region", name="Export a file")
    taking.get_by_label("What", exact=True).select_option("inquiries")
    taking.get_by_label("Status", exact=True).select_option("NEW")
    expected = count(office, "inquiries", "status = 'NEW'")
    expect(taking.get_by_text(f"{expected:,} inquiries")).to_be_visible(timeout=PATIENCE)
    with page.expect_download() as taken:
        taking.get_by_role("button", name="Download").click()
    with taken.value.path().open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == expected
    assert {row["status"] for row in rows} == {"NEW"}
