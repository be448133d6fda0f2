"""Every figure is what plain SQL found over the records at that time, on both databases."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from digisence import records
from digisence.analytics import buckets, measuring, series
from digisence.analytics.metrics import METRICS
from digisence.clock import to_wire, utcnow
from digisence.extensions import db
from digisence.models import Change, Measure, Publication, User
from digisence.models.change import ACTIONS
from tests.analytics import past as pasts
from tests.analytics.conftest import ME, stranger
from tests.analytics.past import Past
from tests.draining import drained

HOUR = timedelta(hours=1)


def read(metric: str, start: datetime, end: datetime, step: str = "hour") -> dict[str, dict[datetime, float]]:
    asked = {"metric": metric, "from": to_wire(start), "to": to_wire(end), "step": step}
    return pasts.series(metric, series.told(series.asked(asked)))


def kept() -> list[Any]:
    with db.engine.connect() as connection:
        rows = select(Measure.__table__).order_by(Measure.metric, Measure.step, Measure.at, Measure.label)
        return list(connection.execute(rows).all())


def levels(past: Past, end: datetime) -> Counter[str]:
    """Every level of every hour against the state that there was; how many points were compared, by metric."""
    compared: Counter[str] = Counter()
    statuses = {"inquiries": "inquiries", "registration-inquiries": "registration-inquiries"}
    begin = past.states[0][0]
    for metric in ("records", "active", "inactive", "waiting", *statuses):
        for label, points in read(metric, begin, end).items():
            for at, value in points.items():
                state = past.standing(at + HOUR)
                sums = {
                    "records": sum(count for (resource, _), count in state.items() if resource == label),
                    "waiting": state.get((label, "NEW"), 0) + state.get((label, "PENDING"), 0),
                    **{name: state.get((name, label), 0) for name in statuses},
                }
                assert value == sums.get(metric, state.get((label, metric), 0)), (metric, label, at)
                compared[metric] += 1
    return compared


def test_every_figure_is_what_it_was_then(past: Past, start: datetime) -> None:
    done = measuring.measure()
    assert (done.start, done.overtaken) == (start, False)
    every_level(past, start)
    for step in ("hour", "day"):
        every_sum(start, step)
    answers(start)
    told = {part: read(f"freshness-{part}", start, utcnow())["all"][start] for part in ("mean", "p50", "p95", "max")}
    assert told == pytest.approx({"mean": 0.4, "p50": 0.2, "p95": 0.9, "max": 0.9}, abs=0.002)
    written = {row.metric for row in kept()}
    assert METRICS.keys() - written == {"findings-open", "findings-found", "findings-ended", "clean-ups", "purged"}
    assert written - METRICS.keys() == set()
    twice_is_once()
    outlives_compaction(start)


def every_level(past: Past, start: datetime) -> None:
    compared = levels(past, utcnow())
    assert compared == {
        "records": 7 * 99, "active": 3 * 99, "inactive": 3 * 99, "waiting": 3 * 99,
        "inquiries": 4 * 99, "registration-inquiries": 5 * 99,
    }  # fmt: skip
    days = read("records", start, utcnow(), "day")
    hours = read("records", start, utcnow())
    for label, points in days.items():
        for day, value in points.items():
            last = max(at for at in hours[label] if buckets.floor(at, "day") == day)
            assert value == hours[label][last]
            assert value == sum(n for (name, _), n in past.standing(day + 24 * HOUR).items() if name == label)


def every_sum(start: datetime, step: str) -> None:
    with db.engine.connect() as connection:
        rows = connection.execute(select(Change.resource, Change.action, Change.committed_at)).all()
    expected = Counter((row.action, row.resource, buckets.floor(row.committed_at, step)) for row in rows)
    found: Counter[Any] = Counter()
    for metric in ("created", "deleted", "quarantined", "restored", "purged"):
        for label, points in read(metric, start, utcnow(), step).items():
            bounds = buckets.buckets(buckets.floor(start, step), utcnow(), step)
            assert list(points) == list(bounds)  # a 0 where nothing happened, up to now
            found |= {(metric, label, at): int(value) for at, value in points.items() if value}
    assert found == Counter(
        {key: count for key, count in expected.items() if key[0] in ACTIONS and key[0] != "updated"}
    )
    assert {metric for metric, *_ in found} == {"created", "deleted", "quarantined", "restored"}
    signed = read("sign-ins", start, utcnow(), step)
    at = buckets.floor(start + 26 * HOUR, step)
    assert (signed["succeeded"][at], signed["failed"][at], sum(signed["failed"].values())) == (1, 1, 1)
    assert read("mails", start, utcnow(), step)["sent"][at] == 1


def answers(start: datetime) -> None:
    told = {part: read(f"response-{part}", start, utcnow()) for part in ("mean", "p50", "p90", "max")}
    third = start + 3 * HOUR
    assert told["mean"]["inquiries"][third] == pytest.approx((2.5 + 1.75) / 2 * 3600)
    assert told["p50"]["inquiries"][third] == 1.75 * 3600
    assert told["p90"]["inquiries"][third] == told["max"]["inquiries"][third] == 2.5 * 3600
    assert sorted(told["mean"]["inquiries"]) == [third, start + 75 * HOUR]  # nothing where nothing was answered
    assert told["max"]["registration-inquiries"] == {start + 53 * HOUR: 50 * 3600}
    day = buckets.floor(third, "day")
    if buckets.floor(third + HOUR, "day") == day:
        assert read("response-p50", start, utcnow(), "day")["inquiries"][day] == 1.75 * 3600
        assert read("response-mean", start, utcnow(), "day")["inquiries"][day] == pytest.approx(2.125 * 3600)


def test_a_day_of_percentiles_is_measured_itself(app: Flask, start: datetime) -> None:
    past, day = Past(), buckets.floor(start, "day") + 24 * HOUR
    for number, lag in enumerate([9, 1, 2, 3, 4]):  # by the hour: 9; 1…4
        past.at(
            day + HOUR * (1 if number else 0),
            lambda: records.create(User, {"email": f"u{number}@example.org"}, ME),  # noqa: B023
            lag,
        )
    past.move()
    measuring.measure()
    assert [read("freshness-p50", day, day + 2 * HOUR)["all"][day + n * HOUR] for n in (0, 1)] == [9, 2]
    assert read("freshness-p50", day, day + 2 * HOUR, "day")["all"][day] == 3
    assert read("freshness-max", day, day + 2 * HOUR, "day")["all"][day] == 9
    assert read("freshness-mean", day, day + 2 * HOUR, "day")["all"][day] == pytest.approx(3.8)


def twice_is_once() -> None:
    before = kept()
    measuring.measure()
    assert kept() == before
    measuring.measure(measuring.EVER)
    assert kept() == before
    assert len(before) > 3_000


def test_a_worker_that_was_away_for_days_misses_nothing(
    past: Past, start: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    measuring.measure()
    later = buckets.floor(utcnow(), "hour") + 60 * HOUR
    past.at(later - 50 * HOUR, lambda: records.create(User, {"email": "b@example.org"}, ME))
    past.at(later - 20 * HOUR, lambda: stranger("UPDATE inquiries SET status = 'CLOSED' WHERE status = 'READ'"))
    past.at(later - 19 * HOUR, lambda: stranger("DELETE FROM users WHERE email = 'b@example.org'"))
    past.move()
    monkeypatch.setattr(measuring, "utcnow", lambda: later)
    done = measuring.measure()
    assert later - 63 * HOUR < done.start < later - 59 * HOUR
    assert levels(past, later + HOUR)["records"] == 7 * (98 + 61)
    deleted = read("deleted", start, later + HOUR)["users"]
    assert [at for at, value in deleted.items() if value] == [later - 19 * HOUR]


def test_redis_away(app: Flask, redis_server: Any, start: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    records.create(User, {"email": "a@example.org"}, ME)
    drained()
    redis_server.stop()
    records.create(User, {"email": "b@example.org"}, ME)
    born, begin = utcnow(), buckets.floor(utcnow(), "hour") - HOUR
    measuring.measure()
    assert sum(read("created", begin, born + HOUR)["users"].values()) == 2  # it happened, told or not
    monkeypatch.setattr(measuring, "utcnow", lambda: born + 30 * HOUR)
    measuring.measure()  # by now its hour is long closed
    before = kept()
    redis_server.start()
    drained()
    with pasts.unwatched() as connection:  # as if Redis had come back after a day
        newest = select(func.max(Publication.change_id)).scalar_subquery()
        late = int((born + 24 * HOUR).timestamp() * 1000)
        connection.execute(
            Publication.__table__.update().where(Publication.change_id == newest).values(milliseconds=late)  # type: ignore[attr-defined]
        )
    done = measuring.measure()
    assert done.start <= born
    assert kept() != before
    assert max(read("freshness-max", begin, born + HOUR)["all"].values()) == pytest.approx(24 * 3600, abs=60)


def outlives_compaction(start: datetime) -> None:
    before = kept()
    assert pasts.compact(start + 60 * HOUR) > 10
    measuring.measure(measuring.EVER)
    assert kept() == before


def test_what_was_compacted_before_it_was_measured_is_not_guessed(past: Past, start: datetime) -> None:
    pasts.compact(start + 31.5 * HOUR)
    measuring.measure()
    users = read("active", start, utcnow())["users"]
    assert min(users) == start + 31 * HOUR  # at the end of that hour the last compacted change was over
    assert min(read("inquiries", start, utcnow())["NEW"]) == start + 30 * HOUR  # when they lost their business
    assert levels(past, utcnow())["records"] == 7 * 99  # how many there were is known by their actions
    assert read("created", start, utcnow())["inquiries"][start + 2 * HOUR] == 2
    assert start + 3 * HOUR not in read("response-mean", start, utcnow())["inquiries"]
    assert start + 75 * HOUR in read("response-mean", start, utcnow())["inquiries"]


def test_of_two_at_once_one_is_kept(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    read_all = measuring.READERS

    def meanwhile(session: Any, *arguments: Any) -> None:
        monkeypatch.setattr(measuring, "READERS", read_all)
        with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
            connection.execute(
                text("INSERT INTO measuring (id, turn, since, until, seal) VALUES (1, 5, :at, :at, 0)"),
                {"at": "2026-01-01 00:00:00.000"},
            )

    monkeypatch.setattr(measuring, "READERS", (meanwhile, *read_all))
    assert measuring.measure().overtaken
    assert kept() == []


def test_a_past_of_months_is_written_in_portions(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    past = Past()
    long_ago = buckets.floor(utcnow(), "hour") - timedelta(days=40)
    past.at(long_ago, lambda: records.create(User, {"email": "a@example.org"}, ME))
    past.move()
    claims: list[int] = []
    claim = measuring._claim

    def counted(session: Any, turn: int, reached: dict[str, Any]) -> None:
        claims.append(turn)
        if claims == [0, 1]:
            raise KeyboardInterrupt
        claim(session, turn, reached)

    monkeypatch.setattr(measuring, "_claim", counted)
    with pytest.raises(KeyboardInterrupt):
        measuring.measure()
    assert not measuring.measure().overtaken  # goes on where it was torn
    assert claims == [0, 1, 1, 2, 3]
    assert len(read("records", long_ago, utcnow())["users"]) == 40 * 24 + 1
