"""A Redis that may be killed, the bare application before a real gunicorn, messages that are easy to recognise."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis

from digisence.config import load_settings
from digisence.extensions import redis_client, sse
from tests.conftest import SECRET
from tests.realtime.peer import Stock
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
    return publisher(tmp_path, redis_of_its_own.url)


def publisher(folder: Path, redis_url: str) -> Flask:
    """Bind `sse` to a Redis."""
    app = Flask("publisher")
    app.config["SETTINGS"] = load_settings(instance=folder, redis_url=redis_url, secret_key=SECRET)
    redis_client.init_app(app)
    sse.init_app(app)
    return app


def start(
    folder: Path, redis_url: str, processes: int = 1, threads: int = 4, options: Sequence[str] = (), **chosen: Any
) -> Web:
    """The bare application before gunicorn (with its own `options`), answering."""
    settings = {"instance": str(folder), "redis_url": redis_url, "secret_key": SECRET, **chosen}
    environment = {"BARE_SETTINGS": json.dumps(settings)}
    web = Web(folder, "tests.realtime.bare:create_app()", environment, processes, threads, options)
    web.begin()
    return web


@pytest.fixture(scope="package")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RedisServer, Web]]:
    """A Redis and the bare application before it, for all tests that need nothing special."""
    folder = tmp_path_factory.mktemp("standing")
    redis = RedisServer(folder)
    redis.start()
    web = start(folder, redis.url, threads=8, stream_limit_user=1000, stream_limit_address=1000)
    yield redis, web
    web.stop()
    redis.kill()


@pytest.fixture
def web(standing: tuple[RedisServer, Web], tmp_path: Path) -> Iterator[Web]:
    """The standing server; `sse` publishes to its feed, which holds what other tests published too."""
    redis, web = standing
    publisher(tmp_path, redis.url)
    yield web
    web.leave()


@pytest.fixture
def redis(standing: tuple[RedisServer, Web]) -> Redis:
    """A client of the standing server's Redis."""
    return Redis.from_url(standing[0].url)


@pytest.fixture
def serve(redis_of_its_own: RedisServer, feed: Flask, tmp_path: Path) -> Iterator[Callable[..., Web]]:
    """Start the bare application: `serve(processes=1, threads=4, options=(), **settings)`; `sse` publishes to its feed."""
    started: list[Web] = []

    def serve(**chosen: Any) -> Web:
        started.append(start(tmp_path, redis_of_its_own.url, **chosen))
        return started[-1]

    yield serve
    for web in started:
        web.stop()


@pytest.fixture
def serve_stock(redis_of_its_own: RedisServer, tmp_path: Path) -> Iterator[Callable[..., Stock]]:
    """Start an application with stock flask-sse on the same Redis: `serve_stock(threads=4, options=())`."""
    started: list[Stock] = []

    def serve(**chosen: Any) -> Stock:
        started.append(Stock(tmp_path, **{"redis_url": redis_of_its_own.url, **chosen}))
        return started[-1]

    yield serve
    for stock in started:
        stock.kill()


def change(number: int, **extra: Any) -> dict[str, Any]:
    """A message that is easy to recognise."""
    return {"type": "change", "resource": "businesses", "recordId": str(number), "number": number, **extra}


def numbers(events: list[Any]) -> list[int]:
    """The numbers of the changes among `events`."""
    return [event.json["number"] for event in events if event.kind == "change"]
