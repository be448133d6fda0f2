"""Many records at once over HTTP: what was done and what was not, as a job when there are many, and undone as a whole."""

from typing import Any

import pytest
from flask import Flask

from digisence.extensions import db
from digisence.extensions.queue import queue
from digisence.jobs import run
from digisence.models import RECORDS
from digisence.records import actions
from tests.blueprints.conftest import Caller, sign_in
from tests.blueprints.test_resource import BODIES, PATCHES, made

on_sqlite = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def categories(boss: Caller, number: int) -> list[str]:
    return [made(boss, "categories", name=f"Category {one}")["id"] for one in range(number)]


def fields(reply: Any) -> set[str]:
    assert (reply.status_code, reply.mimetype) == (422, "application/problem+json"), reply.json
    return {error["field"] for error in reply.json["errors"]}


def test_every_resource_is_set_and_deleted_in_bulk_and_comes_back(boss: Caller) -> None:
    for resource in RECORDS:
        record = made(boss, resource, **({"email": f"of-{resource}@example.org"} if "email" in BODIES[resource] else {}),
                      **({"adminId": made(boss, "users", email=f"admin-of-{resource}@example.org")["id"]} if "adminId" in BODIES[resource] else {}),
                      **({"businessId": boss.get("businesses").json["items"][0]["id"]} if resource == "inquiries" else {}))  # fmt: skip
        path, values = f"{resource}/{record['id']}", PATCHES.get(resource, {"name": "Changed"})
        done = boss.post(f"{resource}/bulk", {"action": "set", "ids": [record["id"]], "values": values})
        assert (done.status_code, done.json["done"], done.json["failed"]) == (200, [record["id"]], []), done.json
        assert {name: boss.get(path).json[name] for name in values} == values
        gone = boss.post(
            f"{resource}/bulk", {"action": "delete", "ids": [record["id"]], "versions": {record["id"]: 2}}
        ).json
        assert (gone["done"], boss.get(path).status_code) == ([record["id"]], 404)
        for bulk_id in (gone["bulkId"], done.json["bulkId"]):
            undone = boss.post(f"bulk-actions/{bulk_id}/undo")
            assert (undone.status_code, undone.json) == (200, {"bulkId": bulk_id, "done": [record["id"]], "failed": []})
        again = boss.get(path).json
        assert again | {"version": 1, "updatedAt": record["updatedAt"]} == record


def test_ids_given_twice_or_unknown_hold_up_no_other(boss: Caller, superadmin: str) -> None:
    one, two = categories(boss, 2)
    ids = [one, "nothing", one, "", two, "%00' OR 1=1 --"]
    assert fields(boss.post("categories/bulk", {"action": "delete", "ids": ids})) == {"ids.3"}
    ids.remove("")
    reply = boss.post("categories/bulk", {"action": "delete", "ids": ids})
    assert (reply.status_code, reply.json["done"]) == (200, [one, two])
    assert [(failure["id"], failure["code"]) for failure in reply.json["failed"]] == [
        ("nothing", "not-found"), ("%00' OR 1=1 --", "not-found"),
    ]  # fmt: skip
    assert all(failure["detail"] for failure in reply.json["failed"])
    spared = boss.post("users/bulk", {"action": "delete", "ids": [superadmin]})
    assert (spared.status_code, spared.json["done"], spared.json["failed"][0]["code"]) == (200, [], "self")
    blank = boss.post("categories/bulk", {"action": "set", "ids": [one], "values": {"description": None}})
    assert blank.json["failed"][0]["code"] == "not-found"


def test_a_field_is_cleared_by_null_alone_and_in_bulk(boss: Caller) -> None:
    bee = made(boss, "businesses", phone="5", about="x")
    assert boss.patch(f"businesses/{bee['id']}", {"phone": None}).json["phone"] is None
    boss.post("businesses/bulk", {"action": "set", "ids": [bee["id"]], "values": {"about": None}})
    assert boss.get(f"businesses/{bee['id']}").json["about"] is None


@on_sqlite
def test_what_makes_no_sense_is_refused_by_name_and_nothing_is_written(boss: Caller) -> None:
    (one,) = categories(boss, 1)
    cases: list[tuple[Any, set[str]]] = [
        ({}, {"action"}), ([], {"body"}), ({"action": "purge", "ids": [one]}, {"action"}),
        ({"action": "delete", "ids": []}, {"ids"}), ({"action": "delete", "ids": [1, None]}, {"ids.0", "ids.1"}),
        ({"action": "delete", "ids": None}, {"ids"}), ({"action": "delete", "ids": [one], "force": True}, {"force"}),
        ({"action": "activate", "ids": [one]}, {"action"}), ({"action": "delete", "filter": {"nme": "x"}}, {"filter.nme"}),
        ({"action": "delete", "filter": {"type": "FOOD"}}, {"filter.type"}), ({"action": "delete", "filter": []}, {"filter"}),
        ({"action": "delete", "filter": {"search": ""}}, {"filter.search"}), ({"action": "delete", "filter": {"search": [" "]}}, {"filter.search"}),
        ({"action": "delete", "ids": [one], "versions": {one: "2"}}, {f"versions.{one}.value"}),
        ({"action": "set", "ids": [one], "values": {"nme": "x"}}, {"values.nme"}),
        ({"action": "set", "ids": [one], "values": {"name": "\ud800"[:0]}}, {"values.name"}),
    ]  # fmt: skip
    for body, named in cases:
        assert fields(boss.post("categories/bulk", body)) == named, body
    assert fields(boss.post("categories/bulk?x=1", {"action": "delete", "ids": [one]})) == {"x"}
    assert boss.get(f"categories/{one}").json["version"] == 1
    assert boss.get("bulk-actions").json["total"] == 0


def test_more_than_a_few_are_a_job_that_tells_how_far_it_is(
    app: Flask, boss: Caller, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "AT_ONCE", 3)
    ids = categories(boss, 5)
    reply = boss.post("categories/bulk", {"action": "delete", "filter": {"search": "Category"}})
    assert (reply.status_code, set(reply.json)) == (202, {"bulkId", "jobId"})
    bulk_id, path = reply.json["bulkId"], f"bulk-actions/{reply.json['bulkId']}"
    waits = boss.get(path).json
    assert (waits["state"], waits["total"], waits["jobId"], waits["items"]) == ("queued", None, reply.json["jobId"], [])
    assert boss.post(f"{path}/undo").json["code"] == "not-finished"
    with app.app_context():
        assert queue.job(reply.json["jobId"]).asked() == {"name": "bulk-action", "arguments": {"bulk_id": bulk_id}}
        assert run("bulk-action", {"bulk_id": bulk_id})["done"] == 5
        assert run("bulk-action", {"bulk_id": bulk_id}) is None, "it is done once"
    done = boss.get(path)
    assert (done.json["state"], done.json["total"], done.json["done"], done.json["matching"]) == ("done", 5, 5, 5)
    assert boss.get(path, If_None_Match=done.headers["ETag"]).status_code == 304
    pages = [boss.get(f"{path}?limit=2&page={page}&result=done").json["items"] for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert {item["recordId"] for page in pages for item in page} == set(ids)
    assert boss.get(f"{path}?result=failed").json["items"] == []
    assert fields(boss.get(f"{path}?result=bad")) == {"result"}
    assert fields(boss.get(f"{path}?x=1")) == {"x"}
    entries = boss.get(f"quarantine?bulkId={bulk_id}").json
    assert (entries["total"], {item["bulkId"] for item in entries["items"]}) == (5, {bulk_id})
    undo = boss.post(f"{path}/undo")
    assert undo.status_code == 202
    with app.app_context():
        run("bulk-action", {"bulk_id": bulk_id})
        db.session.remove()
    assert (boss.get(path).json["state"], boss.get(path).json["undone"]) == ("undone", 5)
    assert boss.get("categories").json["total"] == 5
    assert boss.post(f"{path}/undo").json["done"] == sorted(ids), "there is nothing left to do, so it is told at once"


@on_sqlite
def test_without_redis_a_large_one_says_so_and_does_nothing(
    app: Flask, boss: Caller, redis_url: str, redis_server: Any
) -> None:
    ids = categories(boss, 1)
    redis_server.stop()
    try:
        reply = boss.post(
            "categories/bulk", {"action": "delete", "ids": [*ids, *(f"x{number}" for number in range(500))]}
        )
    finally:
        redis_server.start()
    assert (reply.status_code, reply.json["code"]) == (503, "queue-unavailable")
    told = boss.get(f"bulk-actions/{reply.json['bulkId']}").json
    assert (told["state"], told["done"]) == ("errored", 0)
    assert boss.get(f"categories/{ids[0]}").status_code == 200


def test_who_is_shut_out_in_bulk_is_signed_out_and_does_not_come_back_in_by_the_undo(app: Flask, boss: Caller) -> None:
    email, password = "new@example.org", "four green goats sing"
    user = made(boss, "users", email=email, password=password, role="SUPER_ADMIN")
    theirs = {"Authorization": f"Bearer {sign_in(app.test_client(), email, password).json['accessToken']}"}
    stranger = app.test_client()
    assert stranger.get("/api/admin/users", headers=theirs).status_code == 200
    done = boss.post("users/bulk", {"action": "deactivate", "ids": [user["id"]]}).json
    assert stranger.get("/api/admin/users", headers=theirs).status_code == 401
    assert boss.post(f"bulk-actions/{done['bulkId']}/undo").json["done"] == [user["id"]]
    assert stranger.get("/api/admin/users", headers=theirs).status_code == 401, "that sign-in has ended"
    assert sign_in(app.test_client(), email, password).status_code == 200


def test_who_was_given_the_panel_in_bulk_and_signed_in_loses_it_by_the_undo(app: Flask, boss: Caller) -> None:
    """A sign-in moves the version on, and is nobody's edit."""
    email, password = "new@example.org", "four green goats sing"
    user = made(boss, "users", email=email, password=password, role="BUSINESS_ADMIN")["id"]
    asked = {"action": "set", "ids": [user], "values": {"role": "SUPER_ADMIN"}}
    done = boss.post("users/bulk", asked).json["bulkId"]
    assert sign_in(app.test_client(), email, password).status_code == 200
    assert boss.post(f"bulk-actions/{done}/undo").json["done"] == [user]
    assert boss.get(f"users/{user}").json["role"] == "BUSINESS_ADMIN"
    again = boss.post("users/bulk", asked).json["bulkId"]
    boss.patch(f"users/{user}", {"name": "New"})
    assert sign_in(app.test_client(), email, password).status_code == 200
    assert boss.post(f"bulk-actions/{again}/undo").json["failed"][0]["code"] == "changed-since"


@on_sqlite
def test_bulk_actions_are_listed_newest_first_and_unknown_ones_are_told(boss: Caller) -> None:
    (one,) = categories(boss, 1)
    made_ = [
        boss.post("categories/bulk", {"action": "set", "ids": [one], "values": {"name": name}}).json["bulkId"]
        for name in ("Aa", "Bb")
    ]
    listed = boss.get("bulk-actions").json
    assert [item["id"] for item in listed["items"]] == made_[::-1]
    assert (listed["items"][0]["values"], listed["items"][0]["undoneBy"]) == ({"name": "Bb"}, None)
    assert boss.get("bulk-actions/nothing").status_code == boss.post("bulk-actions/nothing/undo").status_code == 404
    assert fields(boss.post(f"bulk-actions/{made_[0]}/undo", {"force": True})) == {"force"}
    older = boss.post(f"bulk-actions/{made_[0]}/undo").json
    assert (older["done"], older["failed"][0]["code"]) == ([], "changed-since")
    assert "(name)" in older["failed"][0]["detail"]


def test_a_stale_deletion_and_a_stale_patch_name_what_others_changed(boss: Caller) -> None:
    (one,) = categories(boss, 1)
    boss.patch(f"categories/{one}", {"description": "theirs"})
    for reply in (
        boss.delete(f"categories/{one}", If_Match='"1"'),
        boss.patch(f"categories/{one}", {"description": "mine", "name": "Mine"}, If_Match='"1"'),
    ):
        assert (reply.status_code, reply.json["current"]["description"]) == (412, "theirs")
        assert [error["field"] for error in reply.json["errors"]] == ["description"]
    for method in (boss.delete, lambda path, **headers: boss.patch(path, {"name": "Mine"}, **headers)):
        assert fields(method(f"categories/{one}", If_Match='"1')) == {"If-Match"}
        assert method(f"categories/{one}", If_Match='"*"').status_code == 412
        assert method("categories/nothing", If_Match="*").status_code == 404
    assert boss.patch(f"categories/{one}", {"name": "Mine"}, If_Match='"7", W/"2"').status_code == 200
    taken = boss.post("categories", {"name": "Other", "slug": boss.get(f"categories/{one}").json["slug"]})
    assert (taken.status_code, taken.json["code"], f"categories/{one}" in taken.json["detail"]) == (409, "taken", True)
    assert "choose another" in taken.json["errors"][0]["message"]
    assert boss.delete(f"categories/{one}", If_Match="*").status_code == 204


def test_no_action_gives_an_account_the_e_mail_of_another_in_other_letters(boss: Caller) -> None:
    """Sign-in looks past the case: neither would get in any more."""
    one = boss.post("users", {"email": "one@example.org"}).json["id"]
    reply = boss.post("users/bulk", {"action": "set", "ids": [one], "values": {"email": "ANNA@example.org"}}).json
    assert (reply["done"], [failure["code"] for failure in reply["failed"]]) == ([], ["taken"])
    assert boss.get(f"users/{one}").json["email"] == "one@example.org"
