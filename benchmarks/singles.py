"""The product without its web part: Redis, a database of its own, and the single processes that a benchmark kills."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from flask import Flask
from flask_migrate import upgrade

from digisence import create_app
from digisence.cli.up import SHELL
from digisence.extensions import db
from tests.servers import RedisServer

ROOT = Path(__file__).parents[1]
PATIENCE = 300
T = TypeVar("T")


class Singles:
    """Redis, a migrated database, and processes that end with it. Inside the app's context."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.redis = RedisServer(folder)
        self.redis.start()
        url = f"sqlite:///{folder}/benchmark.sqlite"
        settings = {"DATABASE_URL": url, "REDIS_URL": self.redis.url, "DIGISENCE_INSTANCE": str(folder), **environment}
        self.environment = {**os.environ, **settings}
        self.log = (folder / "processes.log").open("ab")
        self.app: Flask = create_app(instance=folder, database_url=url, redis_url=self.redis.url)
        self.running: list[subprocess.Popen[bytes]] = []
        with self.app.app_context():
            upgrade()

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """One of the product's single processes."""
        process = subprocess.Popen(
            [*SHELL, name], env=self.environment, cwd=ROOT, stdout=self.log, stderr=self.log, start_new_session=True
        )
        self.running.append(process)
        return process

    def close(self) -> None:
        """End everything."""
        for process in self.running:
            process.kill()
            process.wait()
        self.redis.stop()
        self.log.close()


@contextmanager
def singles(**environment: str) -> Iterator[Singles]:
    """Such a product, in its app's context."""
    with tempfile.TemporaryDirectory(prefix="digisence-bench-") as folder:
        built = Singles(Path(folder), **environment)
        try:
            with built.app.app_context():
                yield built
                db.session.remove()
                db.engine.dispose()
        finally:
            built.close()


def until(look: Callable[[], T]) -> T:
    """What `look` finds, as soon as it finds something."""
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.005)
        db.session.rollback()
    return found
