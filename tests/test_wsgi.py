"""`gunicorn wsgi:app` without any configuration of ours: streams cost no thread, and end with `bye`."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from digisence.accounts import create_superadmin
from digisence.changes import Context
from tests.conftest import SECRET
from tests.realtime.web import Web

EMAIL, PASSWORD = "anna@example.org", "three grey horses run"
WORKERS = {"sync": ["-k", "sync", "--threads", "1"], "gthread": ["-k", "gthread", "--threads", "2"]}

Serve = Callable[[str], Web]


@pytest.fixture
def serve(app: Flask, database: str, redis_url: str, tmp_path: Path) -> Iterator[Serve]:
    """Start gunicorn with a kind of worker."""
    with app.app_context():
        create_superadmin(EMAIL, PASSWORD, Context("system:test"))
    places = {"DATABASE_URL": database, "REDIS_URL": redis_url, "DIGISENCE_INSTANCE": str(tmp_path)}
    (tmp_path / "plain.py").touch()
    started = []

    def serve(kind: str) -> Web:
        options = ["-c", str(tmp_path / "plain.py"), *WORKERS[kind]]
        environment = {**places, "DIGISENCE_SECRET_KEY": SECRET}
        started.append(Web(tmp_path, "wsgi:app", environment, processes=1, threads=1, options=options))
        started[-1].begin()
        return started[-1]

    yield serve
    for web in started:
        web.stop()


@pytest.mark.parametrize("kind", WORKERS)
def test_streams_end_with_bye(serve: Serve, kind: str) -> None:
    web = serve(kind)
    _, signed = web.ask("POST", "/api/auth/login", {"email": EMAIL, "password": PASSWORD})
    headers = {"Authorization": f"Bearer {signed['accessToken']}"}
    readers = [web.reader("/api/admin/sse?initial=none", headers=headers) for _ in range(5)]
    for reader in readers:
        reader.until("hello")
    assert web.ask("GET", "/healthz")[0] == 200

    web.process.send_signal(signal.SIGTERM)

    assert {reader.until("bye", 20)[-1].json["reason"] for reader in readers} == {"drain"}
    assert all(reader.ended() for reader in readers)
