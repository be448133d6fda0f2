"""The runner, as a superadmin meets it: runs over a directory with known defects, on both engines."""

from datetime import timedelta
from typing import Any

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select

from digisence.changes import Context
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.integrity import breaker, repairs, runner, runs
from digisence.models import Business, Change, Finding, Professional, QuarantineEntry, Run, Schedule, User
from digisence.models.user import PROFESSIONAL_ADMIN
from digisence.records import quarantine
from tests.outsider import write as outside

from .conftest import business, healthy, professional, save, user

ADMIN = Context("user:root")
pytestmark = pytest.mark.usefixtures("inside")


def run(**options: Any) -> dict[str, Any]:
    """A run asked for by a superadmin, executed here and now."""
    run_id = runs.create(ADMIN, **options)
    assert run_id is not None
    done = runner.execute(run_id)
    assert done is not None
    db.session.rollback()
    return done


def affected(done: dict[str, Any]) -> dict[str, list[str]]:
    """Affected records by check."""
    return {check["type"]: check["affectedRecords"] for check in done["integrityChecks"]}


def changes_of(record_id: str) -> list[tuple[str, str]]:
    """Action and actor of each change of a record, the first first."""
    query = select(Change.action, Change.actor).where(Change.record_id == record_id).order_by(Change.id)
    return [(row.action, row.actor) for row in db.session.execute(query)]


def test_a_healthy_directory_passes() -> None:
    healthy(5)
    done = run()
    assert done["state"] == "passed"
    assert done["progress"]["checksDone"] == done["progress"]["checksTotal"] == len(done["counts"])
    assert (done["success"], done["fixedRecords"], done["errors"], done["integrityChecks"]) == (True, 0, [], [])
    states = {line["check"]: line["state"] for line in done["counts"]}
    assert {"orphaned_user", "missing_business", "missing_professional"} <= states.keys()
    assert set(states.values()) == {"passed"}


def test_defects_are_found_and_fresh_ones_and_superadmins_are_not(database: str) -> None:
    healthy(5)
    now = utcnow()
    save(user("orphan"), user("lost", PROFESSIONAL_ADMIN), user("fresh", at=now))
    save(business("unled", None), professional("unled-pro", None), business("fresh-unled", None, at=now))
    outside(database, "UPDATE users SET name = 'touched' WHERE id = 'u0001'")
    done = run()
    assert done["state"] == "failed"
    assert done["success"] is True
    assert affected(done) == {
        "orphaned_user": ["lost", "orphan"],
        "missing_business": ["unled"],
        "missing_professional": ["unled-pro"],
    }
    shape = next(check for check in done["integrityChecks"] if check["type"] == "orphaned_user")
    assert (shape["affectedCount"], shape["severity"]) == (2, "high")
    assert "orphan@example.org" in str(
        db.session.scalar(select(Finding.explanation).where(Finding.record_id == "orphan"))
    )
    assert db.session.scalar(select(func.count()).select_from(User)) == 10


def test_an_admin_that_does_not_exist_is_missing_too(engine_name: str, database: str) -> None:
    """A stranger on SQLite does not enforce foreign keys; on PostgreSQL the key empties the reference."""
    healthy(3)
    outside(database, "DELETE FROM users WHERE id = 'u0001'")
    kept = db.session.scalar(select(Business.admin_id).where(Business.id == "b0001"))
    assert kept == ("u0001" if engine_name == "sqlite" else None)
    outside(database, "UPDATE businesses SET updated_at = '2020-01-01 00:00:00.000'")
    db.session.rollback()
    assert affected(run())["missing_business"] == ["b0001"]


def test_nothing_is_done_at_the_first_sighting_nor_without_repair() -> None:
    healthy(200)
    save(user("orphan"))
    assert run(repair=True)["fixedRecords"] == 0
    assert run()["fixedRecords"] == 0
    planned = run(repair=True, dry_run=True)
    assert planned["fixedRecords"] == 0
    assert {line["check"]: line["planned"] for line in planned["counts"]}["orphaned_user"] == 1
    assert db.session.get(User, "orphan") is not None
    done = run(repair=True)
    assert (done["state"], done["success"], done["fixedRecords"], done["integrityChecks"]) == ("passed", True, 1, [])
    assert db.session.get(User, "orphan") is None
    assert changes_of("orphan")[-1] == ("quarantined", "user:root")
    entry = db.session.scalars(select(QuarantineEntry)).one()
    assert (entry.kind, entry.check_id, entry.run_id, entry.record_id) == (
        "check",
        "orphaned_user",
        done["id"],
        "orphan",
    )


def test_what_was_set_aside_comes_back_identical_and_is_seen_anew() -> None:
    healthy(200)
    save(user("orphan", password_hash="secret"))
    before = db.session.execute(select(User.__table__).where(User.id == "orphan")).one()._asdict()
    run()
    run(repair=True)
    quarantine.restore(db.session.scalars(select(QuarantineEntry.id)).one(), ADMIN)
    assert db.session.execute(select(User.__table__).where(User.id == "orphan")).one()._asdict() == before
    again = run(repair=True)
    assert again["fixedRecords"] == 0
    finding = db.session.scalars(select(Finding)).one()
    assert (finding.state, finding.sightings) == ("open", 1)


def test_the_breaker_stops_everything_until_that_very_set_is_acknowledged() -> None:
    healthy(200)
    save(*(user(f"orphan{number}") for number in range(4)))
    run()
    stopped = run(repair=True)
    assert (stopped["success"], stopped["fixedRecords"]) == (False, 0)
    assert "breaker" in stopped["errors"][0]
    assert db.session.scalar(select(func.count()).select_from(QuarantineEntry)) == 0
    (tripped,) = breaker.listed()
    assert (tripped["check"], tripped["state"], tripped["count"]) == ("orphaned_user", "tripped", 4)
    breaker.acknowledge("orphaned_user", tripped["setHash"], 4, ADMIN)
    done = run(repair=True)
    assert (done["success"], done["fixedRecords"], done["state"]) == (True, 4, "passed")
    assert breaker.listed()[0]["state"] == "closed"


def test_a_tripped_breaker_stays_tripped_for_a_smaller_set_and_an_acknowledgement_is_for_one_set() -> None:
    healthy(200)
    save(*(user(f"orphan{number}") for number in range(4)))
    run()
    run(repair=True)
    first = breaker.listed()[0]
    save(business("late", "orphan0"))
    breaker.acknowledge("orphaned_user", first["setHash"], 4, ADMIN)
    smaller = run(repair=True)
    assert (smaller["fixedRecords"], breaker.listed()[0]["count"], breaker.listed()[0]["state"]) == (0, 3, "tripped")
    second = breaker.listed()[0]
    breaker.acknowledge("orphaned_user", second["setHash"], 3, ADMIN)
    assert run(repair=True)["fixedRecords"] == 3


def test_a_lost_admin_is_linked_again_before_anything_is_set_aside(database: str) -> None:
    healthy(200)
    outside(
        database,
        "UPDATE businesses SET admin_id = NULL WHERE id = 'b0007'",
        "UPDATE businesses SET updated_at = '2020-01-01 00:00:00.000' WHERE id = 'b0007'",
    )
    run()
    done = run(repair=True)
    assert (done["fixedRecords"], done["integrityChecks"]) == (1, [])
    assert db.session.scalar(select(Business.admin_id).where(Business.id == "b0007")) == "u0007"
    assert db.session.get(User, "u0007") is not None
    states = dict(db.session.execute(select(Finding.check_id, Finding.state)).all())
    assert states["missing_business"] == "repaired"
    assert changes_of("b0007")[-1] == ("updated", "user:root")


def test_only_a_fitting_user_is_linked_again() -> None:
    healthy(300)
    save(user("off", is_active=False), user("other-role", PROFESSIONAL_ADMIN), user("taken"))
    save(business("b-off", "off"), business("b-role", "other-role"), business("b-taken", "taken"))
    with_admin = {"b-off": "off", "b-role": "other-role", "b-taken": "taken"}
    for record_id in with_admin:
        empty(record_id)
    save(professional("p-taken", "taken"))
    run()
    done = run(repair=True)
    assert (done["errors"], affected(done)) == ([], {"digisence.role_mismatch": ["taken"]})
    assert sorted(
        db.session.scalars(select(QuarantineEntry.record_id).where(QuarantineEntry.resource == "businesses"))
    ) == sorted(with_admin)
    assert db.session.get(Professional, "p-taken") is not None


def empty(business_id: str) -> None:
    """Empty a business's admin as a stranger does, long ago."""
    from sqlalchemy import update

    from digisence.changes import unit_of_work

    from .conftest import OLD, TEST

    with unit_of_work(TEST) as session:
        session.execute(
            update(Business)
            .where(Business.id == business_id)
            .values(admin_id=None, updated_at=OLD - timedelta(days=1))
            .execution_options(synchronize_session=False)
        )


def test_a_healed_finding_is_closed_and_starts_again_at_one() -> None:
    healthy(5)
    save(user("orphan"))
    run()
    run()
    save(business("late", "orphan"))
    assert run()["state"] == "passed"
    finding = db.session.scalars(select(Finding)).one()
    assert (finding.state, finding.sightings) == ("healed", 0)


def test_an_occurrence_runs_once_and_a_stopped_service_not_at_all(database: str) -> None:
    healthy(5)
    save(Schedule(name=runner.SWEEP, changed_by="user:root"))
    begun: list[str] = []
    first = runner.sweep("1000", lambda: begun.append("first"))
    assert first is not None
    assert (first["scheduled"], first["actor"], first["repair"]) == (True, "system:sweep", True)
    assert runner.sweep("1000", lambda: begun.append("second")) is None
    outside(database, "UPDATE schedules SET enabled = false")
    assert (runner.sweep("2000", lambda: begun.append("third")), begun) == (None, ["first"])
    assert db.session.scalar(select(func.count()).select_from(Run)) == 1


def test_a_run_whose_process_died_is_abandoned_and_the_next_goes_on() -> None:
    healthy(5)
    dead = runs.create(ADMIN)
    assert dead is not None
    runs.start(dead, ADMIN)
    from digisence.integrity import lease

    fence = lease.take(dead, ADMIN)
    runs.bury(dead, fence, ADMIN)
    expire()
    assert run()["state"] == "passed"
    assert runs.read(dead).state == "abandoned"
    with pytest.raises(lease.LeaseLost):
        runs.advance(dead, fence, ADMIN)


def expire() -> None:
    """Let the lease's time be over."""
    from sqlalchemy import update

    from digisence.changes import unit_of_work
    from digisence.models import Lease

    with unit_of_work(ADMIN) as session:
        session.execute(
            update(Lease).values(expires_at=utcnow() - timedelta(hours=1)).execution_options(synchronize_session=False)
        )


def test_the_context_is_the_apps(inside: AppContext) -> None:
    assert inside.app.testing


def test_a_record_that_cannot_be_repaired_is_blocked_and_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    healthy(200)
    save(*(user(f"orphan{number}") for number in range(3)))
    place = quarantine.place

    def refuse(session: Any, model: Any, ids: Any, **options: Any) -> Any:
        placed = place(session, model, ids, **options)
        if "orphan1" in ids:
            raise ValueError("no room for orphan1")
        return placed

    monkeypatch.setattr(quarantine, "place", refuse)
    run()
    done = run(repair=True)
    assert (done["success"], done["fixedRecords"], done["state"]) == (False, 2, "failed")
    assert done["errors"] == ["users/orphan1: ValueError: no room for orphan1"]
    states = dict(db.session.execute(select(Finding.record_id, Finding.state)).all())
    assert states == {"orphan0": "quarantined", "orphan1": "blocked", "orphan2": "quarantined"}
    assert db.session.get(User, "orphan1") is not None


def test_an_error_amid_reading_leaves_no_connection_in_the_past(monkeypatch: pytest.MonkeyPatch, database: str) -> None:
    """On SQLite an unfinished SELECT keeps its snapshot, and a write from an old snapshot is refused as locked."""
    healthy(200)
    empty("b0007")
    open_statements: list[Any] = []

    def stumble(session: Any, _model: Any, _ids: Any) -> Any:
        open_statements.append(session.execute(select(User.id)))
        raise ValueError("amid reading")

    monkeypatch.setattr(repairs, "relink", stumble)
    run()
    done = run(repair=True)
    assert done["errors"] == ["businesses/b0007: ValueError: amid reading"]
    assert len(open_statements) == 1
