"""The page on the schedule names the tests that prove it; each exists, and no known defect is left out."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "schedule.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_named_proof_exists(file: str, name: str) -> None:
    assert f"def {name}(" in (ROOT / file).read_text()


def test_every_known_defect_has_its_proof() -> None:
    rows = [line.split(" | ") for line in PAGE.splitlines() if re.match(r"\| (\d+|\([a-k]\)) ", line)]
    assert [row[0].split()[1] for row in rows] == [
        *map(str, range(1, 18)),
        *(f"({letter})" for letter in "abcdefghijk"),
    ]
    assert all("tests/" in row[2] for row in rows)
