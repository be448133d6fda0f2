"""History: each run leaves a row a check, ended findings are counted once with their age, old days are drawn together."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from digisence.changes import unit_of_work
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.integrity import chronicle, history, runner, runs
from digisence.integrity.history import Fate
from digisence.models import CheckHistory, Finding, HealthHistory
from digisence.records import quarantine

from .conftest import TEST, business, healthy, professional, save, user

pytestmark = pytest.mark.usefixtures("inside")
FIGURES = {
    "users": 50, "businesses": 40, "professionals": 10, "orphanedUsers": 1, "missingBusinessAdmins": 0,
    "missingProfessionalAdmins": 0, "score": 99.0,
}  # fmt: skip


def run(**options: Any) -> dict[str, Any]:
    run_id = runs.create(TEST, **options)
    assert run_id is not None
    done = runner.execute(run_id)
    assert done is not None
    db.session.rollback()
    return done


def rows(check_id: str) -> Sequence[CheckHistory]:
    query = select(CheckHistory).where(CheckHistory.check_id == check_id).order_by(CheckHistory.at)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def keep(at: datetime, standing: int, check_id: str = "orphaned_user", **figures: Any) -> None:
    line = {"check": check_id, "open": standing, "new": 1, "detail": None, "seconds": 0.5}
    with unit_of_work(TEST) as session:
        chronicle.write_down(session, f"run-{at.timestamp()}", at, [line], {**FIGURES, **figures})


def test_every_run_leaves_its_counts_and_the_score() -> None:
    healthy(5)
    save(user("orphan"), business("unled", None))
    first, second = run(), run(repair=True)
    found, mended = rows("orphaned_user")
    assert (found.run_id, found.open, found.new, found.quarantined) == (first["id"], 1, 1, 0)
    assert (mended.run_id, mended.open, mended.peak, mended.quarantined, mended.broken) == (second["id"], 0, 0, 1, 0)
    told = history.trend(5)
    assert [point["runId"] for point in told] == [first["id"], second["id"]]
    assert [(point["orphanedUsers"], point["missingBusinessAdmins"], point["healthy"]) for point in told] == [
        (1, 1, False), (0, 0, True),
    ]  # fmt: skip
    assert (told[0]["records"], told[1]["score"]) == (15, 100.0)


def test_what_ended_is_counted_once_with_the_time_it_stood() -> None:
    healthy(5)
    save(user("orphan"), user("found"), professional("unled", None))
    run()
    aged = update(Finding).values(first_seen=utcnow() - timedelta(hours=10))
    with unit_of_work(TEST) as session:
        session.execute(aged.execution_options(synchronize_session=False))
    save(professional("profile", "found"))
    run(repair=True)
    run()
    told = history.fates()
    assert {key: (fate.healed, fate.repaired, fate.quarantined) for key, fate in told.items() if fate.ended} == {
        "orphaned_user": (1, 0, 1), "missing_professional": (0, 0, 1),
    }  # fmt: skip
    fate = told["orphaned_user"].to_json()
    assert (fate["ended"], fate["healedShare"]) == (2, 0.5)
    assert fate["meanSeconds"] == pytest.approx(36_000, abs=300)
    assert history.total(told).ended == 3


def test_a_finding_that_comes_back_counts_each_time_it_ends() -> None:
    healthy(5)
    save(user("orphan"))
    for _ in range(2):
        run()
        run(repair=True)
        quarantine.restore(db.session.scalars(select(quarantine.QuarantineEntry.id).where(
            quarantine.QuarantineEntry.restored_at.is_(None))).one(), TEST)  # fmt: skip
    assert history.fates()["orphaned_user"].quarantined == 2


def test_a_broken_check_is_told_as_such(distribution: Any) -> None:
    distribution("acme-rules", "raise RuntimeError('not today')")
    healthy(3)
    run()
    broken = [row for row in db.session.scalars(select(CheckHistory)) if row.broken]
    assert [row.check_id for row in broken] == ["acme-rules.core"]


def test_since_when_a_check_finds_something() -> None:
    healthy(5)
    save(user("orphan"), business("unled", None))
    run()
    run(repair=True)
    save(user("later"))
    run()
    seen = history.first_seen()
    first, stands = seen["orphaned_user"]
    assert first is not None
    assert stands is not None
    assert first < stands
    assert seen["missing_business"][1] is None


def test_nothing_ended_has_no_share_and_no_mean() -> None:
    assert Fate().to_json() == {
        "ended": 0, "healed": 0, "repaired": 0, "quarantined": 0, "healedShare": None, "meanSeconds": None,
    }  # fmt: skip


def test_old_days_are_drawn_together_one_a_run_and_lose_no_count() -> None:
    now = utcnow().replace(hour=12, minute=0, second=0, microsecond=0)
    for days in (12, 11, 3):
        for hour, (standing, score) in enumerate(((2, 98.0), (7, 91.5), (4, 95.0))):
            at = now - timedelta(days=days) + timedelta(hours=hour)
            with unit_of_work(TEST) as session:
                line = {"check": "a", "open": standing, "new": 1, "detail": "x", "seconds": 0.5}
                session.add(HealthHistory(at=at, run_id="r", records=9, orphaned_users=standing, missing_business_admins=0,
                                          missing_professional_admins=0, score=score, lowest=score))  # fmt: skip
                session.execute(chronicle.insert(chronicle.table(CheckHistory)), [chronicle._row("r", at, line, {})])
    for runs_later, left in ((0, 9 - 2), (1, 9 - 4), (2, 9 - 4)):
        keep(now + timedelta(minutes=runs_later), 0)
        assert len(rows("a")) == left
    oldest = rows("a")[0]
    assert (oldest.runs, oldest.open, oldest.peak, oldest.new, oldest.broken, oldest.run_id) == (3, 4, 7, 3, 3, None)
    assert oldest.at == now - timedelta(days=12) + timedelta(hours=2)
    assert db.session.scalar(select(func.sum(CheckHistory.new)).where(CheckHistory.check_id == "a")) == 9
    health = history.trend(100)[0]
    assert (health["runs"], health["score"], health["lowest"], health["runId"]) == (3, 95.0, 91.5, None)


def test_series_take_the_last_of_each_step_and_the_worst_within_it() -> None:
    start = utcnow().replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
    for minutes, standing, score in ((5, 3, 97.0), (25, 9, 91.0), (45, 1, 99.0), (65, 2, 98.0)):
        keep(start + timedelta(minutes=minutes), standing, score=score)
        keep(start + timedelta(minutes=minutes, seconds=1), 0, "other", score=score)
    end = start + timedelta(hours=4)
    told = history.check_series(start, end, 3600, "orphaned_user")
    assert list(told) == ["orphaned_user"]
    assert [(point["open"], point["peak"], point["runs"], point["new"]) for point in told["orphaned_user"]] == [
        (1, 9, 3, 3), (2, 2, 1, 1),
    ]  # fmt: skip
    assert set(history.check_series(start, end, 3600)) == {"orphaned_user", "other"}
    told_health = [
        (point["score"], point["lowest"], point["runs"]) for point in history.health_series(start, end, 3600)
    ]
    assert told_health == [(99.0, 91.0, 6), (98.0, 98.0, 2)]
    assert history.check_series(end, end + timedelta(hours=1), 3600) == {}
