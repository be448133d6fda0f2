"""A sweep that looks only at what changed comes to what a full look would have come to."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from digisence.changes import Context, triggers, unit_of_work
from digisence.changes.outbox import drain
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.integrity import incremental, runner, runs
from digisence.integrity.looks import series
from digisence.models import Business, Finding, User
from digisence.models.user import SUPER_ADMIN
from tests.outsider import write as outside

from .conftest import OLD, TEST, business, healthy, professional, save, user

SEED = ("orphaned_user", "missing_business", "missing_professional")


class Sweeps:
    """Sweeps one after another, each with its lines by check."""

    def __init__(self, *, repair: bool = False) -> None:
        self.count, self.repair = 0, repair

    def __call__(self) -> dict[str, dict[str, Any]]:
        """One sweep."""
        self.count += 1
        run_id = runs.create(Context("system:sweep"), occurrence=f"sweep-{self.count}", repair=self.repair)
        done = runner.execute(str(run_id))
        assert done is not None
        db.session.rollback()
        return {line["check"]: line for line in done["counts"]}


@pytest.fixture
def sweep(tuned: Any) -> Sweeps:
    """Sweeps that mend nothing, and look at everything once."""
    tuned(full_every=1000)
    return Sweeps()


def age(*records: tuple[type[User] | type[Business], str], **values: Any) -> None:
    """Change records, and let it be long ago."""
    with unit_of_work(TEST) as session:
        for model, record_id in records:
            moved = update(model).where(model.id == record_id).values(updated_at=OLD - timedelta(days=1), **values)
            session.execute(moved.execution_options(synchronize_session=False))


def looks(lines: dict[str, dict[str, Any]]) -> set[str]:
    return {lines[name]["look"] for name in SEED}


def standing() -> set[tuple[str, str]]:
    """Check and record of every standing finding of the three."""
    query = select(Finding.check_id, Finding.record_id).where(Finding.state == "open", Finding.check_id.in_(SEED))
    return {tuple(row) for row in db.session.execute(query)}


def test_each_kind_of_change_is_seen_and_a_full_look_agrees(sweep: Sweeps) -> None:
    healthy(8)
    save(user("spare"), business("unled", None), professional("unled-pro", None))
    assert looks(sweep()) == {"all"}
    assert standing() == {
        ("orphaned_user", "spare"), ("missing_business", "unled"), ("missing_professional", "unled-pro"),
    }  # fmt: skip
    save(user("orphan"))  # its own row is new
    age((Business, "b0001"), admin_id=None)  # a row that names it changes, and its own does too
    age((User, "spare"), role=SUPER_ADMIN)  # healed by its own row
    age((Business, "unled"), admin_id="orphan")  # healed by a row of another table
    age((User, "u0002"), name="Another")  # nothing that matters
    lines = sweep()
    assert looks(lines) == {"changes"}
    found = standing()
    assert found == {
        ("orphaned_user", "u0001"), ("missing_business", "b0001"), ("missing_professional", "unled-pro"),
    }  # fmt: skip
    assert [lines[name]["open"] for name in SEED] == [1, 1, 1]
    everything = runner.execute(str(runs.create(Context("user:root"))))
    assert everything is not None
    assert {line["disagreeing"] for line in everything["counts"]} == {0}
    assert standing() == found


def test_a_deleted_admin_and_a_deleted_record_are_seen(sweep: Sweeps, database: str) -> None:
    healthy(6)
    save(user("spare"))
    sweep()
    outside(database, "DELETE FROM users WHERE id = 'u0001'", "DELETE FROM users WHERE id = 'spare'")
    age((Business, "b0001"), name="Touched")
    assert looks(sweep()) == {"changes"}
    assert standing() == {("missing_business", "b0001")}


def test_what_healed_and_broke_again_by_changes_is_a_new_finding(sweep: Sweeps) -> None:
    healthy(4)
    save(user("spare"), business("unled", None))
    sweep()
    age((Business, "unled"), admin_id="spare")
    healed = sweep()
    assert (looks(healed), standing()) == ({"changes"}, set())
    age((Business, "unled"), admin_id=None)  # itself within grace
    broken = sweep()
    assert looks(broken) == {"changes"}
    assert [broken[name]["new"] for name in SEED] == [1, 0, 0]
    assert standing() == {("orphaned_user", "spare")}


def test_changes_count_whether_they_are_published_or_wait(sweep: Sweeps) -> None:
    healthy(4)
    sweep()
    drain()
    save(user("waits"))
    sweep()
    assert standing() == {("orphaned_user", "waits")}
    save(user("published"))
    drain()
    sweep()
    assert standing() == {("orphaned_user", "waits"), ("orphaned_user", "published")}


def test_a_record_leaves_its_grace_without_any_change(sweep: Sweeps, monkeypatch: pytest.MonkeyPatch) -> None:
    healthy(4)
    save(user("fresh", at=utcnow() - timedelta(hours=23)))
    assert looks(sweep()) == {"all"}
    drain()
    assert standing() == set()
    later = utcnow() + timedelta(hours=2)
    monkeypatch.setattr("digisence.integrity.detection.database_now", lambda _connection: later)
    assert looks(sweep()) == {"changes"}
    assert standing() == {("orphaned_user", "fresh")}


def test_a_touched_finding_is_within_grace_and_no_finding(sweep: Sweeps) -> None:
    healthy(4)
    save(user("orphan"))
    sweep()
    with unit_of_work(TEST) as session:
        session.get_one(User, "orphan").name = "Somebody works on it"
    assert sweep()["orphaned_user"]["healed"] == 1
    assert standing() == set()


def test_only_full_looks_are_sightings(sweep: Sweeps) -> None:
    healthy(4)
    save(user("first"))
    sweep()
    save(user("second"))
    sweep()
    sightings = dict(db.session.execute(select(Finding.record_id, Finding.sightings)).all())
    assert sightings == {"first": 1, "second": 0}


def test_every_so_many_sweeps_and_whenever_a_repair_waits_all_is_looked_at(tuned: Any) -> None:
    tuned(full_every=3, sightings=2)
    sweep = Sweeps(repair=True)
    healthy(200)
    assert [looks(sweep()) for _ in range(5)] == [{"all"}, {"changes"}, {"changes"}, {"all"}, {"changes"}]
    save(user("orphan"))
    assert sweep()["orphaned_user"]["look"] == "changes"
    lines = sweep()
    assert (lines["orphaned_user"]["look"], lines["missing_professional"]["look"]) == ("all", "all")
    assert sweep()["orphaned_user"]["quarantined"] == 1


def test_a_full_look_tells_what_was_written_past_the_triggers(sweep: Sweeps, database: str) -> None:
    healthy(4)
    save(user("spare"))
    sweep()
    outside(database, "UPDATE users SET updated_at = '2020-01-02 00:00:00.000' WHERE id = 'u0000'")
    with unit_of_work(TEST) as session:
        triggers.drop(session.connection())
        session.execute(
            update(User)
            .where(User.id.in_(("pro", "spare")))
            .values(role=SUPER_ADMIN, updated_at=OLD - timedelta(days=1))
        )
        session.execute(
            update(Business).where(Business.id == "b0001").values(admin_id=None, updated_at=OLD - timedelta(days=1))
        )
        triggers.install(session.connection())
    assert looks(sweep()) == {"changes"}
    assert standing() == {("orphaned_user", "spare")}
    done = runner.execute(str(runs.create(Context("user:root"))))
    assert done is not None
    lines = {line["check"]: line["disagreeing"] for line in done["counts"]}
    assert (lines["missing_business"], lines["orphaned_user"]) == (1, 2)
    assert standing() == {("missing_business", "b0001"), ("orphaned_user", "u0001")}
    (family,) = series()
    told = {sample.labels["check"]: sample.value for sample in family.samples}
    assert (told["missing_business"], told["missing_professional"]) == (1.0, 0.0)


def test_a_rule_that_asks_for_something_else_is_looked_at_in_full_and_what_it_finds_is_no_disagreement(
    sweep: Sweeps, database: str
) -> None:
    healthy(4)
    sweep()
    with unit_of_work(TEST) as session:
        triggers.drop(session.connection())
        session.execute(
            update(Business).where(Business.id == "b0001").values(admin_id=None, updated_at=OLD - timedelta(days=1))
        )
        triggers.install(session.connection())
    outside(database, "UPDATE looks SET fingerprint = 'of another SELECT' WHERE check_id = 'missing_business'")
    lines = sweep()
    assert [lines[name]["look"] for name in SEED] == ["changes", "all", "changes"]
    assert (standing(), lines["missing_business"]["disagreeing"]) == ({("missing_business", "b0001")}, 0)
    assert looks(sweep()) == {"changes"}


def test_too_many_changes_are_looked_at_in_full(sweep: Sweeps, monkeypatch: pytest.MonkeyPatch) -> None:
    healthy(4)
    sweep()
    monkeypatch.setattr(incremental, "MOST", 3)
    save(*(user(f"orphan{number}") for number in range(4)))
    assert looks(sweep()) == {"all"}
    assert len(standing()) == 4
