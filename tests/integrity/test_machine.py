"""Creators, editors, outsiders, sweeps, crashes, restores and purges in any order: nothing sound is ever touched.

`DIGISENCE_MACHINE_EXAMPLES` and `DIGISENCE_MACHINE_STEPS` make it long.
"""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection, Engine, NullPool, create_engine, update

from digisence import records
from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.errors import Problem
from digisence.extensions import db
from digisence.integrity import catalogue, repairs, runner, runs
from digisence.models import Lease, User
from digisence.models.user import BUSINESS_ADMIN, SUPER_ADMIN
from digisence.records import purging, quarantine

from .conftest import TEST, business, save, user
from .soundness import sound

EXAMPLES, STEPS = (
    int(os.environ.get(f"DIGISENCE_MACHINE_{name}", usual)) for name, usual in (("EXAMPLES", 4), ("STEPS", 25))
)
SWEEP = Context("system:sweep")
MOST = 3  # the breaker's
SEED = ["missing_business", "orphaned_user"]
OLD_SQL = "2020-01-01 00:00:00.000"
TABLES = (
    "inquiries",
    "businesses",
    "sessions",
    "users",
    "quarantine",
    "findings",
    "breakers",
    "planned_acts",
    "runs",
    "looks",
)


class Crash(BaseException):
    """The process is gone."""


class Directory(RuleBasedStateMachine):
    """What people, strangers, sweeps and accidents may do to a directory."""

    other: ClassVar[Engine]
    tried: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.wrong: list[str] = []
        self.rows: dict[str, tuple[Any, ...]] = {}  # by entry, the row as it stood
        self.gone: set[str] = set()  # purged, or deleted by a stranger
        self.all: set[str] = set()
        for name in TABLES:
            self.write(f"DELETE FROM {name}")
        save(user("root", SUPER_ADMIN))

    def stranger(self, keys: bool = False) -> Connection:
        """A program that knows nothing of us; on SQLite with foreign keys or without."""
        other = self.other.connect()
        if other.dialect.name == "sqlite":
            other.exec_driver_sql(f"PRAGMA foreign_keys={'ON' if keys else 'OFF'}")
        return other

    def read(self, query: str) -> list[tuple[Any, ...]]:
        """What a stranger sees."""
        with self.stranger() as other:
            return [tuple(row) for row in other.exec_driver_sql(query)]

    def write(self, statement: str, keys: bool = False) -> None:
        """What a stranger commits."""
        self.tried["strangers"] += 1
        with self.stranger(keys) as other:
            other.exec_driver_sql(statement)

    def fresh(self, kind: str) -> str:
        """A new id."""
        self.number += 1
        return f"{kind}{self.number}"

    def some(self, query: str, draw: int) -> str | None:
        """One of the ids that a query gives, or None."""
        found = [row[0] for row in self.read(f"{query} ORDER BY 1")]
        return found[draw % len(found)] if found else None

    @rule(old=st.booleans(), role=st.sampled_from((BUSINESS_ADMIN, BUSINESS_ADMIN, SUPER_ADMIN)))
    def a_user_comes(self, old: bool, role: str) -> None:
        """And perhaps their business later, or never."""
        identity = self.fresh("u")
        save(user(identity, role) if old else user(identity, role, at=utcnow()))
        self.all.add(identity)

    @rule(draw=st.integers(0, 99))
    def a_business_comes(self, draw: int) -> None:
        """For a user who has none."""
        owner = self.some("SELECT id FROM users WHERE id NOT IN (SELECT coalesce(admin_id, '') FROM businesses)", draw)
        if owner:
            save(business(self.fresh("b"), owner))

    @rule(draw=st.integers(0, 99))
    def somebody_edits(self, draw: int) -> None:
        """Which makes the record fresh."""
        identity = self.some("SELECT id FROM users", draw)
        if identity:
            records.update(User, identity, {"name": self.fresh("name")}, SWEEP)

    @rule(draw=st.integers(0, 99), keys=st.booleans())
    def a_stranger_deletes_a_user(self, draw: int, keys: bool) -> None:
        """With foreign keys or without."""
        identity = self.some("SELECT id FROM users WHERE id <> 'root'", draw)
        if identity:
            self.write(f"DELETE FROM users WHERE id = '{identity}'", keys)
            self.gone.add(identity)

    @rule(draw=st.integers(0, 99))
    def a_stranger_empties_an_admin(self, draw: int) -> None:
        """Long ago, as it were."""
        identity = self.some("SELECT id FROM businesses", draw)
        if identity:
            self.write(f"UPDATE businesses SET admin_id = NULL, updated_at = '{OLD_SQL}' WHERE id = '{identity}'")

    @rule()
    def time_goes_by(self) -> None:
        """All that is fresh becomes old."""
        for name in ("users", "businesses"):
            self.write(f"UPDATE {name} SET created_at = '{OLD_SQL}', updated_at = '{OLD_SQL}'")

    @rule(
        at=st.integers(0, 3), what=st.sampled_from(("nothing", "creator", "editor", "crash", "takeover", "dry")),
        draw=st.integers(0, 99),
    )  # fmt: skip
    def a_sweep(self, at: int, what: str, draw: int) -> None:
        """With something that happens amid it, before its batch number `at`."""
        self.tried["sweeps"] += 1
        self.tried[f"sweep with {what}"] += 1
        batch, seen = repairs._batch, [0]

        def between(work: Any, ids: Any) -> None:
            if seen[0] == at:
                self.amid(what, list(ids)[draw % len(ids)])
            seen[0] += 1
            batch(work, ids)

        before = self.entries()
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(repairs, "_batch", between)
            patched.setattr(quarantine, "place", self.looking(quarantine.place))
            self.run(dry=what == "dry")
        placed = self.entries() - before
        counted = Counter(check for _, check in placed)
        if what == "dry" and placed:
            self.wrong.append("a dry run set something aside")
        if counted and max(counted.values()) > MOST:
            self.wrong.append(f"the breaker let {counted} through")

    def run(self, dry: bool) -> None:
        """Here and now; after a crash the next one finds the lease of the dead."""
        run_id = str(runs.create(SWEEP, repair=True, dry_run=dry, checks=SEED))
        try:
            runner.execute(run_id)
        except Crash:
            with unit_of_work(TEST) as session:
                dead = {"run_id": run_id, "expires_at": utcnow() - timedelta(hours=1)}
                session.execute(update(Lease).values(dead).execution_options(synchronize_session=False))

    def amid(self, what: str, victim: str) -> None:
        """Happens between two batches."""
        if what == "crash":
            raise Crash
        if what == "creator":
            identity = self.fresh("b")
            self.write(
                f"INSERT INTO businesses (id, name, admin_id) SELECT '{identity}', 'Late', id FROM users WHERE id = '{victim}' "
                "ON CONFLICT DO NOTHING"
            )
        if what == "editor":
            self.write(f"UPDATE users SET name = 'touched' WHERE id = '{victim}'")
        if what == "takeover":
            self.write(
                "UPDATE leases SET fence = fence + 1, run_id = 'another', expires_at = '2000-01-01 00:00:00.000'"
            )

    def looking(self, place: Any) -> Any:
        """`place`, watched: what it takes must be broken, and is remembered as it stood."""

        def watched(session: Any, model: Any, ids: Any, **options: Any) -> Any:
            connection, name = session.connection(), model.__tablename__
            listed = ", ".join(f"'{key}'" for key in ids)
            self.wrong += [f"{name}/{key} was sound" for key in sound(connection, name, listed)]
            rows = {
                row[0]: tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name} WHERE id IN ({listed})")
            }
            entries = place(session, model, ids, **options)
            for entry_id, key in zip(entries, [key for key in ids if key in rows], strict=True):
                self.rows[entry_id] = rows[key]
            return entries

        return watched

    def entries(self) -> set[tuple[str, str]]:
        """Every entry with its check."""
        return {(row[0], row[1]) for row in self.read("SELECT id, check_id FROM quarantine")}

    @rule(draw=st.integers(0, 99))
    def a_restore(self, draw: int) -> None:
        """Identical, or refused for a reason."""
        entry_id = self.some("SELECT id FROM quarantine WHERE restored_at IS NULL", draw)
        if not entry_id:
            return
        try:
            record = quarantine.restore(entry_id, SWEEP)
        except Problem:
            self.tried["restores refused"] += 1
            return
        self.tried["restores"] += 1
        [now] = self.read(f"SELECT * FROM {record.__tablename__} WHERE id = '{record.id}'")
        was = self.rows[entry_id]
        if now != was and not (record.__tablename__ == "businesses" and _unled(now) == _unled(was)):
            self.wrong.append(f"{record.id} came back as {now} instead of {was}")

    @rule(draw=st.integers(0, 99))
    def a_purge(self, draw: int) -> None:
        """Of an entry that is made old first, and never of a young one."""
        if purging.purge([entry for entry, _ in self.entries()], SWEEP).gone:
            self.wrong.append("a young entry was purged")
        entry_id = self.some("SELECT id FROM quarantine WHERE restored_at IS NULL", draw)
        if entry_id:
            record = self.some(f"SELECT record_id FROM quarantine WHERE id = '{entry_id}'", 0)
            self.write(f"UPDATE quarantine SET placed_at = '{OLD_SQL}' WHERE id = '{entry_id}'")
            self.tried["purges"] += len(purging.purge([entry_id], SWEEP).gone)
            self.gone.add(str(record))

    def teardown(self) -> None:
        """However the story went, it ends with a sweep over all that has grown old."""
        self.time_goes_by()
        self.a_sweep(at=0, what="nothing", draw=0)
        self.nothing_went_wrong()

    @invariant()
    def nothing_went_wrong(self) -> None:
        """Every look so far found all as it must be; every user lives, waits in quarantine, or went by name."""
        assert self.wrong == []
        there = {row[0] for row in self.read("SELECT id FROM users UNION SELECT record_id FROM quarantine")}
        assert self.all - there - self.gone == set()


def _unled(row: tuple[Any, ...]) -> list[Any]:
    """A business's row without whom it names: an admin who does not exist comes back empty."""
    return sorted(str(value) for value in row if value is not None and not str(value).startswith("u"))


@pytest.fixture
def machine(app: Flask, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Directory]]:
    """The machine on a database of ours."""
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(
        update={"sightings": 1, "breaker_count": MOST, "breaker_percent": 100.0}
    )
    monkeypatch.setattr(repairs, "paced", lambda ids: ([key] for key in ids))  # each record its own batch
    with app.app_context():
        catalogue.register(SWEEP)
        url = database.replace("postgresql://", "postgresql+psycopg://", 1)
        Directory.other = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        Directory.tried.clear()
        yield Directory
        db.session.remove()


def test_nothing_sound_is_ever_touched_and_all_comes_back_as_it_was(machine: type[Directory], engine_name: str) -> None:
    slow = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    chosen = settings(
        max_examples=EXAMPLES if engine_name == "sqlite" else max(2, EXAMPLES // 2),
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=slow,
        database=None,
    )
    run_state_machine_as_test(machine, settings=chosen)  # type: ignore[no-untyped-call]
    print(dict(machine.tried))  # noqa: T201 the figures of a long run
    assert machine.tried["sweeps"] > 0
