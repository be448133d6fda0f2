"""Bodies that no view can use are refused before it, each with its reason."""

from datetime import UTC, datetime

import pytest
from flask import Flask, jsonify, request
from flask.testing import FlaskClient

from .conftest import MakeApp

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def echo() -> object:
    return jsonify(got=request.get_json(silent=True))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of an app that echoes."""
    app.add_url_rule("/api/echo", "echo", echo, methods=["GET", "POST", "DELETE"])
    app.add_url_rule("/api/times", "times", lambda: jsonify(at=datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC)))
    return app.test_client()


def refusal(client: FlaskClient, body: bytes, content_type: str = "application/json") -> tuple[int, str]:
    reply = client.post("/api/echo", data=body, content_type=content_type)
    assert reply.mimetype == "application/problem+json"
    assert reply.json["detail"]
    return reply.status_code, reply.json["code"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        b"[" * 5000,
        b'{"a": 1} x',
    ],
)
def test_broken_json_is_refused_with_its_place(client: FlaskClient, body: bytes) -> None:
    assert refusal(client, body) == (400, "invalid-json")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_another_form_than_json_is_refused(client: FlaskClient, content_type: str) -> None:
    assert refusal(client, b'{"a": 1}', content_type) == (415, "unsupported-media-type")


def test_a_body_that_would_have_to_be_unpacked_is_refused(client: FlaskClient) -> None:
    for encoding, status in (("gzip", 415), ("identity", 200)):
        assert client.post("/api/echo", json={}, headers={"Content-Encoding": encoding}).status_code == status


def test_what_is_too_large_is_refused(make_app: MakeApp) -> None:
    app = make_app(max_body_bytes=1000)
    app.add_url_rule("/api/echo", "echo", echo, methods=["POST"])
    client = app.test_client()
    assert client.post("/api/echo", json="x" * 998).status_code == 200
    assert refusal(client, b'"' + b"x" * 999 + b'"') == (413, "too-large")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b'{"a": "\\u0000", "b": "c"}', ["a"]), (b'{"a\\u0000": 1}', ["a\ufffd"]), (b'[{"a": ["b\\u0000c"]}]', ["0.a.0"]),
        (b'"\\u0000"', ["body"]), (b'{"a": {"b": "\\u0000"}, "c": "\\u0000"}', ["a.b", "c"]),
    ],
)  # fmt: skip
def test_a_nul_is_refused_with_its_place(client: FlaskClient, body: bytes, fields: list[str]) -> None:
    assert refusal(client, body) == (422, "invalid")
    reply = client.post("/api/echo", data=body, content_type="application/json")
    assert [fault["field"] for fault in reply.json["errors"]] == fields


@pytest.mark.parametrize(("depth", "count"), [(1, 30_000), (300, 5_000), (1_010, 1)])
def test_however_many_and_deep_a_few_nuls_are_told_of(client: FlaskClient, depth: int, count: int) -> None:
    body = "[" * depth + ",".join(['"\\u0000"'] * count) + "]" * depth
    answer = client.post("/api/auth/login", data=body, content_type="application/json")
    assert answer.status_code == 422
    assert len(answer.data) < 20_000
    assert 1 <= len(answer.json["errors"]) <= 20


@pytest.mark.parametrize("path", ["/api/echo?search=%00", "/api/echo%00"])
def test_a_nul_in_the_address_is_refused(client: FlaskClient, path: str) -> None:
    reply = client.get(path)
    assert (reply.status_code, reply.json["code"]) == (400, "bad-request")


def test_an_address_with_two_slashes_is_none(client: FlaskClient) -> None:
    assert client.get("/api//echo").status_code == 404


def test_good_bodies_pass_unchanged(client: FlaskClient) -> None:
    value = {"a": [1, None, True, "ü😀", "\\u0000"], "b": {"c": 1.5}}
    assert client.post("/api/echo", json=value).json == {"got": value}
    assert client.post("/api/echo", data=b"{}", content_type="application/json; charset=utf-8").json == {"got": {}}
    assert client.post("/api/echo").json == {"got": None}
    assert client.delete("/api/echo").json == {"got": None}


def test_times_leave_in_the_form_of_the_house(client: FlaskClient) -> None:
    reply = client.get("/api/times")
    assert reply.data == b'{"at":"2026-01-02T03:04:05.678Z"}'
    assert reply.mimetype == "application/json"
