"""The score: 100 only where there is nothing to mend, never below 0, and worse with every defect."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digisence.integrity.score import score

MANY = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("defects", "records", "told"),
    [(0, 0, 100.0), (0, 5, 100.0), (1, 10**6, 99.9), (1, 999, 99.8), (5, 10, 50.0), (9, 5, 0.0), (5, 5, 0.0)],
)
def test_the_formula(defects: int, records: int, told: float) -> None:
    assert score(defects, records) == told


@given(MANY, MANY, st.integers(0, 100))
def test_no_rounding_hides_a_defect(defects: int, records: int, more: int) -> None:
    found = score(defects, records)
    assert 0 <= found <= 100
    assert (found == 100) == (defects == 0 or records == 0)
    assert score(defects + more, records) <= found
