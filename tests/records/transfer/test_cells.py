"""No cell is a formula to a spreadsheet, and each has one way back."""

import csv
import io

import pytest

from digisence.models import Business
from digisence.models.wire import by_name
from digisence.records.transfer import cells

NAME, HERO, ACTIVE = (by_name(Business)[name] for name in ("name", "heroContent", "isActive"))
STARTS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"


def through(text: str) -> str:
    """A cell as a CSV file gives it back."""
    line = io.StringIO()
    csv.writer(line).writerow([text, "x"])
    [row] = csv.reader(io.StringIO(line.getvalue(), newline=""))
    return row[0]


@pytest.mark.parametrize(
    "text", [*STARTS, *(f"{start}1" for start in STARTS), "", "'", "''", "'=", "''=", "'a", "a", " "]
)
def test_a_text_is_no_formula_and_comes_back(text: str) -> None:
    cell = cells.write(text, NAME)
    assert cell[:1] not in STARTS
    assert cells.read(through(cell), NAME) == text


def test_null_and_nothing_are_two_things() -> None:
    assert (cells.write(None, NAME), cells.write("", NAME)) == ("", "'")
    assert (cells.read("", NAME), cells.read("'", NAME)) == (None, "")


@pytest.mark.parametrize("value", [-1, "=x", {"a": [1.5, None, "é"]}, True, "", [], 1e-7, 10**30])
def test_json_comes_back(value: object) -> None:
    found = cells.read(through(cells.write(value, HERO)), HERO)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("cell", "told"), [("{", "is not JSON"), ("NaN", "no JSON"), ("1e999", "too large"), ("[" * 9999, "too deep")]
)
def test_what_is_no_json_is_told(cell: str, told: str) -> None:
    with pytest.raises(cells.Malformed, match=told):
        cells.read(cell, HERO)


def test_a_flag_is_true_or_false_in_any_case() -> None:
    assert [cells.read(cell, ACTIVE) for cell in ("true", "FALSE")] == [True, False]
    with pytest.raises(cells.Malformed, match="true or false"):
        cells.read("yes", ACTIVE)
