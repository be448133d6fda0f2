"""`digisence audit`: the trail on the screen, proven, exported, made small."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from digisence.changes import Context, compaction, events, unit_of_work
from digisence.clock import utcnow
from digisence.models import User
from tests import outsider
from tests.cli.conftest import Run
from tests.draining import drained


@pytest.fixture
def trail(app: Flask) -> None:
    """A user who was made and changed, and an event."""
    with app.app_context():
        with unit_of_work(Context("user:ann", None, None, "192.0.2.7"), patience=20) as session:
            session.add(User(id="u1", email="a@example.org"))
            events.record(session, "acknowledged", resource="breakers", record_id="c1", detail={"count": 3})
        with unit_of_work(Context("system:test"), patience=20) as session:
            session.get_one(User, "u1").name = "Zoë"
        drained()


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.usefixtures("trail")
def test_the_trail_is_shown_narrowed_and_taken_along(run: Run) -> None:
    shown = run("audit", "tail")
    assert shown.exit_code == 0
    for word in ("user:ann", "192.0.2.7", "acknowledged", "count: 3", "updated", "name"):
        assert word in shown.stdout
    told = lines(run("audit", "tail", "--json").stdout)
    assert sorted((one["resource"], one["action"]) for one in told) == [
        ("breakers", "acknowledged"), ("users", "created"), ("users", "updated"),
    ]  # fmt: skip
    assert [one["id"] for one in told] == sorted(one["id"] for one in told)
    assert [one["action"] for one in lines(run("audit", "tail", "--json", "--search", "zoë").stdout)] == ["updated"]
    assert lines(run("audit", "tail", "--json", "--from", "2100-01-01").stdout) == []
    assert run("audit", "tail", "--from", "tomorrow").exit_code == 64
    exported = lines(run("audit", "export", "--resource", "users").stdout)
    assert [(one["action"], (one["before"] or {}).get("name"), one["after"]["name"]) for one in exported] == [
        ("created", None, None), ("updated", None, "Zoë"),
    ]  # fmt: skip
    [noted] = lines(run("audit", "tail", "--json", "--action", "exported").stdout)
    assert (noted["actor"], noted["detail"]["filters"]) == ("system:command-line", {"resource": "users"})


@pytest.mark.usefixtures("trail")
def test_it_is_proven_and_a_broken_link_is_named(run: Run, database: str) -> None:
    whole = run("audit", "verify")
    assert (whole.exit_code, whole.stdout.startswith("The chain holds: 3 seals")) == (0, True)
    outsider.tamper(database, "UPDATE changes SET actor = 'user:nobody' WHERE action = 'updated'")
    broken = run("audit", "verify")
    assert (broken.exit_code, broken.stdout.startswith("altered: Change ")) == (1, True)
    told = run("audit", "verify", "--json")
    verdict = json.loads(told.stdout)
    assert (told.exit_code, verdict["broken"]["kind"]) == (1, "altered")
    assert "verifiedTo" in verdict
    assert "changeId" in verdict["broken"]


@pytest.mark.usefixtures("trail")
def test_what_is_old_is_made_small(run: Run, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("audit", "compact").stdout == "0 compacted.\n"
    monkeypatch.setattr(compaction, "utcnow", lambda: utcnow() + timedelta(days=31))
    assert json.loads(run("audit", "compact", "--days", "30", "--json").stdout) == {
        "compacted": 3, "older": 0, "broken": 0, "unsealed": 0,
    }  # fmt: skip
    assert "compacted" in run("audit", "tail").stdout
    assert run("audit", "verify").exit_code == 0
    assert run("audit", "compact", "--days", "0").exit_code == 64
