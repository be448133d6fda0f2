"""What every reply carries, and what the log may tell of a request."""

import time

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from digisence.blueprints.security import HEADERS
from digisence.extensions import metrics, sse
from tests.servers import RedisServer

from .conftest import EMAIL, PASSWORD, MakeApp, sign_in

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def explode() -> str:
    raise RuntimeError("a bug")


def publish() -> dict[str, str]:
    return {"position": sse.publish({"type": "job"})}


def page() -> Response:
    return Response("<p>", headers={"Content-Security-Policy": "default-src 'self'"})


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of an app with views of our own."""
    for path, view in (("/api/explode", explode), ("/api/publish", publish), ("/page", page)):
        app.add_url_rule(path, path, view)
    app.testing = False  # errors are answered, as in production
    return app.test_client()


@pytest.mark.parametrize(
    ("path", "status"), [("/healthz", 200), ("/api/explode", 500), ("/no/such", 404), ("/api/auth/me", 401)]
)
def test_every_reply_keeps_browsers_safe(client: FlaskClient, path: str, status: int) -> None:
    reply = client.get(path)
    assert reply.status_code == status
    assert {name: reply.headers.get(name) for name in HEADERS} == HEADERS
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert "unsafe" not in reply.headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in reply.headers
    assert "Server" not in reply.headers


def test_a_view_may_set_its_own_policy(client: FlaskClient) -> None:
    reply = client.get("/page")
    assert reply.headers.getlist("Content-Security-Policy") == ["default-src 'self'"]
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_an_https_address_is_kept(make_app: MakeApp) -> None:
    reply = make_app(public_url="https://panel.example.org").test_client().get("/healthz")
    assert reply.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_bug_is_told_without_its_inside(client: FlaskClient, capfd: pytest.CaptureFixture[str]) -> None:
    reply = client.get("/api/explode", headers={"X-Request-Id": "request-1"})
    assert (reply.json["code"], reply.json["requestId"]) == ("internal-error", "request-1")
    assert "a bug" not in reply.text
    assert "Traceback" not in reply.text


def test_a_request_has_an_id(client: FlaskClient) -> None:
    first, second = client.get("/healthz").headers["X-Request-Id"], client.get("/healthz").headers["X-Request-Id"]
    assert first != second
    assert (
        client.get("/healthz", headers={"X-Request-Id": "from.a-proxy_7"}).headers["X-Request-Id"] == "from.a-proxy_7"
    )
    for bad in ("short", "x" * 65, "with space", "ünsafe-id"):
        assert client.get("/healthz", headers={"X-Request-Id": bad}).headers["X-Request-Id"] != bad


def test_the_position_is_the_one_before_the_view_looked(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        before = sse.publish({"type": "job"})
    reply = client.get("/api/publish")
    assert reply.headers["X-Feed-Position"] == before
    assert client.get("/api/auth/me").headers["X-Feed-Position"] == reply.json["position"]
    assert "X-Feed-Position" not in client.get("/healthz").headers


def test_reads_are_looked_up_again(client: FlaskClient) -> None:
    headers = client.get("/api/publish").headers
    assert (headers["Cache-Control"], headers["Pragma"]) == ("no-cache", "no-cache")
    assert "Accept-Encoding" in headers["Vary"]


@pytest.mark.parametrize(
    "path",
    [
        "auth/me",
        "auth/sessions",
        "auth/totp",
        "admin/users/{me}/sessions",
        "admin/audit/verify",
        "admin/sync",
        "admin/jobs",
    ],
)
def test_what_a_reader_has_is_not_sent_again(client: FlaskClient, superadmin: str, path: str) -> None:
    sign_in(client)
    me = client.get("/api/auth/me").json["user"]["id"]
    read = client.get("/api/" + path.format(me=me))
    assert read.status_code == 200
    again = client.get("/api/" + path.format(me=me), headers={"If-None-Match": read.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_without_redis_a_request_is_neither_slow_nor_refused(
    client: FlaskClient, superadmin: str, redis_server: RedisServer
) -> None:
    sign_in(client)
    redis_server.kill()
    began = time.perf_counter()
    replies = [client.get("/api/auth/me") for _ in range(5)]
    assert time.perf_counter() - began < 2
    assert {reply.status_code for reply in replies} == {200}
    assert all("X-Feed-Position" not in reply.headers for reply in replies)


def test_a_request_is_one_line_without_secrets(
    make_app: MakeApp, superadmin: str, capfd: pytest.CaptureFixture[str]
) -> None:
    client = make_app().test_client()
    reply = sign_in(client, query_string="hidden=yes", headers={"X-Request-Id": "request-1"})
    client.get("/api/auth/me", headers={"X-Request-Id": "request-2"})
    client.get("/no\nsuch")
    lines = [line for line in capfd.readouterr().err.splitlines() if "event='request'" in line]
    assert len(lines) == 3
    for part in ("method='POST'", "path='/api/auth/login'", "status=200", "ms=", "request_id='request-1'"):
        assert part in lines[0]
    assert f"actor='user:{superadmin}'" in lines[1]
    assert "actor" not in lines[2]
    for secret in (PASSWORD, EMAIL, "hidden", reply.json["accessToken"]):
        assert secret not in "".join(lines)


def test_replies_are_counted(client: FlaskClient) -> None:
    for path in ("/healthz", "/healthz", "/no/such"):
        client.get(path)
    client.open("/healthz", method="MADEUP")
    count = metrics.registry.get_sample_value
    with client.application.app_context():
        assert count("digisence_requests_total", {"method": "GET", "status": "200"}) == 2
        assert count("digisence_requests_total", {"method": "GET", "status": "404"}) == 1
        assert count("digisence_requests_total", {"method": "other", "status": "405"}) == 1


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_addresses_come_from_proxies_only_when_trusted(
    make_app: MakeApp, superadmin: str, proxies: int, address: str
) -> None:
    client = make_app(trusted_proxies=proxies).test_client()
    sign_in(client, headers={"X-Forwarded-For": "198.51.100.66, 203.0.113.9"})
    [session] = client.get("/api/auth/sessions").json["items"]
    assert session["address"] == address
