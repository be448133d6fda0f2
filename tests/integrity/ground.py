"""One application on one SQLite file for a whole module of tests, emptied before each: what a test costs is its own."""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from digisence import create_app
from digisence.changes import context, unit_of_work
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.integrity import runs
from digisence.models import Check, Finding, Run
from digisence.models.finding import STANDING
from tests.conftest import SECRET

from .conftest import OLD, TEST

NOWHERE = "unix:///nonexistent/ground.sock"
EMPTIED = (
    "inquiries", "businesses", "professionals", "categories", "registration_inquiries", "sessions", "users", "quarantine", "findings",
    "breakers", "acknowledgements", "planned_acts", "leases", "runs", "looks", "checks", "outbox",
)  # fmt: skip


@pytest.fixture(scope="module")
def standing(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application, without doors, feed or drain."""
    folder = tmp_path_factory.mktemp("ground")
    shutil.copy(sqlite_template, folder / "ground.sqlite")
    app = create_app(
        doors=False, instance=folder, database_url=f"sqlite:///{folder / 'ground.sqlite'}", redis_url=NOWHERE,
        secret_key=SECRET,
    )  # fmt: skip
    with app.app_context(), pytest.MonkeyPatch.context() as patched:
        patched.setattr(context, "nudge", lambda *_: None)
        patched.setattr(runs, "tell", lambda *_: None)
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def ground(standing: Flask) -> Flask:
    """An empty directory."""
    db.session.remove()
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        for name in EMPTIED:
            connection.exec_driver_sql(f"DELETE FROM {name}")
    return standing


def put(*rows: Any) -> None:
    """Commit rows, one kind after the other as given."""
    with unit_of_work(TEST) as session:
        for row in rows:
            session.add(row)
            session.flush()


def stranger(*statements: str) -> None:
    """Another program, that knows nothing of foreign keys."""
    other = sqlite3.connect(str(db.engine.url.database), timeout=20)
    with other:
        for statement in statements:
            other.execute(statement)
    other.close()


def check(key: str = "orphaned_user", **values: Any) -> Check:
    """A check as it is registered."""
    usual = {
        "resource": "users", "title": f"Title of {key}", "severity": "high", "remedy": "quarantine", "mode": "act",
        "registered_at": OLD, "health": "ok", "distribution": "digisence", "distribution_version": "1",
    }  # fmt: skip
    return Check(id=key, **usual | values)


def finding(record: str, key: str = "orphaned_user", **values: Any) -> Finding:
    """A finding that stands."""
    usual = {
        "resource": "users", "state": "open", "sightings": 1, "first_seen": OLD, "last_seen": OLD, "record_version": 1,
        "last_run_id": "run",
    }  # fmt: skip
    told = usual | values
    if told["state"] in STANDING:
        told["begun"] = -told["sightings"]
    kept = {f"kept_{name}": told.pop(name) for name in ("sightings", "last_seen")}
    return Finding(check_id=key, record_id=record, **told, **kept)


def run(key: str, state: str = "running", **values: Any) -> Run:
    """A run."""
    usual = {"occurrence": key, "actor": "system:test", "repair": True, "dry_run": False, "created_at": utcnow()}
    return Run(id=key, state=state, **usual | values)


def ago(**spans: float) -> Any:
    """So long ago."""
    return utcnow() - timedelta(**spans)
