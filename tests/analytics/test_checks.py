"""What checks found, from their history; also from one that was drawn together before anybody measured."""

from datetime import datetime, timedelta
from typing import Any

from digisence.analytics import buckets, measuring
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.models import CheckHistory
from tests.analytics.test_measuring import kept, read

HOUR = timedelta(hours=1)


def ran(at: datetime, **counts: Any) -> None:
    """A row of the history."""
    none = dict.fromkeys(("open", "peak", "new", "healed", "repaired", "quarantined", "broken"), 0)
    row = {"check_id": "users.orphaned", "at": at, "run_id": "r", **none, **counts}
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        seconds = dict.fromkeys(("healed_seconds", "mended_seconds", "seconds"), 0.0)
        connection.execute(CheckHistory.__table__.insert().values(**row, **seconds))  # type: ignore[attr-defined]


def test_findings_and_clean_ups() -> None:
    day = buckets.floor(utcnow(), "day") - timedelta(days=3)
    ran(day - 30 * HOUR, run_id=None, runs=9, open=5, new=7, healed=1, repaired=1, quarantined=2)  # a day, at 18:00
    ran(day + 1.2 * HOUR, open=4, new=2, healed=3)
    ran(day + 1.9 * HOUR, open=2, new=0, repaired=1, quarantined=1)
    ran(day + 40 * HOUR, open=6, new=4)
    measuring.measure()
    before, names = day - 48 * HOUR, ("findings-found", "findings-ended", "clean-ups")
    found, ended, cleaned = (read(name, before, utcnow())["users.orphaned"] for name in names)
    assert {at: value for at, value in found.items() if value} == {day + HOUR: 2, day + 40 * HOUR: 4}
    assert {at: value for at, value in ended.items() if value} == {day + HOUR: 5}
    assert {at: value for at, value in cleaned.items() if value} == {day + HOUR: 2}
    assert min(found) == day - 24 * HOUR  # the hours of the day that was drawn together are not known
    by_day = {name: read(name, before, utcnow(), "day")["users.orphaned"] for name in names}
    told = {name: [points[day + n * 24 * HOUR] for n in (-2, -1, 0, 1)] for name, points in by_day.items()}
    assert told == {"findings-found": [7, 0, 2, 4], "findings-ended": [4, 0, 5, 0], "clean-ups": [3, 0, 2, 0]}
    standing = read("findings-open", before, utcnow())["users.orphaned"]
    assert [standing[day + n * HOUR] for n in (-30, -1, 0, 1, 39, 40, 60)] == [5, 5, 5, 2, 2, 6, 6]
    assert min(standing) == day - 30 * HOUR
    first = kept()
    measuring.measure(measuring.EVER)
    assert kept() == first
