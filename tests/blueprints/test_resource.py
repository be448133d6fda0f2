"""Every resource is created, read, patched, deleted and restored through one factory, strictly and with its Changes."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from digisence.extensions import db
from digisence.models import RECORDS, Change
from tests.blueprints.conftest import EMAIL, Caller, sign_in

BODIES: dict[str, dict[str, Any]] = {
    "users": {"email": "new@example.org"},
    "businesses": {"name": "Bee", "adminId": "$users"},
    "professionals": {"name": "Pro", "adminId": "$users"},
    "categories": {"name": "Food"},
    "inquiries": {"name": "Vi", "email": "vi@example.org", "message": "Hello", "businessId": "$businesses"},
    "business-listing-inquiries": {
        "businessName": "B", "contactName": "Co", "email": "c@example.org", "requirements": "all",
    },
    "registration-inquiries": {"type": "BUSINESS", "name": "App", "email": "app@example.org"},
}  # fmt: skip
PATCHES: dict[str, dict[str, Any]] = {
    "users": {"name": "Änn 🐝"},
    "inquiries": {"status": "READ", "phone": None},
    "business-listing-inquiries": {"status": "UNDER_REVIEW", "notes": "x"},
    "registration-inquiries": {"adminNotes": "x"},
}


def made(boss: Caller, resource: str, **values: Any) -> dict[str, Any]:
    """A new record, and what it needs before it."""
    body = {**BODIES[resource], **values}
    for name, value in body.items():
        if isinstance(value, str) and value.startswith("$"):
            body[name] = made(boss, value[1:])["id"]
    reply = boss.post(resource, body)
    assert reply.status_code == 201, reply.json
    record: dict[str, Any] = reply.json
    return record


def told(app: Flask, resource: str) -> list[tuple[str, str, int]]:
    with app.app_context():
        found = db.session.scalars(select(Change).where(Change.resource == resource).order_by(Change.id))
        return [(change.action, change.actor, change.version) for change in found]


def test_there_is_a_body_for_every_resource() -> None:
    assert set(BODIES) == set(RECORDS)


@pytest.mark.parametrize("resource", sorted(RECORDS))
def test_a_record_is_created_read_patched_deleted_and_restored(
    app: Flask, boss: Caller, superadmin: str, resource: str
) -> None:
    number = len(told(app, resource))
    record = made(boss, resource)
    path = f"{resource}/{record['id']}"
    read = boss.get(path)
    assert (read.status_code, read.json, read.headers["ETag"]) == (200, record, '"1"')
    assert (record["version"], set(BODIES[resource]) <= set(record)) == (1, True)

    body = PATCHES.get(
        resource, {"name": "Änders 🐝", "description": None} if resource != "professionals" else {"name": "Ö" * 2}
    )
    patched = boss.patch(path, body, If_Match=read.headers["ETag"])
    assert (patched.status_code, patched.headers["ETag"]) == (200, '"2"')
    assert {name: patched.json[name] for name in body} == body
    assert (
        patched.json | {"version": 1, "updatedAt": record["updatedAt"]} | {name: record[name] for name in body}
        == record
    )

    gone = boss.delete(path, If_Match='"2"')
    assert (gone.status_code, gone.data) == (204, b"")
    entry = gone.headers["X-Quarantine-Id"]
    assert boss.get(path).status_code == 404
    assert boss.post(f"quarantine/{entry}/restore").status_code == 200
    assert boss.get(path).json == patched.json
    me = f"user:{superadmin}"
    assert told(app, resource)[number:] == [
        ("created", me, 1),
        ("updated", me, 2),
        ("quarantined", me, 3),
        ("restored", me, 2),
    ]


def test_a_creation_says_where_it_is_and_carries_the_headers_of_the_house(boss: Caller) -> None:
    reply = boss.post("categories", {"name": "Food"}, X_Mutation_Id="m-1")
    assert reply.headers["Location"] == f"/api/admin/categories/{reply.json['id']}"
    assert reply.headers["ETag"] == '"1"'
    read = boss.get(reply.headers["Location"])
    assert read.status_code == 200
    assert (read.headers["Cache-Control"], read.headers["Pragma"], read.headers["Vary"]) == (
        "no-cache",
        "no-cache",
        "Accept-Encoding",
    )
    assert read.headers["X-Feed-Position"]
    assert read.headers["X-Request-Id"]


def test_the_mutation_and_the_request_are_in_the_change(app: Flask, boss: Caller) -> None:
    reply = boss.post("categories", {"name": "Food"}, X_Mutation_Id="m-1")
    with app.app_context():
        change = db.session.scalars(select(Change).where(Change.resource == "categories")).one()
        assert (change.mutation_id, change.request_id) == ("m-1", reply.headers["X-Request-Id"])


def test_bad_fields_are_each_named_and_nothing_is_written(app: Flask, boss: Caller) -> None:
    body = {
        "name": "",
        "adminId": "x",
        "email": "x",
        "website": "ftp://x",
        "isActive": "yes",
        "slug": "A B",
        "id": "1",
        "foo": 1,
        "phone": 1,
    }
    reply = boss.post("businesses", body)
    assert (reply.status_code, reply.mimetype, reply.json["code"]) == (422, "application/problem+json", "invalid")
    assert {error["field"] for error in reply.json["errors"]} == set(body) - {"adminId"}
    assert {"type", "title", "status", "detail", "code", "requestId", "errors"} <= set(reply.json)
    assert told(app, "businesses") == []
    assert {e["field"] for e in boss.post("businesses").json["errors"]} == {"name", "adminId"}
    for wrong in ([], "x", 5):
        assert boss.post("businesses", wrong).status_code == 422
    assert boss("POST", "businesses", data="{", content_type="application/json").status_code == 400
    assert boss("POST", "businesses", data="a=b", content_type="text/plain").status_code == 415


def test_refusals_name_the_field_and_the_word(boss: Caller) -> None:
    bee = made(boss, "businesses")
    path = f"businesses/{bee['id']}"
    cases = [
        ({"adminId": None}, 422, "admin-required", {"adminId"}),
        ({"adminId": "nobody", "categoryId": "nothing"}, 422, "invalid", {"adminId", "categoryId"}),
        (
            {"slug": made(boss, "businesses", adminId=made(boss, "users", email="b@example.org")["id"])["slug"]},
            409,
            "taken",
            {"slug"},
        ),
    ]
    for body, status, code, named in cases:
        reply = boss.patch(path, body)
        assert (reply.status_code, reply.json["code"], {e["field"] for e in reply.json["errors"]}) == (
            status,
            code,
            named,
        )
    assert boss.get(path).json == bee
    assert boss.patch("businesses/nobody", {}).status_code == boss.delete("businesses/nobody").status_code == 404


def test_a_patch_with_the_etag_in_any_dress_goes_through(boss: Caller) -> None:
    food = made(boss, "categories")
    for version, tag in enumerate(
        ['"{}"', 'W/"{}"', '"{}-gzip"', '"{}:zstd"', 'W/"{}:br"', '"99", "{}"', "*", "{}"], start=1
    ):
        reply = boss.patch(f"categories/{food['id']}", {"name": f"Art {version}"}, If_Match=tag.format(version))
        assert (reply.status_code, reply.json["version"]) == (200, version + 1)


def test_a_patch_against_another_version_is_refused_with_the_record_as_it_is(boss: Caller) -> None:
    food = made(boss, "categories")
    path = f"categories/{food['id']}"
    now = boss.patch(path, {"name": "Art"}).json
    for tag in ('"1"', 'W/"1-gzip"', '"3"', '"x"', '""'):
        reply = boss.patch(path, {"name": "Law", "description": "d"}, If_Match=tag)
        assert (reply.status_code, reply.json["code"], reply.json["current"]) == (412, "precondition-failed", now)
        assert reply.headers["ETag"] == '"2"'
        assert boss.delete(path, If_Match=tag).status_code == 412
    reply = boss.patch(path, {"name": "Law", "description": "d"}, If_Match='"1"')
    assert [error["field"] for error in reply.json["errors"]] == ["name"]
    assert boss.get(path).json == now


def test_a_reader_who_has_the_record_gets_no_body_whatever_the_encoding(boss: Caller) -> None:
    food = made(boss, "categories", description="long " * 500)
    path = f"categories/{food['id']}"
    packed = boss.get(path, Accept_Encoding="gzip")
    assert (packed.headers["Content-Encoding"], packed.headers["ETag"]) == ("gzip", '"1"')
    for tag in ('"1"', 'W/"1"', '"1:gzip"', '"0", "1-br"', "*"):
        reply = boss.get(path, If_None_Match=tag)
        assert (reply.status_code, reply.data, reply.headers["ETag"]) == (304, b"", '"1"')
    assert boss.get(path, If_None_Match='"2"').status_code == 200
    boss.patch(path, {"name": "Art"})
    assert boss.get(path, If_None_Match='"1"').status_code == 200


def test_a_password_is_taken_hashed_and_never_shown(app: Flask, boss: Caller) -> None:
    reply = boss.post("users", {"email": "new@example.org", "password": "four green goats sing", "role": "SUPER_ADMIN"})
    assert (reply.status_code, "password" in reply.text.lower().replace("mustchangepassword", "")) == (201, False)
    assert sign_in(app.test_client(), "new@example.org", "four green goats sing").status_code == 200
    assert boss.patch(f"users/{reply.json['id']}", {"password": "five blue birds fly"}).status_code == 200
    assert sign_in(app.test_client(), "new@example.org", "four green goats sing").status_code == 401
    assert sign_in(app.test_client(), "new@example.org", "five blue birds fly").status_code == 200
    short = boss.post("users", {"email": "other@example.org", "password": "short"})
    assert (short.status_code, [e["field"] for e in short.json["errors"]]) == (422, ["password"])
    assert [e["field"] for e in boss.post("categories", {"name": "Food", "password": "x" * 20}).json["errors"]] == [
        "password"
    ]
    with app.app_context():
        changes = db.session.scalars(select(Change).where(Change.record_id == reply.json["id"]).order_by(Change.id))
        assert {"password": "changed"} in [change.secrets for change in changes]


def test_who_is_disabled_deleted_or_demoted_is_signed_out(app: Flask, boss: Caller, superadmin: str) -> None:
    for number, act in enumerate((
        lambda path: boss.patch(path, {"isActive": False}),
        lambda path: boss.patch(path, {"role": "BUSINESS_ADMIN"}),
        boss.delete,
    )):  # fmt: skip
        email, password = f"u{number}@example.org", "four green goats sing"
        user = made(boss, "users", email=email, password=password, role="SUPER_ADMIN")
        theirs = {"Authorization": f"Bearer {sign_in(app.test_client(), email, password).json['accessToken']}"}
        stranger = app.test_client()
        assert stranger.get("/api/admin/users", headers=theirs).status_code == 200
        assert act(f"users/{user['id']}").status_code in (200, 204)
        assert stranger.get("/api/admin/users", headers=theirs).status_code == 401
        told = boss.get(f"audit?action=sessions-ended&recordId={user['id']}").json["items"]
        assert [(one["actor"], one["detail"]) for one in told] == [(f"user:{superadmin}", {"count": 1})][
            : act != boss.delete
        ]


def test_the_guards_answer_409(boss: Caller, superadmin: str) -> None:
    path = f"users/{superadmin}"
    for reply in (
        boss.delete(path),
        boss.patch(path, {"isActive": False}),
        boss.patch(path, {"role": "BUSINESS_ADMIN"}),
    ):
        assert (reply.status_code, reply.json["code"]) == (409, "self")
    assert boss.get(path).json["email"] == EMAIL


def test_nobody_but_a_superadmin_gets_in(app: Flask) -> None:
    stranger = app.test_client()
    for resource in [*RECORDS, "quarantine"]:
        for method, path in (
            ("GET", ""),
            ("POST", ""),
            ("GET", "/x"),
            ("PATCH", "/x"),
            ("DELETE", "/x"),
            ("POST", "/x/restore"),
        ):
            assert stranger.open(f"/api/admin/{resource}{path}", method=method, json={}).status_code == 401


def test_a_call_that_takes_no_parameters_refuses_them(boss: Caller) -> None:
    made = boss.post("/api/admin/categories", {"name": "Kept"}).json
    path = f"/api/admin/categories/{made['id']}"
    for reply in (
        boss.get(f"{path}?at=2001-01-01"),
        boss.delete(f"{path}?foo=1"),
        boss.patch(f"{path}?foo=1", {"name": "No"}),
    ):
        assert (reply.status_code, reply.json["code"]) == (422, "invalid")
        assert [error["field"] for error in reply.json["errors"]] in (["at"], ["foo"])
    assert boss.get(path).json["name"] == "Kept"


def test_options_tells_the_methods(boss: Caller) -> None:
    reply = boss.client.open("/api/admin/categories", method="OPTIONS")
    assert reply.status_code == 200
    assert {"GET", "POST"} <= set(reply.allow)


def test_no_category_comes_to_stand_under_itself(boss: Caller) -> None:
    top = made(boss, "categories", name="Top")["id"]
    middle = made(boss, "categories", name="Middle", parentId=top)["id"]
    below = made(boss, "categories", name="Below", parentId=middle)["id"]
    for parent in (top, middle, below):
        reply = boss.patch(f"categories/{top}", {"parentId": parent})
        assert (reply.status_code, [fault["field"] for fault in reply.json["errors"]]) == (422, ["parentId"])
    results = boss.post("categories/bulk", {"action": "set", "ids": [top, middle], "values": {"parentId": below}}).json
    assert (results["done"], [one["code"] for one in results["failed"]]) == ([], ["invalid", "invalid"])
    assert boss.patch(f"categories/{below}", {"parentId": top}).status_code == 200
    assert boss.patch(f"categories/{middle}", {"parentId": below}).status_code == 200


def test_a_number_that_comes_back_may_be_sent_again(boss: Caller) -> None:
    admin = made(boss, "users", email="n@example.org")["id"]
    one = made(boss, "businesses", adminId=admin, heroContent=[2.0**60, 1e300])
    assert boss.patch(f"businesses/{one['id']}", {"heroContent": one["heroContent"]}).status_code == 200
    assert boss.patch(f"businesses/{one['id']}", {"heroContent": 2**60 + 1}).status_code == 422
