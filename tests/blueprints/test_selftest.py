"""The selftest by its door: what it tells, one at a time, and nothing of the live database touched."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from digisence.blueprints import selftest
from digisence.extensions import db
from digisence.models import Change, User
from tests.blueprints.conftest import Caller

PATH = "/api/admin/selftest"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_all_parts_pass_and_nothing_of_ours_is_touched(app: Flask, boss: Caller) -> None:
    def counts() -> list[Any]:
        with app.app_context():
            return [db.session.scalar(select(func.count()).select_from(model)) for model in (User, Change)]

    before = counts()
    reply = boss.post(PATH)
    assert (reply.status_code, reply.json["success"]) == (200, True), reply.json
    assert [part["name"] for part in reply.json["results"]] == ["detection", "repair", "restore", "background service"]
    assert all(set(part) == {"name", "success", "detail", "seconds"} for part in reply.json["results"])
    assert counts() == before


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_one_at_a_time_and_for_superadmins(boss: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def run(seconds: float) -> dict[str, Any]:
        asked.append(seconds)
        reply = boss.post(PATH)
        assert (reply.status_code, reply.json["code"]) == (429, "selftest-running")
        assert int(reply.headers["Retry-After"]) > 0
        return {"success": False, "results": [], "error": "it took longer"}

    monkeypatch.setattr(selftest, "run_all_tests", run)
    assert boss.post(PATH).json == {"success": False, "results": [], "error": "it took longer"}
    assert boss.post(PATH).status_code == 200  # the first let go
    assert asked == [60.0, 60.0]
    assert boss.post(PATH, {"live": True}).status_code == 422
    assert boss.client.post(PATH).status_code == 401
