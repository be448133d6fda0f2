"""History, statistics, drill and selftest on the command line: what they print, and how they end."""

from typing import Any

import pytest
from flask import Flask

from digisence.changes import Context, unit_of_work
from digisence.cli.history import lasting, sparkline
from digisence.clock import utcnow
from digisence.integrity import drill, scratch
from digisence.models import Drill

from .test_integrity import directory, installed, say, told

__all__ = ["directory", "installed"]
ONLY_SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.mark.parametrize(
    ("values", "low", "line"),
    [
        ([], None, ""),
        ([5], None, "▁"),
        ([0, 7], None, "▁█"),
        ([1, 2, 3, 4], 0, "▃▅▆█"),
        ([0, 0], 0, "▁▁"),
        ([*range(50), 0], None, None),
    ],
)
def test_a_sparkline(values: list[float], low: float | None, line: str | None) -> None:
    drawn = sparkline(values, low)
    assert drawn == line if line is not None else (len(drawn), drawn[-1]) == (40, "▁")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, ""), (0.2, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (3_600, "1 h"), (273_700, "3 d 4 h")],
)
def test_how_long_it_lasted(seconds: float | None, said: str) -> None:
    assert lasting(seconds) == said


@ONLY_SQLITE
@pytest.mark.usefixtures("directory", "engine_name")
def test_history_and_statistics(app: Flask) -> None:
    say(app, "integrity", "run", "--wait", ends=1)
    say(app, "integrity", "run", "--repair", "--wait", ends=1)
    printed = say(app, "integrity", "history")
    assert "missing_business" in printed
    assert "0 repaired, 1 set aside." in printed
    one = told(app, "integrity", "history", "--check", "missing_business", "--days", "2", "--step", "1h")
    assert [(check["check"], check["quarantined"]) for check in one["checks"]] == [("missing_business", 1)]
    assert "step" in app.test_cli_runner().invoke(args=["integrity", "history", "--step", "often"]).output
    say(app, "integrity", "history", "--check", "none", ends=64)
    printed = say(app, "integrity", "statistics", ends=1)
    assert "Score 99" in printed
    assert "No drill was held yet" in printed


@ONLY_SQLITE
@pytest.mark.usefixtures("engine_name")
def test_a_red_drill_is_a_warning_where_all_else_is_well(app: Flask) -> None:
    assert told(app, "integrity", "statistics")["healthy"]
    with app.app_context(), unit_of_work(Context("system:test")) as session:
        session.add(Drill(id="d", occurrence="d", actor="system:drill", started_at=utcnow(), finished_at=utcnow(),
                          passed=False, detail="find: blind", steps=[]))  # fmt: skip
    assert "FAILED" in app.test_cli_runner().invoke(args=["integrity", "statistics"]).stderr
    assert told(app, "integrity", "statistics", ends=2)["drill"]["passed"] is False


@ONLY_SQLITE
@pytest.mark.usefixtures("engine_name")
def test_drill_and_selftest_end_as_their_parts_do(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    step = {"name": "find", "success": True, "detail": "all found", "seconds": 0.5}
    answers: list[dict[str, Any]] = [
        {"success": True, "results": [step]},
        {"success": False, "results": [{**step, "success": False, "detail": "blind"}]},
        {"success": False, "results": [], "error": "no room"},
    ]
    for answer, drilled, tested in zip(answers, (0, 1, 1), (0, 1, 3), strict=True):
        monkeypatch.setattr(scratch, "tried", lambda *_, answer=answer, **_limits: answer)
        assert told(app, "integrity", "drill", ends=drilled)["passed"] is answer["success"]
        assert told(app, "selftest", "--json", ends=tested)["success"] is answer["success"]
        assert "passed" in say(app, "integrity", "drill", ends=drilled) or answer["results"] == []
        say(app, "selftest", ends=tested)
    with app.app_context():
        last = drill.last()
    assert last is not None
    assert last["detail"] == "it could not be held: no room"
