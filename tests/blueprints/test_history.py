"""The history's door: what a superadmin sees of runs, findings and drills over time, and what is refused."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.integrity import history_shapes, runner, runs
from digisence.models import Drill, User
from tests.integrity.conftest import OLD

BASE = "/api/admin/integrity"
TEST = Context("system:test")

pytestmark = pytest.mark.usefixtures("installed")


@pytest.fixture
def past(app: Flask) -> None:
    """Two orphans, seen, set aside; a failed drill."""
    with app.app_context():
        with unit_of_work(TEST) as session:
            times = {"created_at": OLD, "updated_at": OLD}
            session.add_all(User(id=f"orphan{n}", email=f"orphan{n}@example.org", **times) for n in range(2))
            session.add(Drill(id="d", occurrence="d", actor="system:drill", started_at=utcnow(), finished_at=utcnow(),
                              passed=False, detail="find: blind", steps=[]))  # fmt: skip
        for repair in (False, True):
            runner.execute(str(runs.create(TEST, repair=repair)))


@pytest.mark.usefixtures("past")
def test_what_was_found_and_what_became_of_it(client: FlaskClient, headers: dict[str, str]) -> None:
    told: dict[str, Any] = client.get(f"{BASE}/history", headers=headers).json
    assert history_shapes.IntegrityHistory().validate(told) == {}
    orphaned = next(check for check in told["checks"] if check["check"] == "orphaned_user")
    assert (orphaned["ended"], orphaned["quarantined"], orphaned["healedShare"], orphaned["open"]) == (2, 2, 0.0, 0)
    assert orphaned["points"][-1]["peak"] == 2
    assert (orphaned["firstSeen"] is not None, orphaned["openSince"]) == (True, None)
    assert told["ended"]["ended"] == 2
    assert told["health"][-1]["score"] == 100.0
    one = client.get(f"{BASE}/history?check=missing_business", headers=headers).json
    assert [check["check"] for check in one["checks"]] == ["missing_business"]


@pytest.mark.usefixtures("past")
def test_the_statistics_tell_trend_and_drill_and_the_metrics_too(client: FlaskClient, headers: dict[str, str]) -> None:
    told = client.get(f"{BASE}/statistics", headers=headers).json
    assert history_shapes.IntegrityStatistics().validate(told) == {}
    assert [point["orphanedUsers"] for point in told["trend"]] == [2, 0]
    assert (told["drill"]["passed"], told["drill"]["detail"]) == (False, "find: blind")
    series = client.get("/metrics").text
    assert "digisence_drill_passed 0.0" in series
    assert "digisence_drill_last_success_seconds" not in series


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("from=yesterday", 422, "from"), ("to=9", 422, "to"), ("step=often", 422, "step"), ("step=0s", 422, "step"),
        ("from=2026-02-01&to=2026-01-01", 422, "from"), ("from=2020-01-01&step=1m", 422, "step"), ("page=1", 422, "page"),
        ("check=none", 404, None), ("from=0001-01-01", 200, None), ("from=7d", 200, None), ("from=0d", 422, "from"),
        ("from=9999999999d", 422, "from"), ("step=1d&step=2d", 422, "step"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_name(
    client: FlaskClient, headers: dict[str, str], query: str, status: int, field: str | None, engine_name: str
) -> None:
    reply = client.get(f"{BASE}/history?{query}", headers=headers)
    assert reply.status_code == status, reply.json
    if field:
        assert [fault["field"] for fault in reply.json["errors"]] == [field]
