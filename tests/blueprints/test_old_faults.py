"""What the platform before this one got wrong over HTTP, where no other test says it by name."""

import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from digisence.extensions import db
from digisence.extensions.queue import queue
from digisence.jobs import run
from digisence.models import RECORDS, Mail
from tests import outsider
from tests.blueprints.conftest import EMAIL, PASSWORD, Caller, MakeApp, sign_in
from tests.blueprints.test_intake import APPLICATION, FORMS
from tests.blueprints.test_resource import BODIES, made
from tests.servers import RedisServer

DOORS = (  # stood open to everybody, or let people in past the approval
    "POST /api/auth/register/business", "POST /api/auth/register/professional", "POST /api/notifications",
    "GET /api/debug", "POST /api/test-smtp", "GET /api-dashboard", "GET /api/business/stats", "GET /api/health",
)  # fmt: skip


def test_a_profile_whose_admin_is_missing_breaks_no_list_and_no_export(database: str, boss: Caller) -> None:
    admins = {one: made(boss, "users", email=f"{one}@example.org")["id"] for one in ("businesses", "professionals")}
    profiles = {resource: made(boss, resource, adminId=admin) for resource, admin in admins.items()}
    for record in profiles.values():
        outsider.write(database, f"DELETE FROM users WHERE id = '{record['adminId']}'")
    for resource, record in profiles.items():
        [listed] = boss.get(resource).json["items"]
        assert (listed["id"], listed["adminRef"]) == (record["id"], record["adminId"])
        exported = boss.get(f"{resource}/export")
        assert (exported.status_code, record["id"] in exported.text) == (200, True)
        assert boss.patch(f"{resource}/{record['id']}", {"name": "Still here"}).status_code == 200


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_every_list_has_the_same_shape_and_the_true_total(boss: Caller) -> None:
    ids: dict[str, str] = {}
    for resource, body in BODIES.items():
        owner = {"adminId": made(boss, "users", email=f"{resource}@x.org")["id"]} if "adminId" in body else {}
        ids[resource] = made(
            boss, resource, **owner, **({"businessId": ids["businesses"]} if "businessId" in body else {})
        )["id"]
        page = boss.get(f"{resource}?limit=1&page=1").json
        assert set(page) == {"items", "page", "limit", "total"}
        assert (len(page["items"]), page["total"] >= 1) == (1, True)
    assert boss.get("users?limit=1").json["total"] == 4  # the caller, one of their own, the admins of two profiles
    assert set(BODIES) == set(RECORDS)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_an_inquiry_takes_no_state_that_there_is_not(boss: Caller) -> None:
    inquiry = made(boss, "inquiries")
    for reply in (
        boss.patch(f"inquiries/{inquiry['id']}", {"status": "PENDING"}),
        boss.post("inquiries/bulk", {"action": "set", "ids": [inquiry["id"]], "values": {"status": "PENDING"}}),
    ):
        assert reply.status_code == 422
        assert [fault["field"].rpartition(".")[2] for fault in reply.json["errors"]] == ["status"]
    assert boss.get(f"inquiries/{inquiry['id']}").json["status"] == inquiry["status"]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("door", DOORS)
def test_no_door_stands_open_that_did(app: Flask, superadmin: str, door: str) -> None:
    method, path = door.split()
    reply = app.test_client().open(path, method=method, json={"email": EMAIL} if method == "POST" else None)
    assert reply.status_code in (401, 404, 405), reply.text
    assert EMAIL.lower() not in reply.text.lower()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_what_a_signed_out_caller_may_create_answers_with_its_id_alone(app: Flask, boss: Caller) -> None:
    reply = app.test_client().post(
        "/api/registration-inquiries",
        json={**BODIES["registration-inquiries"], "termsAccepted": True, "businessName": "Bee"},
    )
    assert (reply.status_code, set(reply.json)) == (201, {"id"})
    assert app.test_client().get(f"/api/registration-inquiries/{reply.json['id']}").status_code == 404
    assert boss.get(f"registration-inquiries/{reply.json['id']}").json["email"] == "app@example.org"


TRAPPED = {**APPLICATION, "companyFax": "1"}  # counted like any other, and kept nowhere
WRONG = {"email": EMAIL, "password": "wrong"}
LIMITED: dict[str, tuple[dict[str, Any], int]] = {  # what is counted, and what is answered within the limit
    "/api/registration-inquiries": (TRAPPED, 201),
    "/api/auth/login": (WRONG, 401),
    "/api/auth/set-password": ({"token": "guessed", "password": PASSWORD}, 410),
}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("redis_is", ["there", "away"])
@pytest.mark.parametrize("door", LIMITED)
def test_the_last_that_a_limit_allows_is_let_in_and_the_next_is_not(
    make_app: MakeApp, superadmin: str, redis_server: RedisServer, door: str, redis_is: str
) -> None:
    client = make_app(intake_limit="10 per hour", login_attempts=10).test_client()
    if redis_is == "away":
        redis_server.kill()
    body, allowed = LIMITED[door]
    assert [client.post(door, json=body).status_code for _ in range(12)] == [allowed] * 10 + [429] * 2


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_right_password_is_let_in_after_the_last_wrong_one_but_one(make_app: MakeApp, superadmin: str) -> None:
    client = make_app(login_attempts=3).test_client()
    assert [client.post("/api/auth/login", json=WRONG).status_code for _ in range(2)] == [401, 401]
    assert sign_in(client).status_code == 200


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_who_comes_back_when_told_to_is_let_in(make_app: MakeApp) -> None:
    client = make_app(intake_limit="2 per 2 second").test_client()
    for _ in range(20):  # a machine at its limits may be slower than these
        refused = client.post("/api/registration-inquiries", json=TRAPPED)
        if refused.status_code == 429:
            break
    time.sleep(int(refused.headers["Retry-After"]))
    assert client.post("/api/registration-inquiries", json=TRAPPED).status_code == 201


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_page_of_another_site_writes_nothing_however_its_headers_agree(client: FlaskClient, superadmin: str) -> None:
    sign_in(client)
    headers = {"Origin": "https://evil.example", "Referer": "https://evil.example/page"}
    for origin in (
        headers,
        {**headers, "X-CSRF-TOKEN": ""},
        {"Origin": "http://localhost", "Referer": "http://localhost/"},
    ):
        reply = client.post("/api/admin/categories", json={"name": "Food"}, headers=origin)
        assert (reply.status_code, reply.json["code"]) == (401, "unauthorized")
    assert client.get("/api/admin/categories").json["total"] == 0


@pytest.mark.parametrize("form", FORMS)
def test_a_rejected_address_may_apply_again_and_is_reviewed_afresh(app: Flask, boss: Caller, form: str) -> None:
    stranger = app.test_client()
    first = stranger.post(f"/api/{form}", json=FORMS[form]).json["id"]
    assert boss.post(f"{form}/{first}/reject", {"reason": "No."}).status_code == 200
    again = stranger.post(f"/api/{form}", json={**FORMS[form], "email": FORMS[form]["email"].upper()})
    assert again.status_code == 201
    assert stranger.post(f"/api/{form}", json=FORMS[form]).json["code"] == "already-pending"
    states = {one["id"]: one["status"] for one in boss.get(form).json["items"]}
    assert states == {first: "REJECTED", again.json["id"]: "PENDING"}
    assert boss.post(f"{form}/{again.json['id']}/approve").status_code == 200
    assert boss.get(f"{form}/{first}").json["status"] == "REJECTED"


def test_forgot_password_tells_nobody_how_an_application_stands(app: Flask, boss: Caller) -> None:
    stranger = app.test_client()
    states = {"pending@example.org": None, "rejected@example.org": {"reason": "No."}}
    for email, decided in states.items():
        asked = stranger.post("/api/registration-inquiries", json={**APPLICATION, "email": email}).json["id"]
        if decided:
            assert boss.post(f"registration-inquiries/{asked}/reject", decided).status_code == 200
    told = []
    for email in (*states, "nobody@example.org", EMAIL):
        reply = stranger.post("/api/auth/forgot-password", json={"email": email})
        told.append((reply.status_code, reply.text))
        refused = sign_in(stranger, email, "wrong")
        assert (refused.status_code, refused.json["code"]) == (401, "invalid-credentials")
    assert told == [(202, '{"accepted":true}')] * 4
    with app.app_context():
        for job in queue.known():
            if job.kwargs["name"] == "forgotten-password":
                run("forgotten-password", job.kwargs["arguments"])
        sent = db.session.scalars(select(Mail.recipient).where(Mail.template == "forgotten-password")).all()
    assert list(sent) == [EMAIL]


@pytest.mark.parametrize("resource", ["businesses", "professionals", "categories"])
def test_a_new_name_leaves_the_address_of_a_page_alone(boss: Caller, resource: str) -> None:
    record = made(boss, resource, name="Old name")
    renamed = boss.patch(f"{resource}/{record['id']}", {"name": "New name"})
    assert (renamed.json["name"], renamed.json["slug"]) == ("New name", "old-name")
