"""The integrity commands, as an operator types them: what they print, what they do, how they end."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.integrity import choices
from digisence.models import Business, Finding, User
from digisence.models.finding import BLOCKED
from tests.integrity.conftest import install

OLD = utcnow() - timedelta(days=90)
TIMES: dict[str, Any] = {"created_at": OLD, "updated_at": OLD}


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The product's metadata, also where it runs from a work tree; the folder takes further distributions."""
    install(tmp_path / "own", "digisence", "0.1.0", "digisence.integrity.checks")
    monkeypatch.syspath_prepend(str(tmp_path / "own"))
    return tmp_path / "own"


@pytest.fixture
def directory(app: Flask) -> None:
    """Two hundred sound businesses, four orphans, one business without admin."""
    with app.app_context(), unit_of_work(Context("system:test")) as session:
        session.add_all(User(id=f"u{n}", email=f"u{n}@example.org", **TIMES) for n in range(200))
        session.add_all(User(id=f"orphan{n}", email=f"orphan{n}@example.org", **TIMES) for n in range(4))
        session.flush()
        session.add_all(
            Business(id=f"b{n}", name=f"Business {n}", slug=f"b{n}", admin_id=f"u{n}", **TIMES) for n in range(200)
        )
        session.add(Business(id="unled", name="Unled", slug="unled", **TIMES))


def say(app: Flask, *words: str, ends: int = 0, **options: Any) -> str:
    """What a command prints on stdout; it must end with the exit code `ends`."""
    done = app.test_cli_runner().invoke(args=list(words), **options)
    assert done.exit_code == ends, done.output
    return done.stdout


def told(app: Flask, *words: str, ends: int = 0) -> Any:
    """The JSON that a command prints."""
    return json.loads(say(app, *words, "--json", ends=ends))


@pytest.mark.usefixtures("directory")
def test_from_check_to_restore(app: Flask) -> None:
    first = told(app, "integrity", "run", "--wait", ends=1)
    assert {check["type"]: check["affectedCount"] for check in first["integrityChecks"]} == {
        "orphaned_user": 4,
        "missing_business": 1,
    }
    found = told(app, "integrity", "findings", "--check", "orphaned_user", ends=1)
    assert [finding["recordId"] for finding in found["items"]] == ["orphan0", "orphan1", "orphan2", "orphan3"]
    planned = told(app, "integrity", "run", "--wait", "--repair", "--dry-run", ends=1)
    assert {line["check"]: line["planned"] for line in planned["counts"] if line["planned"]} == {
        "missing_business": 1,
        "orphaned_user": 4,
    }
    stopped = told(app, "integrity", "run", "--wait", "--repair", ends=1)
    assert stopped["fixedRecords"] == 1
    assert "orphaned_user" in app.test_cli_runner().invoke(args=["integrity", "findings", "--check", "bogus"]).stderr
    assert told(app, "breaker", "list", ends=1)["items"][0]["count"] == 4
    wrong = app.test_cli_runner().invoke(args=["breaker", "acknowledge", "orphaned_user"], input="3\n")
    assert (wrong.exit_code, "nothing is let through" in wrong.output) == (64, True)
    say(app, "breaker", "acknowledge", "orphaned_user", input="4\n")
    done = told(app, "integrity", "run", "--wait", "--repair", ends=0)
    assert (done["state"], done["fixedRecords"]) == ("passed", 4)
    assert told(app, "integrity", "findings", "--state", "all", ends=0)["total"] == 5
    with app.app_context(), unit_of_work(Context("system:test")) as session:
        session.scalars(select(Finding).limit(1)).one().state = BLOCKED
    for state in (BLOCKED, "all"):
        told(app, "integrity", "findings", "--state", state, "--limit", "1", ends=1)
    told(app, "integrity", "findings", ends=0)
    listed = told(app, "quarantine", "list", "--run", done["id"])
    assert listed["total"] == 4
    shown = say(app, "quarantine", "show", listed["items"][0]["id"])
    assert listed["items"][0]["snapshot"]["email"] in shown
    restored = told(app, "quarantine", "restore", "--run", done["id"])
    assert (len(restored["done"]), restored["failed"]) == (4, [])
    again = told(app, "quarantine", "restore", listed["items"][0]["id"], ends=1)
    assert again["failed"][0]["code"] == "already-restored"
    with app.app_context():
        assert db.session.get(User, "orphan2") is not None


def test_a_broken_rule_ends_with_3_and_a_warning_with_2(app: Flask, installed: Path) -> None:
    with app.app_context(), unit_of_work(Context("system:test")) as session:
        session.add(Business(id="b", name="Some", **TIMES))
    source = (
        "from digisence.integrity.rule import rule\n"
        "@rule('some', api=1, resource='businesses', severity='low', title='Some', warn_if=1, error_if=5)\n"
        "def some(q):\n    return q.select(q.businesses.id)\n"
    )
    install(installed, "mild", "1.0", "mild", source)
    assert told(app, "integrity", "run", "--wait", "--check", "mild.some", ends=2)["counts"][0]["state"] == "warning"
    install(installed, "harsh", "1.0", "harsh", "raise RuntimeError('broken')")
    with app.app_context():
        choices.change("mild.some", {"mode": "off"}, Context("system:test"))
    say(app, "integrity", "run", "--wait", "--check", "mild.some", ends=64)
    assert "broken" in say(app, "integrity", "checks", ends=3)
    errored = told(app, "integrity", "run", "--wait", ends=3)
    assert [error for error in errored["errors"] if error.startswith("harsh.core: it did not load")]


def test_without_a_worker_a_run_waits_and_that_is_said(app: Flask) -> None:
    queued = told(app, "integrity", "run", ends=2)
    assert list(queued) == ["runId"]
    swept = told(app, "sync", "run", ends=2)
    assert list(swept) == ["runId"]


def test_the_service_is_switched(app: Flask) -> None:
    assert told(app, "sync", "stop")["isRunning"] is False
    assert told(app, "sync", "status")["isRunning"] is False
    assert told(app, "sync", "start", "--interval", "60")["intervalSeconds"] == 60
    assert told(app, "sync", "status", ends=2)["schedulerAlive"] is False
    say(app, "sync", "start", "--interval", "1", ends=64)


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("words", "ends"),
    [
        (("integrity", "run", "--wait", "--check", "nothing"), 64),
        (("integrity", "findings", "--state", "lost"), 64),
        (("integrity", "findings", "--check", "bogus"), 64),
        (("integrity", "plan", "bogus"), 64),
        (("breaker", "acknowledge", "nothing", "--yes"), 64),
        (("quarantine", "show", "nothing"), 64),
        (("quarantine", "list", "--check", "bogus"), 64),
        (("quarantine", "list", "--resource", "bogus"), 64),
        (("quarantine", "purge", "--resource", "bogus"), 64),
        (("sync", "start", "--interval", "99999999999999"), 64),
        (("quarantine", "restore"), 64),
        (("quarantine", "restore", "nothing"), 64),
        (("quarantine", "restore", "--run", "nothing"), 64),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(app: Flask, words: tuple[str, ...], ends: int) -> None:
    done = app.test_cli_runner().invoke(args=list(words))
    assert done.exit_code == ends, done.output
    assert "Traceback" not in done.output
    assert done.stderr.strip()
