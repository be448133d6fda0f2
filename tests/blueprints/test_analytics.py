"""Analytics by HTTP and on the command line."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from flask import Flask

from digisence.analytics import measuring
from digisence.analytics.metrics import METRICS
from digisence.clock import to_wire, utcnow
from digisence.jobs import run as run_job
from tests.blueprints.conftest import Caller


@pytest.fixture
def engine_name() -> str:
    """What is measured is tried on both elsewhere."""
    return "sqlite"


def test_series_are_told(app: Flask, boss: Caller) -> None:
    first = boss.get("analytics?metric=created").json
    assert (first["measuredAt"], first["step"], first["unit"]) == (None, "day", "records")
    assert {line["label"]: line["points"] for line in first["series"]}["users"] == []
    boss.post("users", {"email": "ann@example.org"})
    with app.app_context():
        assert run_job("measure", {"occurrence": "measure-300"})["overtaken"] is False
    today = to_wire(utcnow().replace(hour=0, minute=0, second=0, microsecond=0))
    told = boss.get("analytics?metric=created,records,sign-ins")
    points = {(line["metric"], line["label"]): line["points"] for line in told.json["series"]}
    assert told.json["unit"] is None
    assert points["created", "users"] == points["records", "users"] == [[today, 2]]
    assert points["sign-ins", "succeeded"] == [[today, 1]]
    assert boss.get("analytics?metric=created").headers["ETag"] != told.headers["ETag"]
    span = f"from={to_wire(utcnow() - timedelta(days=2))}&to={to_wire(utcnow())}"
    path = f"analytics?metric=records&step=hour&{span}"
    assert boss.get(path, If_None_Match=boss.get(path).headers["ETag"]).status_code == 304
    listed = boss.get("analytics/metrics").json["items"]
    assert [item["name"] for item in listed] == list(METRICS)
    assert all(item["title"] and item["meaning"] and item["source"] for item in listed)


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("", {"metric"}), ("metric=", {"metric"}), ("metric=created,nonsense", {"metric"}),
        ("metric=created&step=week&from=x&to=y", {"step", "from", "to"}), ("metric=created&what=1", {"what"}),
        ("metric=created&metric=deleted", {"metric"}),
        ("metric=created&from=2026-01-02&to=2026-01-01", {"from"}),
        ("metric=created&step=hour&from=2026-01-01&to=2026-04-01", {"from"}),
        ("metric=created&from=1900-01-01&to=2026-01-01", {"from"}), ("metric=created&to=1899-01-01", {"to"}),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused(boss: Caller, query: str, fields: set[str]) -> None:
    reply = boss.get(f"analytics?{query}")
    assert reply.status_code == 422
    assert {error["field"] for error in reply.json["errors"]} == fields


def test_only_superadmins_see_it(client: Any) -> None:
    assert client.get("/api/admin/analytics?metric=created").status_code == 401


def test_the_command_draws_and_measures(app: Flask, boss: Caller) -> None:
    run = app.test_cli_runner()
    assert "freshness-p95" in run.invoke(args=["analytics"]).output
    assert "Nothing is measured yet" in run.invoke(args=["analytics", "created"]).output
    drawn = run.invoke(args=["analytics", "created", "records", "--again"])
    assert "Measured anew from" in drawn.output
    assert "users" in drawn.output
    with app.app_context():
        assert not measuring.measure().overtaken
    told = orjson.loads(run.invoke(args=["analytics", "created", "--step", "hour", "--days", "2", "--json"]).output)
    users = next(line for line in told["series"] if line["label"] == "users")
    assert [value for _at, value in users["points"] if value] == [1]
    assert run.invoke(args=["analytics", "nonsense"]).exit_code == 64
