"""Due times lie on one grid for everybody; the table decides what runs."""

from datetime import timedelta

from flask import Flask

from digisence.changes import Context, unit_of_work
from digisence.config import settings
from digisence.jobs import schedule
from digisence.models import Schedule

DAILY = ("forget-sessions", "compact-history", "forget-imports", "forget-bulk")
OTHERS = {"drill": 7 * 86_400, "send-mails": 120, "measure": 300, **dict.fromkeys(DAILY, 86_400)}


def test_grid() -> None:
    assert schedule.current(1_200.0, 600) == 1_200
    assert schedule.current(1_799.9, 600) == 1_200
    assert schedule.following(1_200.0, 600) == 1_800
    assert schedule.following(1_199.9, 600) == 1_200


def test_occurrence_is_a_job_id() -> None:
    assert schedule.occurrence("sweep", 1_763_892_000.0) == "sweep-1763892000"


def test_rows_tell_until_the_table_does(product: Flask) -> None:
    assert schedule.intervals(settings()) == {"sweep": settings().sync_interval, **OTHERS}


def test_the_table_sets_the_interval(product: Flask) -> None:
    put(name="sweep", enabled=True, interval_seconds=60)
    assert schedule.intervals(settings()) == {"sweep": 60, **OTHERS}


def test_the_table_stops_a_job(product: Flask) -> None:
    put(name="sweep", enabled=False, interval_seconds=60)
    assert schedule.intervals(settings()) == {**OTHERS}


def test_a_row_for_a_job_that_is_no_more_changes_nothing(product: Flask) -> None:
    put(name="gone", enabled=True, interval_seconds=60)
    assert schedule.intervals(settings()) == {"sweep": settings().sync_interval, **OTHERS}


def test_an_interval_of_nothing_switches_a_job_off(product: Flask) -> None:
    left = schedule.intervals(settings().model_copy(update={"drill_interval": timedelta(0)}))
    assert left.keys() == {"sweep", *OTHERS} - {"drill"}


def put(**values: object) -> None:
    with unit_of_work(Context("system:test")) as unit:
        unit.add(Schedule(changed_by="system:test", **values))
