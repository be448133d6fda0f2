"""Long work lets others write: our own at every breath, strangers on SQLite at a longer one that comes in time."""

import time
from typing import Any

import pytest
from flask import Flask

from digisence.records import pace
from digisence.records.pace import BREATH, FEW, FIRST, HELD, LONG_BREATH, Pace


@pytest.fixture
def slept(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    found: list[float] = []
    with app.app_context():
        monkeypatch.setattr(pace.time, "sleep", found.append)
        yield found


def hold(one: Pace, seconds: float) -> None:
    with one:
        end = time.thread_time() + seconds  # of work: the clock goes on, too, while others have the machine
        while time.thread_time() < end:
            pass


def test_a_gentle_pace_breathes_long_once_it_held_the_lock_for_long(slept: list[float], engine_name: str) -> None:
    gentle, plain = Pace(500, gentle=True), Pace(500)
    for one in (gentle, plain):
        hold(one, HELD / 2)
        hold(one, HELD / 2)
        one.breathe()
        one.breathe()
    assert slept == ([LONG_BREATH, BREATH, BREATH, BREATH] if engine_name == "sqlite" else [])


def test_a_gentle_pace_takes_on_few_where_each_is_dear(slept: list[float], engine_name: str) -> None:
    gentle = Pace(500, gentle=True)
    hold(gentle, 0.1)
    hold(gentle, 0.1)
    assert gentle.size == (FEW if engine_name == "sqlite" else 500)
    assert Pace(500).size == (FIRST if engine_name == "sqlite" else 500)
