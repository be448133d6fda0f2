"""The integrity doors, from a superadmin's browser: who may come in, what is refused, what a run leads to."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.integrity import runner
from digisence.models import Business, User

from .conftest import bearer, sign_in

BASE = "/api/admin/integrity"
OLD = utcnow() - timedelta(days=90)
TIMES: dict[str, Any] = {"created_at": OLD, "updated_at": OLD}

pytestmark = pytest.mark.usefixtures("installed")


@pytest.fixture
def defects(app: Flask) -> None:
    """Two hundred sound businesses, four orphans, one business without admin."""
    with app.app_context(), unit_of_work(Context("system:test")) as session:
        session.add_all(User(id=f"u{n}", email=f"u{n}@example.org", **TIMES) for n in range(200))
        session.add_all(User(id=f"orphan{n}", email=f"orphan{n}@example.org", **TIMES) for n in range(4))
        session.flush()
        session.add_all(
            Business(id=f"b{n}", name=f"Business {n}", slug=f"b{n}", admin_id=f"u{n}", **TIMES) for n in range(200)
        )
        session.add(Business(id="unled", name="Unled", slug="unled", **TIMES))


def carry_out(app: Flask, client: FlaskClient, headers: dict[str, str], **body: Any) -> dict[str, Any]:
    """Ask for a run, do what the worker would, read it."""
    reply = client.post(f"{BASE}/runs", json=body, headers=headers)
    assert reply.status_code == 202, reply.json
    with app.app_context():
        runner.execute(reply.json["runId"])
    found: dict[str, Any] = client.get(f"{BASE}/runs/{reply.json['runId']}", headers=headers).json
    return found


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/checks"),
        ("PATCH", "/checks/orphaned_user"),
        ("POST", "/runs"),
        ("GET", "/runs"),
        ("GET", "/findings"),
        ("POST", "/findings/bulk"),
        ("GET", "/breakers"),
        ("GET", "/breakers/orphaned_user/records"),
        ("POST", "/breakers/orphaned_user/acknowledge"),
        ("GET", "/statistics"),
    ],
)
def test_strangers_stay_outside(client: FlaskClient, method: str, path: str) -> None:
    assert client.open(f"{BASE}{path}", method=method, json={}).status_code == 401


def holds(client: FlaskClient, headers: dict[str, str], breaker: dict[str, Any]) -> None:
    """By pages one reads the very set."""
    rooms = [f"{BASE}/breakers/orphaned_user/records?page={page}&limit=3" for page in (1, 2)]
    pages = [client.get(room, headers=headers).json for room in rooms]
    assert [one["recordId"] for page in pages for one in page["items"]] == breaker["records"]
    assert {one["setHash"] for page in pages for one in page["items"]} == {breaker["setHash"]}
    assert (pages[0]["total"], client.get(f"{BASE}/breakers/x/records", headers=headers).status_code) == (4, 404)


@pytest.mark.usefixtures("defects")
def test_from_check_to_repair(app: Flask, client: FlaskClient, headers: dict[str, str]) -> None:
    queued = client.post(f"{BASE}/runs", headers=headers)
    assert (queued.status_code, list(queued.json)) == (202, ["runId"])
    waiting = client.get(f"{BASE}/runs/{queued.json['runId']}", headers=headers).json
    assert (waiting["state"], waiting["success"], waiting["occurrence"]) == ("queued", None, queued.json["runId"])
    first = carry_out(app, client, headers)
    assert (first["state"], first["success"], first["fixedRecords"]) == ("failed", True, 0)
    assert {check["type"]: check["affectedCount"] for check in first["integrityChecks"]} == {
        "orphaned_user": 4,
        "missing_business": 1,
    }
    checks = client.get(f"{BASE}/checks", headers=headers).json["items"]
    assert {check["health"] for check in checks} == {"ok"}
    assert [check["id"] for check in checks if check["mode"] == "act"] == [
        "missing_business", "missing_professional", "orphaned_user",
    ]  # fmt: skip
    repaired = carry_out(app, client, headers, repair=True)
    assert repaired["fixedRecords"] == 1
    (breaker,) = client.get(f"{BASE}/breakers", headers=headers).json["items"]
    assert (breaker["check"], breaker["count"], breaker["records"]) == (
        "orphaned_user", 4, ["orphan0", "orphan1", "orphan2", "orphan3"],
    )  # fmt: skip
    holds(client, headers, breaker)
    path = f"{BASE}/breakers/orphaned_user/acknowledge"
    other = client.post(path, json={"setHash": breaker["setHash"], "count": 5}, headers=headers)
    assert (other.status_code, other.json["code"], other.json["count"]) == (409, "other-set", 4)
    given = client.post(path, json={"setHash": breaker["setHash"], "count": 4}, headers=headers)
    assert (given.status_code, given.json["acknowledged"]["by"][:5]) == (200, "user:")
    done = carry_out(app, client, headers, repair=True)
    assert (done["state"], done["success"], done["fixedRecords"], done["integrityChecks"]) == ("passed", True, 4, [])
    figures = client.get(f"{BASE}/statistics", headers=headers).json
    assert (figures["orphanedUsers"], figures["missingBusinessAdmins"]) == (0, 0)
    assert (figures["healthy"], figures["score"]) == (True, 100.0)
    assert [point["orphanedUsers"] for point in figures["trend"]] == [4, 4, 0]
    set_aside = client.get(f"/api/admin/quarantine?runId={done['id']}", headers=headers).json
    assert set_aside["total"] == 4
    back = client.post("/api/admin/quarantine/restore", json={"runId": done["id"]}, headers=headers).json
    assert (len(back["done"]), back["failed"]) == (4, [])


@pytest.mark.usefixtures("defects")
def test_findings_are_listed_ignored_and_repaired(app: Flask, client: FlaskClient, headers: dict[str, str]) -> None:
    carry_out(app, client, headers)
    carry_out(app, client, headers)
    found = client.get(f"{BASE}/findings?check=orphaned_user&limit=3", headers=headers).json
    assert (found["total"], len(found["items"]), found["items"][0]["sightings"]) == (4, 3, 2)
    first, second = found["items"][0], found["items"][1]
    ignored = client.post(
        f"{BASE}/findings/bulk", json={"ids": [first["id"], "nobody"], "action": "ignore"}, headers=headers
    )
    assert ignored.json["done"] == [first["id"]]
    assert [(failure["id"], failure["code"]) for failure in ignored.json["failed"]] == [("nobody", "not-found")]
    repair = client.post(
        f"{BASE}/findings/bulk", json={"ids": [second["id"], first["id"]], "action": "repair"}, headers=headers
    )
    assert (repair.status_code, repair.json["done"]) == (202, [second["id"]])
    with app.app_context():
        done = runner.execute(repair.json["runId"])
    assert done is not None
    assert (done["fixedRecords"], done["errors"]) == (1, [])
    everything = client.get(f"{BASE}/findings?state=all&check=orphaned_user", headers=headers).json["items"]
    states = {finding["recordId"]: finding["state"] for finding in everything}
    assert (states[first["recordId"]], states[second["recordId"]]) == ("ignored", "quarantined")
    assert sorted(states.values()) == ["ignored", "open", "open", "quarantined"]


@pytest.mark.usefixtures("defects")
def test_a_check_is_changed_within_what_makes_sense(app: Flask, client: FlaskClient, headers: dict[str, str]) -> None:
    carry_out(app, client, headers)
    path = f"{BASE}/checks/orphaned_user"
    changed = client.patch(path, json={"mode": "observe", "grace": "365d", "interval": "1h"}, headers=headers)
    assert (changed.json["mode"], changed.json["grace"], changed.json["interval"]) == ("observe", "365d", "1h")
    assert "orphaned_user" not in str(carry_out(app, client, headers)["integrityChecks"])
    assert client.get(f"{BASE}/statistics", headers=headers).json["orphanedUsers"] == 0
    assert client.patch(path, json={"interval": None}, headers=headers).json["interval"] is None
    assert client.patch(path, json={"grace": None}, headers=headers).json["grace"] == "24h"
    assert client.patch(path, json={"grace": 90.0, "interval": 3600}, headers=headers).json["grace"] == "90s"
    for wrong in (
        {"mode": "on"},
        {"grace": "soon"},
        {"grace": "90"},
        {"grace": " 7d"},
        {"grace": "٣d"},
        {"grace": 1.5},
        {"settings": {"a": 1}},
        {"colour": "red"},
        {"interval": True},
        {"interval": 0},
        {"interval": "0h"},
    ):
        refused = client.patch(path, json=wrong, headers=headers)
        assert (refused.status_code, refused.json["errors"][0]["field"].split(".")[0]) == (422, next(iter(wrong)))
    assert client.patch(f"{BASE}/checks/nothing", json={"mode": "off"}, headers=headers).status_code == 404


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_cannot_be_understood_is_refused(app: Flask, client: FlaskClient, headers: dict[str, str]) -> None:
    carry_out(app, client, headers)
    client.patch(f"{BASE}/checks/orphaned_user", json={"mode": "off"}, headers=headers)
    off = client.post(f"{BASE}/runs", json={"checks": ["missing_business", "orphaned_user"]}, headers=headers)
    assert off.json["errors"][0]["message"] == "off: orphaned_user; set it to observe first"
    for path, body in (
        ("/runs", {"checks": ["nothing"]}),
        ("/runs", {"checks": ["orphaned_user"]}),
        ("/runs", {"repair": "yes"}),
        ("/runs", {"force": True}),
        ("/findings/bulk", {"ids": [], "action": "ignore"}),
        ("/findings/bulk", {"ids": ["a"], "action": "delete"}),
        ("/breakers/orphaned_user/acknowledge", {"setHash": "x"}),
    ):
        assert client.post(f"{BASE}{path}", json=body, headers=headers).status_code == 422, (path, body)
    for path in (
        "/findings?state=lost",
        "/findings?colour=red",
        "/runs?limit=0",
        "/checks?page=x",
        "/breakers?sort=a",
        "/statistics?x=1",
        "/findings?check=bogus",
        "/runs/x?y=1",
    ):
        assert client.get(f"{BASE}{path}", headers=headers).status_code == 422, path
    assert client.get(f"{BASE}/runs/nothing", headers=headers).status_code == 404
    assert (
        client.post(f"{BASE}/breakers/x/acknowledge", json={"setHash": "x", "count": 1}, headers=headers).status_code
        == 404
    )


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_without_redis_a_run_is_refused_and_says_so(superadmin: str, make_app: Any) -> None:
    app = make_app(redis_url="redis://localhost:1")
    client = app.test_client()
    headers = bearer(sign_in(client))
    refused = client.post(f"{BASE}/runs", headers=headers)
    assert (refused.status_code, refused.json["code"]) == (503, "queue-unavailable")
    run = client.get(f"{BASE}/runs/{refused.json['runId']}", headers=headers).json
    assert (run["state"], run["success"]) == ("errored", False)
    assert client.get("/api/admin/sync", headers=headers).json["workerAlive"] is False
