"""Lines of CSV, and texts that no spreadsheet takes for a formula."""

import csv

import pytest

from digisence import sheets


def test_each_row_is_a_line_that_reads_back() -> None:
    rows = [["name", "note"], ['A, "B"', "two\nlines"], ["é 🙂", None]]
    lines = list(sheets.lines(rows))
    assert lines[0] == "name,note\r\n"
    assert list(csv.reader(lines)) == [["name", "note"], ['A, "B"', "two\nlines"], ["é 🙂", ""]]


@pytest.mark.parametrize("text", ["=1+1", "  =1", "\t", "\ufeff@x", "\uff1dx", "-1", "'=x", "", "'"])
def test_what_a_spreadsheet_would_calculate_is_marked_and_comes_back(text: str) -> None:
    cell = sheets.mark(text)
    assert cell == f"'{text}"
    assert sheets.unmark(cell) == text


@pytest.mark.parametrize("text", ["Bakery", "1 + 1", "it's", "'tis"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert sheets.unmark(sheets.mark(text)) == sheets.mark(text) == text
