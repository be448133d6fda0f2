"""A Redis that may be killed, the bare application before a real gunicorn, messages that are easy to recognise."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from digisence.config import load_settings
from digisence.extensions import redis_client, sse
from tests.conftest import SECRET
from tests.realtime.web import Web
from tests.servers import RedisServer


@pytest.fixture
def redis_of_its_own(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """A Redis that this test may kill; with the parameter `lasting` it keeps its data."""
    server = RedisServer(tmp_path, persist=getattr(request, "param", "") == "lasting")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def feed(redis_of_its_own: RedisServer, tmp_path: Path) -> Flask:
    """An application that only publishes, on that Redis; `sse` is bound to it."""
    app = Flask("publisher")
    app.config["SETTINGS"] = load_settings(instance=tmp_path, redis_url=redis_of_its_own.url, secret_key=SECRET)
    redis_client.init_app(app)
    sse.init_app(app)
    return app


@pytest.fixture
def serve(redis_of_its_own: RedisServer, feed: Flask, tmp_path: Path) -> Iterator[Callable[..., Web]]:
    """Start the bare application: `serve(processes=1, threads=4, **settings)`. `sse` publishes to its feed."""
    started: list[Web] = []

    def start(processes: int = 1, threads: int = 4, **chosen: Any) -> Web:
        settings = {"instance": str(tmp_path), "redis_url": redis_of_its_own.url, "secret_key": SECRET, **chosen}
        environment = {"BARE_SETTINGS": json.dumps(settings)}
        web = Web(tmp_path, "tests.realtime.bare:create_app()", environment, processes, threads)
        started.append(web)
        web.begin()
        return web

    yield start
    for web in started:
        web.stop()


def change(number: int, **extra: Any) -> dict[str, Any]:
    """A message that is easy to recognise."""
    return {"type": "change", "resource": "businesses", "recordId": str(number), "number": number, **extra}


def numbers(events: list[Any]) -> list[int]:
    """The numbers of the changes among `events`."""
    return [event.json["number"] for event in events if event.kind == "change"]
