"""What the platform before this one got wrong over HTTP, where no other test says it by name."""

import pytest
from flask import Flask

from digisence.models import RECORDS
from tests import outsider
from tests.blueprints.conftest import EMAIL, Caller
from tests.blueprints.test_resource import BODIES, made

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
        ids[resource] = made(boss, resource, **owner, **({"businessId": ids["businesses"]} if "businessId" in body else {}))["id"]
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
    reply = app.test_client().post("/api/registration-inquiries", json={**BODIES["registration-inquiries"], "termsAccepted": True, "businessName": "Bee"})
    assert (reply.status_code, set(reply.json)) == (201, {"id"})
    assert app.test_client().get(f"/api/registration-inquiries/{reply.json['id']}").status_code == 404
    assert boss.get(f"registration-inquiries/{reply.json['id']}").json["email"] == "app@example.org"
