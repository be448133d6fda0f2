"""Which plans read a table again and again."""

import pytest

from digisence.testing.plan import repeated


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([(2, 0, "SCAN businesses")], []),
        ([(2, 0, "SCAN businesses"), (8, 0, "SEARCH users USING INDEX x (id=?)")], []),
        ([(2, 0, "SCAN a"), (5, 0, "SCAN b")], ["SCAN b"]),
        ([(2, 0, "SCAN a"), (9, 0, "CORRELATED SCALAR SUBQUERY 1"), (12, 9, "SCAN b")], ["SCAN b"]),
        ([(2, 0, "SCAN a"), (9, 0, "LIST SUBQUERY 1"), (12, 9, "SCAN b")], []),
        ([(2, 0, "CORRELATED SCALAR SUBQUERY 1"), (4, 2, "MATERIALIZE twin"), (6, 4, "SCAN b")], []),
        ([(2, 0, "SCAN a"), (3, 0, "SCAN CONSTANT ROW")], []),
    ],
)
def test_a_scan_is_counted_where_it_is_repeated(steps: list[tuple[int, int, str]], found: list[str]) -> None:
    assert repeated(steps) == found
