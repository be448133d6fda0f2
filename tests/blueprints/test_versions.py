"""/api/admin/R/ID/history, asOf, diff and revert: every version of a record, and the way back to one."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from digisence.changes import compaction
from digisence.clock import to_wire, utcnow
from tests import outsider
from tests.blueprints.conftest import Caller, settle


def now() -> str:
    """A time between what was and what will be."""
    time.sleep(0.003)
    found = to_wire(datetime.now(UTC))
    time.sleep(0.003)
    return found


def versions(boss: Caller, address: str) -> list[dict[str, Any]]:
    return list(boss.get(f"{address}/history").json["items"])


def test_every_version_with_who_and_what(boss: Caller, superadmin: str, database: str) -> None:
    made = boss.post("categories", {"name": "Bakers"}).json
    address = f"categories/{made['id']}"
    boss.patch(address, {"name": "Bäcker 🥨", "type": "BUSINESS"}, X_Mutation_Id="m1")
    outsider.write(database, f"UPDATE categories SET description = 'by hand' WHERE id = '{made['id']}'")
    assert boss.delete(address).status_code == 204
    gone, external, updated, created = versions(boss, address)
    assert [(one["action"], one["version"], one["baseVersion"]) for one in (gone, external, updated, created)] == [
        ("quarantined", 4, 3), ("updated", 3, 2), ("updated", 2, 1), ("created", 1, None),
    ]  # fmt: skip
    assert [(one["actor"], one["address"]) for one in (created, external)] == [
        (f"user:{superadmin}", "127.0.0.1"), ("external", None),
    ]  # fmt: skip
    assert updated["mutationId"] == "m1"
    assert (
        {change["field"]: (change["before"], change["after"]) for change in updated["changes"]}
        == {
            "name": ("Bakers", "Bäcker 🥨"),
            "type": (made["type"], "BUSINESS"),
        }
        if made["type"] != "BUSINESS"
        else {"name": ("Bakers", "Bäcker 🥨")}
    )
    assert external["changes"] == [{"field": "description", "before": None, "after": "by hand"}]
    assert {change["field"]: change["after"] for change in created["changes"]}["name"] == "Bakers"
    assert all(change["after"] is None for change in gone["changes"])
    page = boss.get(f"{address}/history?limit=1&page=2").json
    assert (page["total"], [one["version"] for one in page["items"]]) == (4, [3])


def test_secrets_are_named_and_never_told(boss: Caller) -> None:
    made = boss.post("users", {"email": "b@example.org", "password": "three grey horses run"}).json
    [created] = versions(boss, f"users/{made['id']}")
    assert created["secrets"] == ["password"]
    assert "passwordHash" not in {change["field"] for change in created["changes"]}
    boss.patch(f"users/{made['id']}", {"name": "Bea"})
    boss.patch(f"users/{made['id']}", {"password": "four green goats sing"})
    differs = {
        span: boss.get(f"users/{made['id']}/diff?from={span[0]}&to={span[1]}").json for span in ("12", "23", "31", "11")
    }
    assert {span: told["secrets"] for span, told in differs.items()} == {
        "12": [],
        "23": ["password"],
        "31": ["password"],
        "11": [],
    }
    assert "argon2" not in str(differs)


def test_a_record_as_it_stood(boss: Caller) -> None:
    before = now()
    made = boss.post("categories", {"name": "One"}).json
    address = f"categories/{made['id']}"
    first = now()
    boss.patch(address, {"name": "Two"})
    second = now()
    boss.delete(address)
    gone = now()
    assert boss.get(f"{address}?asOf={first}").json == made
    assert boss.get(f"{address}?asOf={second}").json["name"] == "Two"
    assert boss.get(f"{address}?asOf={before}").status_code == 404
    assert boss.get(f"{address}?asOf={gone}").status_code == 404
    assert boss.get(f"categories/nobody?asOf={gone}").status_code == 404
    assert [error["field"] for error in boss.get(f"{address}?asOf=then").json["errors"]] == ["asOf"]
    assert [error["field"] for error in boss.get(f"{address}?colour=red").json["errors"]] == ["colour"]


def test_what_was_there_before_capture_began(boss: Caller, database: str) -> None:
    values = "'c1', 'Old', '2020-01-01 00:00:00.000', '2020-01-01 00:00:00.000'"
    outsider.tamper(database, f"INSERT INTO categories (id, name, created_at, updated_at) VALUES ({values})")
    assert boss.get("categories/c1?asOf=2021-01-01").json["name"] == "Old"
    assert boss.get("categories/c1?asOf=2019-01-01").status_code == 404
    assert boss.get("categories/c1/history").json["items"] == []
    boss.patch("categories/c1", {"name": "New"})
    assert boss.get("categories/c1?asOf=2021-01-01").json["name"] == "Old"
    assert boss.post("categories/c1/revert", {"version": 1}).json["name"] == "Old"


def test_a_diff_of_two_versions(boss: Caller) -> None:
    made = boss.post("categories", {"name": "One"}).json
    address = f"categories/{made['id']}"
    boss.patch(address, {"name": "Two"})
    boss.patch(address, {"description": "three"})
    told = boss.get(f"{address}/diff?from=1&to=3").json
    assert (told["fromVersion"], told["toVersion"], told["secrets"]) == (1, 3, [])
    assert sorted((change["field"], change["before"], change["after"]) for change in told["changes"]) == [
        ("description", None, "three"), ("name", "One", "Two"),
    ]  # fmt: skip
    assert [error["field"] for error in boss.get(f"{address}/diff?from=1&to=9").json["errors"]] == ["to"]
    assert {error["field"] for error in boss.get(f"{address}/diff?from=x").json["errors"]} == {"from", "to"}
    assert boss.get("categories/nobody/diff?from=1&to=2").status_code == 404


def test_back_to_a_version_is_a_new_change(boss: Caller, superadmin: str) -> None:
    made = boss.post("categories", {"name": "One", "description": "first"}).json
    address = f"categories/{made['id']}"
    boss.patch(address, {"name": "Two", "description": None})
    stale = boss("POST", f"{address}/revert", {"If-Match": '"1"'}, json={"version": 1})
    assert (stale.status_code, stale.json["current"]["name"]) == (412, "Two")
    assert boss("POST", f"{address}/revert", {"If-Match": '"of-another"'}, json={"version": 1}).status_code == 412
    reply = boss("POST", f"{address}/revert", {"If-Match": '"2"'}, json={"version": 1})
    assert (reply.status_code, reply.headers["ETag"]) == (200, '"3"')
    assert (reply.json["name"], reply.json["description"], reply.json["version"]) == ("One", "first", 3)
    newest = versions(boss, address)[0]
    assert (newest["action"], newest["actor"]) == ("updated", f"user:{superadmin}")
    assert {change["field"] for change in newest["changes"]} == {"name", "description"}
    assert boss.post(f"{address}/revert", {"version": 3}).json["version"] == 3  # nothing differs, nothing is written
    assert len(versions(boss, address)) == 3


def test_why_there_is_no_way_back(boss: Caller) -> None:
    parent = boss.post("categories", {"name": "Parent"}).json
    made = boss.post("categories", {"name": "One", "parentId": parent["id"], "slug": "one"}).json
    address = f"categories/{made['id']}"
    boss.patch(address, {"parentId": None, "slug": "other"})
    for body, field in (
        ({"version": 9}, "version"),
        ({"version": 0}, "version"),
        ({}, "version"),
        ({"version": 1, "x": 1}, "x"),
    ):
        reply = boss.post(f"{address}/revert", body)
        assert (reply.status_code, [error["field"] for error in reply.json["errors"]]) == (422, [field]), body
    boss.post("categories", {"name": "Thief", "slug": "one"})
    taken = boss.post(f"{address}/revert", {"version": 1})
    assert (taken.status_code, taken.json["code"]) == (409, "taken")
    boss.delete(f"categories/{parent['id']}")
    lost = boss.post(f"{address}/revert", {"version": 1})
    assert (lost.status_code, [error["field"] for error in lost.json["errors"]]) == (422, ["parentId"])
    boss.delete(address)
    gone = boss.post(f"{address}/revert", {"version": 1})
    assert (gone.status_code, gone.json["code"]) == (409, "not-live")
    assert boss.post("categories/nobody/revert", {"version": 1}).status_code == 404


def test_what_was_compacted_is_said_to_be(boss: Caller, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    made = boss.post("categories", {"name": "One"}).json
    address = f"categories/{made['id']}"
    first = now()
    boss.patch(address, {"name": "Two"})
    boss.patch(address, {"name": "Three"})
    last = now()
    settle(app)
    monkeypatch.setattr(compaction, "utcnow", lambda: utcnow() + timedelta(days=366))
    with app.app_context():
        assert compaction.compact().compacted >= 3
    assert boss.get(f"{address}?asOf={last}").json["name"] == "Three"  # it stands so today
    old = boss.get(f"{address}?asOf={first}")
    assert (old.status_code, old.json["code"]) == (410, "history-compacted")
    back = boss.post(f"{address}/revert", {"version": 1})
    assert (back.status_code, back.json["code"]) == (409, "history-compacted")
    assert [(one["version"], one["changes"], one["compacted"]) for one in versions(boss, address)] == [
        (3, [], True), (2, [], True), (1, [], True),
    ]  # fmt: skip
    stale = boss.patch(address, {"name": "Five", "type": made["type"]}, If_Match='"1"')
    assert (stale.status_code, [error["field"] for error in stale.json["errors"]]) == (412, ["name"])
    boss.patch(address, {"name": "Four"})
    assert boss.get(f"{address}?asOf={last}").json["name"] == "Three"  # the next change remembers
    assert boss.get("audit/verify").json["intact"]
