"""Stock flask-sse before gunicorn, and who listens to it: what it sends, and what it does not, byte by byte."""

import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import flask_sse
import psutil
import sseclient
from flask import Flask
from redis import Redis

from tests.realtime.web import Web


class Stock:
    """An application with the unmodified blueprint, answering."""

    def __init__(
        self, folder: Path, redis_url: str, application: str = "create_app", threads: int = 4,
        options: Sequence[str] = (), environment: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        (folder / "plain.py").write_text("")  # nothing of ours in the server's configuration
        told, plain = {"STOCK_REDIS": redis_url, **(environment or {})}, ["-c", str(folder / "plain.py")]
        self.web = Web(folder, f"tests.realtime.stock:{application}()", told, 1, threads, [*plain, *options])
        self.web.begin()
        self._app = Flask("publisher")
        self._app.config["REDIS_URL"] = redis_url
        self._redis = Redis.from_url(redis_url)
        self._opened: list[socket.socket] = []

    def open(self, path: str = "/stream", headers: str = "") -> socket.socket:
        """Ask for a stream, and wait until it has subscribed."""
        before = self.subscribers()
        connection = ask(self.web.address, path, headers)
        self._opened.append(connection)
        self.settle(before + 1)
        return connection

    def publish(self, data: Any, **names: Any) -> None:
        """By flask-sse's own publisher."""
        with self._app.app_context():
            flask_sse.sse.publish(data, **names)

    def subscribers(self) -> int:
        """The connections that listen at Redis."""
        return len(self._redis.client_list(_type="pubsub"))

    def settle(self, number: int, wait: float = 5) -> None:
        """Wait for a number of subscribers."""
        deadline = time.monotonic() + wait
        while self.subscribers() != number:
            assert time.monotonic() < deadline, self.subscribers()
            time.sleep(0.01)

    def kill(self) -> None:
        """SIGKILL: it would not stop otherwise while somebody listens."""
        for connection in self._opened:
            connection.close()
        self._redis.close()
        family = [psutil.Process(self.web.process.pid)] if self.web.process.poll() is None else []
        for process in [child for parent in family for child in parent.children(recursive=True)] + family:
            process.kill()
        self.web.process.wait(10)


def ask(address: tuple[str, int], path: str = "/stream", headers: str = "") -> socket.socket:
    """Send a request, and wait for nothing."""
    connection = socket.create_connection(address, timeout=10)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode())
    return connection


def heard(connection: socket.socket, mark: bytes = b"\0never", wait: float = 1) -> bytes:
    """What arrives up to `mark`, to the end of the connection, or within `wait` seconds."""
    found, deadline = b"", time.monotonic() + wait
    while mark not in found:
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            data = connection.recv(65536)
        except TimeoutError:
            return found
        except ConnectionResetError:
            data = b""
        if not data:
            return found
        found += data
    return found


def body(wire: bytes) -> bytes:
    """The body so far of a chunked reply."""
    _, _, rest = wire.partition(b"\r\n\r\n")
    found = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        found, rest = found + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return found


def events(text: bytes) -> list[tuple[str, str, str | None, str | None]]:
    """(name, data, id, retry) of the events that a browser would dispatch."""
    parsed = sseclient.SSEClient([text]).events()
    return [(event.event, event.data, event.id, event.retry) for event in parsed]


def answers(web: Web, wait: float = 1) -> bool:
    """Whether a page answers in time."""
    with ask(web.address, "/page") as connection:
        return heard(connection, b"}", wait).startswith(b"HTTP/1.1 200")
