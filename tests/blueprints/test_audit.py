"""/api/admin/audit: everything that happened, who from where; searched, exported, proven."""

import csv
import io
import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from digisence.blueprints import audit
from digisence.changes import Context, events, unit_of_work, verifying
from tests import outsider
from tests.blueprints.conftest import Caller, settle, sign_in

HERE = "127.0.0.1"


def items(boss: Caller, query: str = "") -> list[dict[str, Any]]:
    reply = boss.get(f"audit?{query}")
    assert reply.status_code == 200, reply.json
    return list(reply.json["items"])


def test_sign_ins_changes_and_settings_stand_in_one_trail(
    boss: Caller, client: FlaskClient, app: Flask, superadmin: str
) -> None:
    made = boss.post("categories", {"name": "Bakers"}, X_Request_Id="request-7", X_Mutation_Id="mine").json
    boss.post("sync/stop")
    assert sign_in(client, password="wrong-wrong-wrong").status_code == 401
    client.post("/api/auth/logout", headers=boss.headers)
    settle(app)
    boss = Caller(client)
    found = items(boss, "limit=50")
    told = [(one["action"], one["resource"], one["address"]) for one in reversed(found)]
    wanted = [
        ("signed-in", "users", HERE), ("created", "categories", HERE), ("setting-changed", "sync", HERE),
        ("sign-in-failed", "users", HERE), ("signed-out", "users", HERE), ("signed-in", "users", HERE),
    ]  # fmt: skip
    assert [each for each in told if each in wanted] == wanted
    [created] = [one for one in found if one["action"] == "created" and one["resource"] == "categories"]
    assert created["actor"] == f"user:{superadmin}"
    assert (created["requestId"], created["mutationId"]) == ("request-7", "mine")
    assert (created["recordId"], created["version"], created["detail"]) == (made["id"], 1, None)
    assert {"name", "slug"} <= set(created["fields"])
    assert created["seal"]
    [stopped] = [one for one in found if one["action"] == "setting-changed"]
    assert (stopped["version"], stopped["fields"], stopped["detail"]["enabled"]) == (None, [], False)


def test_an_address_is_a_trusted_proxys_word_alone(boss: Caller) -> None:
    boss.post("categories", {"name": "Spoofed"}, X_Forwarded_For="203.0.113.9")
    assert [one["address"] for one in items(boss, "action=created&resource=categories")] == [HERE]


def test_filters_narrow_and_are_refused_by_name(boss: Caller, app: Flask, superadmin: str) -> None:
    boss.post("categories", {"name": "Bäckerei 100%"})
    with app.app_context(), unit_of_work(Context("system:test")) as session:
        events.record(session, "exported", resource="categories", detail={"rows": 1})
    for query, actions in {
        "search=bäckerei 100%25": ["created"],
        "search=100_": [],
        "resource=categories": ["exported", "created"],
        "resource=categories&action=exported": ["exported"],
        "resource=categories&actor=system:test": ["exported"],
        f"resource=categories&actor=user:{superadmin}": ["created"],
        "resource=categories&from=2100-01-01": [],
        "resource=categories&to=2100-01-01&from=2000-01-01T00:00:00Z": ["exported", "created"],
        "recordId=nobody": [],
    }.items():
        assert [one["action"] for one in items(boss, query)] == actions, query
    page = boss.get("audit?resource=categories&limit=1&page=2").json
    assert ([one["action"] for one in page["items"]], page["total"]) == (["created"], 2)
    wrong = boss.get("audit?page=0&colour=red")
    assert wrong.status_code == 422
    assert {error["field"] for error in wrong.json["errors"]} == {"page", "colour"}
    long = "+".join(["x"] * 100)
    assert {error["field"] for error in boss.get(f"audit?from=yesterday&search={long}").json["errors"]} == {
        "from",
        "search",
    }


def test_exports_hold_everything_and_are_noted(boss: Caller, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digisence.changes.audit.PORTION", 2)
    name = '=cmd|"a", b\n🐝'
    boss.post("categories", {"name": name})
    boss.patch("users/nobody", {"name": "x"})
    lines = boss.get("audit/export?format=ndjson")
    assert lines.status_code == 200
    assert lines.content_type.startswith("application/x-ndjson")
    rows = [json.loads(line) for line in lines.get_data(as_text=True).splitlines()]
    assert [row["id"] for row in rows] == sorted({row["id"] for row in rows})
    assert [row["after"]["name"] for row in rows if row["resource"] == "categories"] == [name]
    assert boss.get("audit").json["total"] == len(rows) + 1  # the export itself
    sheet = boss.get("audit/export?action=exported")
    assert sheet.headers["Content-Disposition"].endswith('.csv"')
    [noted] = csv.DictReader(io.StringIO(sheet.get_data(as_text=True), newline=""))
    assert (noted["action"], noted["resource"]) == ("exported", "audit")
    assert json.loads(noted["detail"]) == {"format": "ndjson", "filters": {}}
    assert boss.get("audit/export?format=xml").status_code == 422


def test_verify_names_the_first_broken_link(boss: Caller, app: Flask, database: str) -> None:
    boss.post("categories", {"name": "Bakers"})
    settle(app)
    whole = boss.get("audit/verify").json
    assert (whole["intact"], whole["broken"], whole["unsealed"]) == (True, None, 0)
    assert whole["sealed"] == boss.get("audit").json["total"]
    [created] = items(boss, "action=created&resource=categories")
    outsider.tamper(database, f"UPDATE changes SET actor = 'user:nobody' WHERE id = {created['id']}")
    broken = boss.get("audit/verify").json
    assert broken["intact"] is False
    assert (broken["broken"]["kind"], broken["broken"]["seq"], broken["broken"]["changeId"]) == (
        "altered",
        created["seal"],
        created["id"],
    )
    assert broken["next"] is None
    assert boss.get("audit/verify?x=1").status_code == 422
    assert boss.get("audit/verify?after=seals-1-0").json["errors"][0]["field"] == "after"


def test_a_long_chain_is_proven_a_step_at_a_time(boss: Caller, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Bakers", "Smiths", "Tailors"):
        boss.post("categories", {"name": name})
    settle(app)
    whole = boss.get("audit/verify").json
    monkeypatch.setattr(audit, "STEP_SECONDS", 0.0)
    monkeypatch.setattr(verifying, "PAGE", 2)
    steps = [boss.get("audit/verify").json]
    while steps[-1]["next"]:
        steps.append(boss.get(f"audit/verify?after={steps[-1]['next']}").json)
    assert [one["intact"] for one in steps] == [None] * (len(steps) - 1) + [True]
    by_twos = (whole["newest"] + 1) // 2
    assert len(steps) == by_twos + 3, "that there is no further one, what stands outside, changes without a seal"
    assert [sum(one[name] for one in steps) for name in ("sealed", "witnessed")] == [
        whole["sealed"],
        whole["witnessed"],
    ]
    assert [one["verifiedTo"] for one in steps][:3] == [2, 4, min(6, whole["newest"])]
    assert {one["newest"] for one in steps} == {whole["newest"], None}


def test_only_for_superadmins(client: FlaskClient) -> None:
    for path in ("audit", "audit/export", "audit/verify", "users/x/history"):
        assert client.get(f"/api/admin/{path}").status_code == 401
