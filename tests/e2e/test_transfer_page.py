"""Files in and out through the page: what is refused at once, and what is taken out; the whole way in and back is among the walks."""

import csv
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.office import PATIENCE, count, visit
from tests.e2e.product import Admin, Product
from tests.proxy import until


def test_a_file_that_fits_no_column_is_refused_by_name(desk: Page, office: Product, tmp_path: Path) -> None:
    file = tmp_path / "strange.csv"
    file.write_text("email,shoeSize\nann@file.example,42\n")
    visit(desk, office, "/transfer")
    desk.get_by_role("region", name="Import a file").get_by_label("What", exact=True).select_option("users")
    desk.get_by_label("File", exact=True).set_input_files(file)
    expect(desk.get_by_role("alert")).to_contain_text("shoeSize")


def test_what_is_taken_out_is_what_was_counted(desk: Page, office: Product) -> None:
    visit(desk, office, "/transfer")
    taking = desk.get_by_role("region", name="Export a file")
    taking.get_by_label("What", exact=True).select_option("inquiries")
    taking.get_by_label("Status", exact=True).select_option("CLOSED")
    expected = count(office, "inquiries", "status = 'CLOSED'")
    expect(taking.get_by_text(f"{expected:,} inquiries")).to_be_visible(timeout=PATIENCE)
    with desk.expect_download() as taken:
        taking.get_by_role("button", name="Download").click()
    with taken.value.path().open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == expected
    assert {row["status"] for row in rows} == {"CLOSED"}


def test_the_rest_of_an_import_is_offered_for_undoing_only_while_some_of_it_may_go_back(
    desk: Page, office: Product, admin: Admin
) -> None:
    rows = b"id,name\nkept-changed,One\nkept-not,Two\nkept-bad,\n"
    sent = admin.http.post("/api/admin/categories/import", content=rows, headers={"Content-Type": "text/csv"}).json()[
        "id"
    ]
    state = lambda: admin.get(f"/api/admin/imports/{sent}")["state"]  # noqa: E731
    until(lambda: state() == "done", 60, "the import does not end")
    seen = admin.http.get("/api/admin/categories/kept-changed").headers["ETag"]
    admin.http.patch(
        "/api/admin/categories/kept-changed", json={"name": "Other"}, headers={"If-Match": seen}
    ).raise_for_status()
    visit(desk, office, f"/transfer?import={sent}")
    bringing = desk.get_by_role("region", name="Import a file")
    bringing.get_by_role("button", name="Undo").click()
    desk.get_by_role("dialog").get_by_role("button", name="Undo").click()
    expect(bringing.get_by_text("1 record was changed or deleted since: that stays.")).to_be_visible(timeout=PATIENCE)
    expect(bringing.get_by_role("heading", name="Rows that were refused, or could not be undone")).to_be_visible()
    expect(bringing.get_by_text("Row: was changed since")).to_be_visible()
    expect(bringing.get_by_role("button", name="Undo")).to_have_count(0)
    assert state() == "undone"
