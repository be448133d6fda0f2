"""The rules that hold at every door: who may come in, which methods, parameters and bodies are refused, and how."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from digisence.extensions import limiter
from tests.blueprints.conftest import Caller

Operation = tuple[str, str, dict[str, Any]]

METHODS = {"GET", "POST", "PATCH", "PUT", "DELETE"}
MEMBERS = {"type", "title", "status", "detail", "code", "requestId", "errors"}
OPEN = {
    "/api/auth/login", "/api/auth/forgot-password", "/api/auth/set-password",
    "/api/registration-inquiries", "/api/business-listing-inquiries", "/api/inquiries",
}  # fmt: skip
STREAMS = {"/api/admin/sse", "/api/admin/ws"}  # test_stream.py and test_websocket.py
SEARCHING = {"strange": "1", "stranger": "2"}

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def document(boss: Caller, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The OpenAPI document; no limit stands before what is to be tried."""
    monkeypatch.setattr(limiter, "enabled", False)
    found: dict[str, Any] = boss.get("/openapi.json").json
    return found


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """(method, address with an id that nothing has, what the document says)."""
    for path, item in document["paths"].items():
        if path not in STREAMS:
            for method in item.keys() - {"parameters"}:
                yield method.upper(), re.sub(r"\{\w+\}", "nothing-has-this-id", path), item[method]


def wrong(reply: Any, status: int, *fields: str) -> str | None:
    """What is wrong with a refusal; None when it is a Problem of this status that names these fields."""
    if reply.status_code != status:
        return f"{reply.status_code}, not {status}: {reply.text[:200]}"
    body = reply.json
    told = {fault["field"] for fault in body["errors"]}
    sound = (
        reply.mimetype == "application/problem+json"
        and body.keys() >= MEMBERS
        and body["status"] == status
        and body["requestId"] == reply.headers["X-Request-Id"]
        and body["type"] == f"urn:digisence:problem:{body['code']}"
        and told >= set(fields)
    )
    return None if sound else reply.text[:300]


def refused(found: dict[str, str | None]) -> None:
    assert found
    assert {name: told for name, told in found.items() if told} == {}


def test_a_stranger_is_told_to_sign_in(app: Flask, document: dict[str, Any]) -> None:
    stranger = app.test_client()
    closed = [one for one in operations(document) if one[1] not in OPEN]
    refused({f"{method} {path}": wrong(stranger.open(path, method=method), 401) for method, path, _ in closed})


def test_another_method_is_refused_with_those_that_there_are(document: dict[str, Any], boss: Caller) -> None:
    found = {}
    for path, item in document["paths"].items():
        offered = {method.upper() for method in item} & METHODS
        address = re.sub(r"\{\w+\}", "nothing-has-this-id", path)
        offered |= as_an_id(path, document["paths"])
        for method in sorted(METHODS - offered):
            reply = boss(method, address)
            allowed = set(reply.headers.get("Allow", "").split(", ")) - {"HEAD", "OPTIONS"}
            told = wrong(reply, 405)
            found[f"{method} {path}"] = told or (None if allowed == offered else f"Allow: {allowed}")
    refused(found)


def as_an_id(path: str, paths: dict[str, Any]) -> set[str]:
    """The methods for which the last word of a path is an id like any other: `DELETE /businesses/export`."""
    before, _, word = path.rpartition("/")
    ids = [one for one in paths if one.startswith(f"{before}/{{") and "/" not in one[len(before) + 1 :]]
    return {method.upper() for one in ids for method in paths[one]} & METHODS if "{" not in word else set()


def test_an_unknown_id_is_not_found(document: dict[str, Any], boss: Caller) -> None:
    found = {}
    for method, path, told in operations(document):
        required = told.get("requestBody", {}).get("required") or any(
            parameter.get("required") for parameter in told.get("parameters", [])
        )
        if "nothing-has-this-id" in path and (not required or method == "PATCH"):
            body = {"json": {}} if method == "PATCH" else {}
            found[f"{method} {path}"] = wrong(boss(method, path, **body), 404)
    refused(found)


def test_unknown_parameters_are_each_named(document: dict[str, Any], boss: Caller) -> None:
    found = {}
    for method, path, _ in operations(document):
        if method == "GET" and "nothing-has-this-id" not in path:
            found[path] = wrong(boss(method, path, query_string=SEARCHING), 422, *SEARCHING)
    refused(found)


def test_an_empty_parameter_is_named_as_a_fault(document: dict[str, Any], boss: Caller) -> None:
    found = {}
    for method, path, told in operations(document):
        for parameter in told.get("parameters", []):
            form = parameter["schema"]
            if parameter["in"] == "query" and method == "GET" and ({"enum", "minLength", "format"} & form.keys()):
                reply = boss(method, path, query_string={parameter["name"]: ""})
                found[f"{method} {path} {parameter['name']}"] = wrong(reply, 422, parameter["name"])
    assert len(found) > 80
    refused(found)


BODIES: list[tuple[int, dict[str, Any], tuple[str, ...]]] = [
    (415, {"data": "a=b", "content_type": "text/plain"}, ()),
    (400, {"data": "{", "content_type": "application/json"}, ()),
    (413, {"data": b'"' + b"x" * 2_100_000 + b'"', "content_type": "application/json"}, ()),
    (422, {"json": {"strange": 1, "stranger": None}}, ("strange", "stranger")),
    (422, {"json": []}, ()),
]


@pytest.mark.parametrize(("status", "body", "fields"), BODIES)
def test_a_body_of_no_use_is_refused(
    document: dict[str, Any], boss: Caller, status: int, body: dict[str, Any], fields: tuple[str, ...]
) -> None:
    found = {}
    for method, path, told in operations(document):
        kinds = told.get("requestBody", {}).get("content", {})
        if set(kinds) == {"application/json"}:
            found[f"{method} {path}"] = wrong(boss(method, path, **body), status, *fields)
    refused(found)


def test_too_many_are_told_when_to_come_back(app: Flask, client: FlaskClient, superadmin: str) -> None:
    replies = [client.post("/api/auth/login", json={"email": "x@x.org", "password": "x"}) for _ in range(30)]
    last = replies[-1]
    assert wrong(last, 429) is None
    assert int(last.headers["Retry-After"]) > 0
