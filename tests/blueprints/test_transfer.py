"""Files over HTTP: what is taken, what is refused and how, what an import says of itself."""

import csv
import io
import json
import threading
from typing import Any

import pytest
from flask import Flask

from digisence.config import settings
from digisence.extensions import db, queue
from digisence.jobs import transfer
from digisence.models import RECORDS, Change
from digisence.records.transfer import export
from tests import outsider
from tests.blueprints.conftest import Caller, MakeApp, bearer, sign_in
from tests.blueprints.test_resource import made

CSV = {"Content-Type": "text/csv"}


def send(boss: Caller, resource: str, body: bytes | str, kind: str = "text/csv", query: str = "") -> Any:
    return boss("POST", f"{resource}/import{query}", {"Content-Type": kind}, data=body)


def done(app: Flask, boss: Caller, reply: Any, job: Any = transfer.run) -> Any:
    """What the worker makes of it."""
    assert reply.status_code == 202, reply.json
    with app.app_context():
        job(reply.json["id"])
    return boss.get(reply.headers["Location"]).json


def test_a_file_goes_out_by_the_lists_filters_and_comes_in_again(app: Flask, boss: Caller) -> None:
    for number in range(3):
        made(boss, "users", email=f"u{number}@example.org", name=f"=U{number}")
    reply = boss.get("users/export?search=u&sort=email&role=BUSINESS_ADMIN")
    assert (reply.status_code, reply.mimetype) == (200, "text/csv")
    assert 'attachment; filename="users-' in reply.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(reply.text)))
    assert [row["name"] for row in rows] == ["'=U0", "'=U1", "'=U2"]
    assert not any("assword" in name and name != "mustChangePassword" for name in rows[0])
    for form, kind in (("json", "application/json"), ("ndjson", "application/x-ndjson")):
        other = boss.get(f"users/export?format={form}")
        assert other.mimetype == kind
        assert done(app, boss, send(boss, "users", other.data, kind))["unchanged"] == 4
    assert len(json.loads(boss.get("users/export?format=json").data)) == 4
    found = done(app, boss, send(boss, "users", reply.text.replace("=U1", "=U9")))
    assert (found["state"], found["updated"], found["unchanged"]) == ("done", 1, 2)
    assert boss.get("users?search=u9").json["items"][0]["name"] == "=U9"
    with app.app_context():
        events = db.session.query(Change.action, Change.actor).filter(Change.action.in_(("exported", "imported"))).all()
        assert {action for action, _ in events} == {"exported", "imported"}
        assert all(actor.startswith("user:") for _, actor in events)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # no database sees it
def test_an_export_whose_reader_looks_at_the_status_alone_holds_nothing(boss: Caller) -> None:
    assert boss.get("users/export").status_code == 200
    for watch in threading.enumerate():
        if isinstance(watch, threading.Timer):  # an export's; one that is called off ends at once
            watch.join(export.HELD / 2)
            assert not watch.is_alive()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # no database sees it
def test_a_record_whose_admin_is_gone_is_listed_and_exported_all_the_same(
    app: Flask, boss: Caller, database: str
) -> None:
    admin = made(boss, "users", email="a@example.org")["id"]
    made(boss, "businesses", name="Bee", adminId=admin)
    outsider.tamper(database, f"DELETE FROM users WHERE id = '{admin}'")
    [listed] = boss.get("businesses").json["items"]
    [told] = csv.DictReader(io.StringIO(boss.get("businesses/export").get_data(as_text=True)))
    assert (listed["name"], listed["adminId"], told["name"], told["adminId"]) == ("Bee", admin, "Bee", admin)


def test_an_export_refuses_what_it_does_not_read(boss: Caller) -> None:
    strange = ("page=1", "since=1-0", "format=xls", "colour=red", "sort=colour", "format=csv&format=json")
    for query in strange:
        reply = boss.get(f"users/export?{query}")
        assert (reply.status_code, reply.json["code"]) == (422, "invalid")
        assert [error["field"] for error in reply.json["errors"]] == [query.partition("=")[0]]


REFUSED = (
    (b"email\nx", "text/plain", "", 415, "unsupported-media-type"),
    (b"email\nx", "text/csv; charset=latin-1", "", 415, "unsupported-media-type"),
    (b"email\n\xff", "text/csv", "", 422, "not-utf8"),
    (b"", "text/csv", "", 422, "empty"),
    (b"email,oops\n", "text/csv", "", 422, "unknown-columns"),
    (b"email\n", "text/csv", "?dryRun=maybe", 422, "invalid"),
    (b"email\n", "text/csv", "?colour=red", 422, "invalid"),
    (b"x" * 5000, "text/csv", "", 413, "too-large"),
    (b"x", "multipart/form-data; boundary=x", "", 422, "invalid"),
)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # no database sees it
def test_a_file_that_cannot_be_is_refused(make_app: MakeApp, superadmin: str) -> None:
    boss = Caller(make_app(import_bytes=4000, max_body_bytes=300).test_client())
    for body, kind, query, status, code in REFUSED:
        reply = send(boss, "users", body, kind, query)
        assert (reply.status_code, reply.json["code"]) == (status, code)
    assert boss.get("imports").json["total"] == 0


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # no database sees it
def test_only_imports_take_more_than_other_bodies(make_app: MakeApp, superadmin: str) -> None:
    boss = Caller(make_app(import_bytes=9000, max_body_bytes=1000).test_client())
    body = "email\n" + "a@x.org\n" * 900
    assert send(boss, "users", body).status_code == 202
    form = {"file": (io.BytesIO(body.encode()), "a.csv")}
    assert boss("POST", "users/import", data=form, content_type="multipart/form-data").status_code == 202
    assert boss.post("users", {"email": "a@x.org", "name": "x" * 1500}).status_code == 413


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # no database sees it
def test_nobody_else_may_and_nothing_is_read_of_them(app: Flask, boss: Caller) -> None:
    stranger = app.test_client()
    for method, path in (
        ("GET", "users/export"),
        ("POST", "users/import"),
        ("GET", "imports"),
        ("POST", "imports/x/undo"),
    ):
        assert stranger.open(f"/api/admin/{path}", method=method).status_code == 401
    made(boss, "users", email="b@example.org", password="three grey horses run")
    headers = bearer(sign_in(stranger, "b@example.org"))
    for resource in RECORDS:
        reply = stranger.post(f"/api/admin/{resource}/import", data=b"id\n", content_type="text/csv", headers=headers)
        assert reply.status_code == 403


def test_a_form_with_a_file_is_previewed_applied_and_taken_back(app: Flask, boss: Caller) -> None:
    body = b"email,name\na@x.org,A\nbad,B\n"
    form = {"file": (io.BytesIO(body), "people.CSV", "application/octet-stream")}
    reply = boss("POST", "users/import?dryRun=true", data=form, content_type="multipart/form-data")
    assert (reply.json["rows"], reply.json["rowsKnown"]) == (0, None)
    seen = done(app, boss, reply)
    assert (seen["rows"], seen["rowsKnown"]) == (2, 2)
    assert (seen["dryRun"], seen["fileName"], seen["created"], seen["failed"]) == (True, "people.CSV", 1, 1)
    faults = boss.get(f"imports/{seen['id']}/errors").json
    assert faults["total"] == 1
    assert (faults["items"][0]["line"], faults["items"][0]["errors"][0]["field"]) == (3, "email")
    sheet = list(csv.DictReader(io.StringIO(boss.get(f"imports/{seen['id']}/errors?format=csv").text)))
    assert [(row["line"], row["field"]) for row in sheet] == [("3", "email")]
    assert boss.get("users?search=a@x.org").json["total"] == 0
    begun = boss.post(f"imports/{seen['id']}/apply")
    assert (begun.json["rows"], begun.json["rowsKnown"]) == (0, 2)
    found = done(app, boss, begun)
    assert (found["created"], boss.get("users?search=a@x.org").json["total"]) == (1, 1)
    assert boss.post(f"imports/{found['id']}/cancel").json["code"] == "import-ended"
    back = done(app, boss, boss.post(f"imports/{found['id']}/undo"), transfer.undo)
    assert (back["state"], back["undone"], boss.get("users?search=a@x.org").json["total"]) == ("undone", 1, 0)
    assert boss.post(f"imports/{found['id']}/undo").json["code"] == "no-undo"
    assert [one["id"] for one in boss.get("imports?resource=users&state=undone").json["items"]] == [found["id"]]
    entry = boss.get("quarantine").json["items"][0]
    assert found["id"] in entry["reason"]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # no database sees it
def test_what_is_not_there_is_told(boss: Caller) -> None:
    for path in ("imports/none", "imports/none/errors", "imports/none/errors?format=csv"):
        assert boss.get(path).status_code == 404
    for path in ("imports?state=odd", "imports?colour=red", "imports/none?x=1"):
        assert boss.get(path).status_code == 422
    for query in ("format=xls", "format=csv&page=1"):
        assert boss.get(f"imports/none/errors?{query}").status_code == 422
    assert boss.post("imports/none/undo").status_code == 404


def test_who_loses_the_panel_by_a_file_is_signed_out(app: Flask, boss: Caller) -> None:
    made(boss, "users", email="b@example.org", password="three grey horses run", role="SUPER_ADMIN")
    other = Caller(app.test_client())
    other.headers = bearer(sign_in(app.test_client(), "b@example.org"))
    assert other.get("users").status_code == 200
    assert done(app, boss, send(boss, "users", "email,isActive\nb@example.org,false\n"))["updated"] == 1
    assert other.get("users").status_code == 401


def test_an_import_whose_asker_lost_the_panel_meanwhile_does_nothing_and_says_so(app: Flask, boss: Caller) -> None:
    made(boss, "users", email="b@example.org", password="three grey horses run", role="SUPER_ADMIN")
    other = Caller(app.test_client())
    other.headers = bearer(sign_in(app.test_client(), "b@example.org"))
    waiting = send(boss, "categories", "name\nBakers\n")
    actor = waiting.json["actor"]
    me = f"users/{actor.removeprefix('user:')}"
    etag = other.get(me).headers["ETag"]
    assert other.patch(me, {"isActive": False}, If_Match=etag).status_code == 200
    stopped = done(app, other, waiting)
    assert (stopped["state"], stopped["rows"]) == ("cancelled", 0)
    assert stopped["error"] == f"stopped: who asked for it, {actor}, was disabled"
    assert other.get("categories").json["total"] == 0


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # no database sees it
def test_an_import_waits_for_a_worker_and_the_document_tells_of_all(app: Flask, boss: Caller) -> None:
    reply = send(boss, "users", "email\na@x.org\n")
    with app.app_context():
        assert queue.state(f"import-{reply.json['id']}-0") == "queued"
        assert settings().import_bytes == 100_000_000
    document = boss.get("/openapi.json").json
    for resource in RECORDS:
        assert {"413", "415", "422", "202"} <= set(
            document["paths"][f"/api/admin/{resource}/import"]["post"]["responses"]
        )
        content = document["paths"][f"/api/admin/{resource}/export"]["get"]["responses"]["200"]["content"]
        assert set(content) == {"text/csv", "application/json", "application/x-ndjson"}
