"""A Redis, rows for tests, and an app on SQLite: jobs do not care which database they are told from."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis

from digisence import create_app
from digisence.extensions import db
from digisence.extensions.queue import queue
from digisence.jobs import JOBS
from tests.conftest import SECRET
from tests.jobs.beats import declare

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """A client of the empty Redis."""
    client = Redis.from_url(redis_url)
    yield client
    client.close()


@pytest.fixture
def plan() -> Iterator[dict[str, int]]:
    """Three periodic jobs, every 600 s, among the rows."""
    before = dict(JOBS)
    yield declare(3, 600)
    JOBS.clear()
    JOBS.update(before)
    queue.declare(JOBS)


@pytest.fixture
def product(redis_url: str, sqlite_template: Path, tmp_path: Path) -> Iterator[Flask]:
    """The app, in context."""
    (tmp_path / "digisence.sqlite").write_bytes(sqlite_template.read_bytes())
    app = create_app(instance=tmp_path, database_url="", redis_url=redis_url, secret_key=SECRET)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def start() -> Iterator[Start]:
    """`start(module, *arguments)` runs a module of ours; what still runs at the end is killed."""
    running: list[subprocess.Popen[str]] = []

    def begin(module: str, *arguments: object, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,  # a worker that kills its own group kills itself, not the tests
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate()
