"""A superadmin to sign in as, and what a browser would send."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from digisence import create_app
from digisence.accounts import create_superadmin
from digisence.changes import Context
from tests.conftest import SECRET
from tests.draining import drained, put_away
from tests.integrity.conftest import install
from tests.realtime.web import Web

EMAIL = "Anna@example.org"
PASSWORD = "three grey horses run"

MakeApp = Callable[..., Flask]
Serve = Callable[..., Web]


@pytest.fixture
def superadmin(app: Flask) -> str:
    """The id of a superadmin with EMAIL and PASSWORD."""
    with app.app_context():
        return create_superadmin(EMAIL, PASSWORD, Context("system:test"))


@pytest.fixture
def make_app(database: str, redis_url: str, tmp_path: Path) -> Iterator[MakeApp]:
    """Makes an app with other settings on the same database and Redis."""
    made: list[Flask] = []

    def make(**overrides: Any) -> Flask:
        places = {"instance": tmp_path, "database_url": database, "redis_url": redis_url, "secret_key": SECRET}
        made.append(create_app(**{**places, **overrides}))
        return made[-1]

    yield make
    for app in made:
        put_away(app)


def sign_in(client: FlaskClient, email: str = EMAIL, password: str = PASSWORD, **options: Any) -> Any:
    """The reply to a sign-in; the client has its cookies from then on."""
    return client.post("/api/auth/login", json={"email": email, "password": password}, **options)


def bearer(reply: Any) -> dict[str, str]:
    """The header with the token of a sign-in's reply."""
    return {"Authorization": f"Bearer {reply.json['accessToken']}"}


def csrf(client: FlaskClient, kind: str = "access") -> dict[str, str]:
    """The header that goes with the client's cookies; `kind` is access or refresh."""
    cookie = client.get_cookie(f"csrf_{kind}_token")
    assert cookie is not None
    return {"X-CSRF-TOKEN": cookie.value}


class Caller:
    """A superadmin who is signed in: `boss.get("businesses?page=2")` calls under /api/admin."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.headers = bearer(sign_in(client))

    def __call__(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> Any:
        """The reply, read to its end: an export that nobody reads keeps its connection, and then a file."""
        address = path if path.startswith("/") else f"/api/admin/{path}"
        sent = {**self.headers, **(headers or {})}
        return self.client.open(address, method=method, headers=sent, **{"buffered": True, **options})

    def get(self, path: str, **headers: str) -> Any:
        """The reply to a GET; headers by name with `_` for `-`."""
        return self("GET", path, {name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """The reply to a POST of JSON."""
        return self("POST", path, {name.replace("_", "-"): value for name, value in headers.items()}, json=body)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        """The reply to a PATCH of JSON."""
        return self("PATCH", path, {name.replace("_", "-"): value for name, value in headers.items()}, json=body)

    def delete(self, path: str, **headers: str) -> Any:
        """The reply to a DELETE."""
        return self("DELETE", path, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture
def boss(client: FlaskClient, superadmin: str) -> Caller:
    """A superadmin who is signed in."""
    return Caller(client)


def settle(app: Flask) -> None:
    """Wait until every change is published."""
    with app.app_context():
        drained()


@pytest.fixture
def serve(app: Flask, database: str, redis_url: str, superadmin: str, tmp_path: Path) -> Iterator[Serve]:
    """Starts the application before gunicorn, on the database and Redis of `app`: `serve(NAME=value)`."""
    started = []

    def start(application: str = "digisence:create_app()", **environment: str) -> Web:
        places = {"DATABASE_URL": database, "REDIS_URL": redis_url, "DIGISENCE_INSTANCE": str(tmp_path)}
        chosen = {**places, "DIGISENCE_SECRET_KEY": SECRET, **environment}
        web = Web(tmp_path, application, chosen, processes=1, threads=6)
        started.append(web)
        web.begin()
        return web

    yield start
    for web in started:
        web.stop()


@pytest.fixture
def headers(client: FlaskClient, superadmin: str) -> dict[str, str]:
    """A superadmin's token."""
    return bearer(sign_in(client))


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's metadata, also where it runs from a work tree."""
    install(tmp_path / "own", "digisence", "0.1.0", "digisence.integrity.checks")
    monkeypatch.syspath_prepend(str(tmp_path / "own"))
