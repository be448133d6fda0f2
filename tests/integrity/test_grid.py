"""A check with an interval of its own gets its turn on the grid, whatever the starts before were late by."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from digisence.integrity.grid import due_at, has_turn

TEN = datetime(2026, 3, 1, 10, tzinfo=UTC)
HOUR = 3600


@pytest.mark.parametrize(
    ("last", "turn"),
    [
        (None, True),
        (TEN - timedelta(hours=1), True),
        (TEN - timedelta(minutes=59, seconds=50), True),  # it began ten seconds late: no reason to skip a turn
        (TEN - timedelta(minutes=10), True),  # the sweep before came late, in the slot before
        (TEN - timedelta(seconds=3), False),  # this very turn, by a database whose clock is behind
        (TEN + timedelta(minutes=20), False),
    ],
)
def test_a_turn_is_a_slot_of_the_grid(last: datetime | None, turn: bool) -> None:
    assert has_turn(last, TEN, HOUR) is turn


def test_late_starts_do_not_add_up() -> None:
    """A sweep every 10 minutes, a check every 30, each start up to 9 seconds late: 48 turns a day, evenly."""
    last, turns = None, []
    for number in range(144):
        due = TEN + timedelta(minutes=10 * number)
        if has_turn(last, due, 1800):
            turns.append(due)
            last = due + timedelta(seconds=number % 10)
    assert [after - before for before, after in pairwise(turns)] == [timedelta(minutes=30)] * 47


def test_without_an_interval_every_sweep() -> None:
    assert has_turn(TEN, TEN, None)


@pytest.mark.parametrize(
    ("occurrence", "due"),
    [
        ("sweep-sweep-1763892000", datetime(2025, 11, 23, 10, tzinfo=UTC)),
        ("sweep-again-019a-1234", TEN),
        ("sweep-asked-8a6c2f4e-0000-7000-8000-123456789012", TEN),
    ],
)
def test_an_occurrence_names_its_due_time(occurrence: str, due: datetime) -> None:
    assert due_at(occurrence, TEN) == due


@pytest.mark.parametrize(
    ("interval", "early", "turn"),
    [(HOUR, 5, False), (HOUR, 6, True), (10, 1, False), (10, 2, True)],
)
def test_a_database_that_is_a_little_behind_gives_no_second_turn(interval: int, early: int, turn: bool) -> None:
    """By five seconds, or by a tenth of a short interval."""
    assert has_turn(TEN - timedelta(seconds=early), TEN, interval) is turn
