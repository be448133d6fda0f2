"""Creators, editors, deleters and strangers amid a sweep, statement by statement in random order: nothing sound is touched.

The database itself is the judge: triggers of the test look at each record that a sweep deletes or links again, in the
sweep's own transaction. `DIGISENCE_INTERLEAVINGS` makes it long, `DIGISENCE_INTERLEAVINGS_SEED` another history.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from digisence import create_app
from digisence.changes import Context, context
from digisence.extensions import db
from digisence.integrity import catalogue, repairs, runner, runs
from tests.conftest import SECRET

from .cells import OLD, Cell, Script, a_user, cells
from .stepping import Part, Stepper

CELLS = 100  # amid one sweep
WANTED = int(os.environ.get("DIGISENCE_INTERLEAVINGS", "60"))
SEED = int(os.environ.get("DIGISENCE_INTERLEAVINGS_SEED", "0"))
SWEEP = Context("system:sweep")
CHECKS = ["missing_business", "orphaned_user"]

FRESH = "OLD.created_at > {since} OR OLD.updated_at > {since}"
LEADS = "EXISTS (SELECT 1 FROM businesses WHERE admin_id = {0}) OR EXISTS (SELECT 1 FROM professionals WHERE admin_id = {0})"
JUDGED = {  # when a sweep may not do what it is about to do, as somebody else would write it
    (
        "users",
        "DELETE",
    ): f"{FRESH} OR OLD.role = 'SUPER_ADMIN' OR {LEADS.format('OLD.id')} OR OLD.last_login_at > {{since}} "
    "OR EXISTS (SELECT 1 FROM sessions WHERE user_id = OLD.id AND revoked_at IS NULL AND expires_at > {now})",
    ("businesses", "DELETE"): f"{FRESH} OR EXISTS (SELECT 1 FROM users WHERE id = OLD.admin_id)",
    ("businesses", "UPDATE"): "NEW.admin_id IS NOT NULL AND (EXISTS (SELECT 1 FROM users WHERE id = OLD.admin_id) OR "
    f"{LEADS.format('NEW.admin_id')} OR {FRESH} "
    "OR NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.admin_id AND is_active AND role = 'BUSINESS_ADMIN'))",
}
SQLITE = {
    "now": "strftime('%Y-%m-%d %H:%M:%f', 'now')", "since": "strftime('%Y-%m-%d %H:%M:%f', 'now', '-1 day')",
    "actor": "(SELECT actor FROM change_context)",
}  # fmt: skip
POSTGRESQL = {"now": "now()", "since": "now() - interval '1 day'", "actor": "current_setting('digisence.actor', true)"}
EMPTIED = ("inquiries", "businesses", "sessions", "users", "quarantine", "findings", "breakers", "runs", "looks")


def judge() -> None:
    """Put the triggers beside the product's own."""
    sqlite = db.engine.dialect.name == "sqlite"
    words = SQLITE if sqlite else POSTGRESQL
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text("CREATE TABLE wrongs (what text)"))
        for (name, event), condition in JUDGED.items():
            wrong, which = condition.format(**words), "OF admin_id" if event == "UPDATE" else ""
            told = f"INSERT INTO wrongs VALUES ('{event} {name}/' || OLD.id);"
            when = f"WHEN ({words['actor']} = 'system:sweep' AND ({wrong}))"
            head = f"CREATE TRIGGER aa_judge_{name}_{event} BEFORE {event} {which} ON {name} FOR EACH ROW"
            if sqlite:
                connection.exec_driver_sql(f"{head} {when} BEGIN {told} END")
                continue
            body = f"BEGIN IF {words['actor']} = 'system:sweep' AND ({wrong}) THEN {told} END IF; RETURN {'NEW' if which else 'OLD'}; END"
            connection.exec_driver_sql(
                f"CREATE FUNCTION judge_{name}_{event}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
            )
            connection.exec_driver_sql(f"{head} EXECUTE FUNCTION judge_{name}_{event}()")


@dataclass
class Told:
    """What came of it. `amid`: cases with a step between the first and the last statement of a sweep."""

    amid: int = 0
    sweeps: int = 0
    orders: set[tuple[Any, ...]] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    acts: Counter[str] = field(default_factory=Counter)


@pytest.fixture
def quiet(database: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application, its rules found once, its feed and drain left out; one sighting, no breaker."""
    app = create_app(
        doors=False, instance=tmp_path, database_url=database, redis_url=redis_url, secret_key=SECRET, sightings=1,
        breaker_count=10_000, breaker_percent=100.0, rule_timeout=60,
    )  # fmt: skip
    with app.app_context():
        found = catalogue.register(SWEEP)
        monkeypatch.setattr(catalogue, "register", lambda *_: found)
        monkeypatch.setattr(context, "nudge", lambda *_: None)
        monkeypatch.setattr(runs, "tell", lambda *_: None)
        judge()
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                name = db.engine.url.database
                connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET deadlock_timeout = 20')
        db.engine.dispose()
        yield app
        db.session.remove()
        db.engine.dispose()


def statements(*listed: str) -> None:
    """One transaction of a stranger's."""
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        for statement in listed:
            connection.exec_driver_sql(statement)


def read(query: str) -> list[Any]:
    """The rows of a query."""
    with db.engine.connect() as connection:
        return list(connection.execute(text(query)))


def a_round(app: Flask, database: str, seed: str, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sweep with cases amid it, on an empty directory."""
    chance = random.Random(seed)
    statements(*(f"DELETE FROM {name}" for name in EMPTIED))
    made = list(cells(CELLS, told.sweeps, chance))
    statements(a_user("root", OLD, "SUPER_ADMIN"), *(line for one in made for line in one.planted))
    monkeypatch.setattr(repairs, "paced", lambda ids: _slices(list(ids), chance))
    run_id = str(runs.create(SWEEP, repair=True, checks=CHECKS))
    db.session.remove()
    chief = Part("sweep", _within(app, lambda: runner.execute(run_id)))
    stepper = Stepper(chance, db.engine, database)
    parts = [(one, Part(one.kind, _within(app, script))) for one in made for script in one.scripts]
    with stepper.attached():
        stepper.run(chief, (part for _, part in parts))
    _judged(told, chief, made, parts)


def _slices(ids: list[str], chance: random.Random) -> Iterator[list[str]]:
    while ids:
        size = chance.randint(1, 10)
        yield ids[:size]
        del ids[:size]


def _within(app: Flask, work: Script) -> Script:
    def do() -> None:
        with app.app_context():
            work()

    return do


def _judged(told: Told, chief: Part, made: Sequence[Cell], parts: Sequence[tuple[Cell, Part]]) -> None:
    for part in (chief, *(part for _, part in parts)):
        if part.error:
            raise AssertionError(f"{part.name} failed") from part.error
    told.sweeps += 1
    for one in made:
        order = tuple((part.name, *part.steps) for owner, part in parts if owner is one)
        if any(not step.endswith("| ") for steps in order for step in steps[1:]):
            told.amid += 1
            told.kinds[one.kind] += 1
            told.orders.add(order)
    told.wrong += [row.what for row in read("SELECT what FROM wrongs")]
    told.wrong += [f"{row.id} names nobody" for row in read(NOBODY)]
    there = {row.id for row in read("SELECT id FROM users UNION SELECT record_id FROM quarantine")}
    told.wrong += [f"{key} is lost" for key in _planted(made) - there]
    told.acts.update(row.what for row in read("SELECT reason AS what FROM quarantine"))
    told.acts.update(row.what for row in read("SELECT state AS what FROM findings"))


NOBODY = "SELECT id FROM businesses WHERE admin_id IS NOT NULL AND admin_id NOT IN (SELECT id FROM users)"


def _planted(made: Sequence[Cell]) -> set[str]:
    users = {line.split("VALUES ('")[1].split("'")[0] for one in made for line in one.planted if "INTO users" in line}
    return users - {key for one in made for key in one.gone}


def test_nothing_sound_is_touched_in_any_order(quiet: Flask, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told()
    while told.amid < WANTED or not (told.acts["repaired"] and told.acts["quarantined"]):
        a_round(quiet, database, f"{SEED}-{told.sweeps}", told, monkeypatch)
        assert told.wrong == [], (SEED, told.sweeps, told.wrong)
    print(f"{told.amid} interleavings in {told.sweeps} sweeps, {len(told.orders)} different", told.kinds, told.acts)  # noqa: T201 the figures of a long run


def test_a_sweep_that_does_not_look_again_is_found_out(
    quiet: Flask, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairs, "still", lambda _session, _predicate, _before, ids: dict.fromkeys(ids, 1))
    told = Told()
    while not told.wrong and told.sweeps < 20:
        a_round(quiet, database, f"{SEED}-{told.sweeps}", told, monkeypatch)
    assert told.wrong
