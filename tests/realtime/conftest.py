"""A Redis that may be killed, a real gunicorn before the bare application, readers that are closed at the end."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from digisence.config import load_settings
from digisence.extensions import redis_client, sse
from tests.conftest import SECRET
from tests.realtime.reader import Reader
from tests.servers import RedisServer

ROOT = Path(__file__).parents[2]
CONFIGURATION = "def worker_exit(server, worker):\n    from digisence.realtime import drain\n    drain()\n"


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


class Web:
    """gunicorn with threads before an application."""

    def __init__(self, folder: Path, application: str, environment: Mapping[str, str], processes: int, threads: int) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address: tuple[str, int] = probe.getsockname()
        (folder / "gunicorn.py").write_text(CONFIGURATION)
        self.log = folder / f"web-{self.address[1]}.log"
        command = [sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", str(processes), "--threads", str(threads)]
        command += ["-b", f"127.0.0.1:{self.address[1]}", "-c", str(folder / "gunicorn.py"), "--no-control-socket"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, application], cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=log
            )
        self._readers: list[Reader] = []

    def reader(self, path: str = "/stream", **options: Any) -> Reader:
        """Open a stream."""
        reader = Reader(self.address, path, **options)
        self._readers.append(reader)
        return reader

    def get(self, path: str) -> Any:
        """The JSON of a page."""
        connection = http.client.HTTPConnection(*self.address, timeout=10)
        connection.request("GET", path, headers={"Connection": "close"})
        with contextlib.closing(connection):
            return json.loads(connection.getresponse().read())

    def eventually(self, test: Callable[[dict[str, Any]], bool], wait: float = 10) -> dict[str, Any]:
        """The first `/page` that passes the test."""
        deadline = time.monotonic() + wait
        while not test(page := self.get("/page")):
            assert time.monotonic() < deadline, page
            time.sleep(0.02)
        return page

    def begin(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(self.address):
                return
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        """Close the readers; SIGTERM and wait."""
        for reader in self._readers:
            reader.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(15)


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
