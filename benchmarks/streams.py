"""Streams held by one web process: threads, memory, page latency beside them, delivery to all.

    python -m benchmarks.streams [--streams 500] [--threads 8] [--pages 300]

The whole application on SQLite before gunicorn (one process), a Redis of its own; readers and publisher share the
machine. Page: GET /api/admin/businesses of a signed-in superadmin on a fresh connection. Memory is USS: private.
"""

import argparse
import contextlib
import http.client
import json
import resource
import selectors
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from flask_migrate import upgrade

from digisence import create_app
from digisence.accounts import create_superadmin
from digisence.changes import Context
from digisence.extensions import sse
from tests.realtime.web import Web
from tests.servers import RedisServer

SECRET = "a-secret-for-benchmarks-only-0123456789"
EMAIL, PASSWORD = "bench@example.org", "three grey horses run"
LIMITS = {f"DIGISENCE_STREAM_LIMIT{part}": "100000" for part in ("", "_USER", "_ADDRESS")}


class Crowd:
    """Many streams read by one thread; counts messages by number."""

    def __init__(self, address: tuple[str, int], token: str) -> None:
        self._address, self._token = address, token
        self._selector = selectors.DefaultSelector()
        self.sockets: list[socket.socket] = []
        self.received = 0
        self._stopped = False
        self._thread = threading.Thread(target=self._read, daemon=True)

    def join(self, count: int) -> None:
        """Open `count` streams, each until its `hello` is here."""
        for _ in range(count):
            stream = socket.create_connection(self._address, timeout=30)
            head = f"GET /api/admin/sse?initial=none HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self._token}\r\n\r\n"
            stream.sendall(head.encode())
            seen = b""
            while b'"hello"' not in seen:
                data = stream.recv(65536)
                assert data, seen
                seen += data
            stream.setblocking(False)
            self._selector.register(stream, selectors.EVENT_READ)
            self.sockets.append(stream)
        self._thread.start()

    def _read(self) -> None:
        while not self._stopped:
            for key, _ in self._selector.select(0.2):
                with contextlib.suppress(BlockingIOError):
                    data = key.fileobj.recv(1 << 20)  # type: ignore[union-attr]
                    assert data, "a stream ended"
                    self.received += data.count(b'"benchmark"')

    def leave(self) -> None:
        """Close all."""
        self._stopped = True
        self._thread.join()
        for stream in self.sockets:
            stream.close()


def pages(web: Web, token: str, count: int) -> list[float]:
    """Seconds each of `count` pages took, one after another."""
    took = []
    for _ in range(count):
        began = time.perf_counter()
        connection = http.client.HTTPConnection(*web.address, timeout=30)
        connection.request(
            "GET", "/api/admin/businesses", headers={"Authorization": f"Bearer {token}", "Connection": "close"}
        )
        reply = connection.getresponse()
        reply.read()
        assert reply.status == 200, reply.status
        connection.close()
        took.append(time.perf_counter() - began)
    return took


def worker(web: Web) -> psutil.Process:
    """The one web process."""
    [process] = psutil.Process(web.process.pid).children()
    return process


def state(process: psutil.Process) -> dict[str, Any]:
    """Threads, megabytes and descriptors of a process."""
    return {
        "threads": process.num_threads(),
        "uss_mb": round(process.memory_full_info().uss / 2**20, 1),
        "fds": process.num_fds(),
    }


def quantiles(seconds: list[float]) -> dict[str, float]:
    """p50 and p99 in milliseconds."""
    return {
        "p50_ms": round(statistics.median(seconds) * 1000, 2),
        "p99_ms": round(statistics.quantiles(seconds, n=100)[98] * 1000, 2),
    }


def deliver(crowd: Crowd, process: psutil.Process, rate: float, seconds: float) -> dict[str, Any]:
    """Publish at `rate` a second; how long until all have the last, and what it cost the web process."""
    begun, before = crowd.received, process.cpu_times()
    count, started = int(rate * seconds), time.perf_counter()
    for number in range(count):
        time.sleep(max(0.0, started + number / rate - time.perf_counter()))
        sse.publish({"type": "benchmark", "number": number, "filler": "x" * 200})
    last = time.perf_counter()
    wanted = begun + count * len(crowd.sockets)
    while crowd.received < wanted:
        assert time.perf_counter() < last + 30, f"{wanted - crowd.received} messages did not arrive"
        time.sleep(0.0005)
    spent, after = time.perf_counter() - last, process.cpu_times()
    cpu = after.user + after.system - before.user - before.system
    deliveries = count * len(crowd.sockets)
    return {
        "messages": count, "deliveries": deliveries, "lost": 0, "last_to_all_ms": round(spent * 1000, 1),
        "cpu_s_per_100k": round(cpu / deliveries * 100_000, 2),
    }  # fmt: skip


def measure(streams: int, threads: int, count: int) -> dict[str, Any]:
    """All figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        redis = RedisServer(folder)
        redis.start()
        places = {"database_url": f"sqlite:///{folder}/d.sqlite", "redis_url": redis.url}
        app = create_app(instance=folder, secret_key=SECRET, **places)
        with app.app_context():
            upgrade()
            create_superadmin(EMAIL, PASSWORD, Context("system:benchmark"))
        environment = {"DATABASE_URL": places["database_url"], "REDIS_URL": redis.url, "DIGISENCE_INSTANCE": name}
        web = Web(
            folder, "digisence:create_app()", {**environment, "DIGISENCE_SECRET_KEY": SECRET, **LIMITS}, 1, threads
        )
        try:
            web.begin()
            return figures(web, streams, count)
        finally:
            web.stop()
            redis.kill()


def figures(web: Web, streams: int, count: int) -> dict[str, Any]:
    """What is measured before, with and after the streams."""
    token = web.ask("POST", "/api/auth/login", {"email": EMAIL, "password": PASSWORD})[1]["accessToken"]
    process, crowd = worker(web), Crowd(web.address, token)
    pages(web, token, 50)
    one = Crowd(web.address, token)
    one.join(1)  # the hub's own cost, before counting
    found: dict[str, Any] = {"streams": streams, "without": {**state(process), **quantiles(pages(web, token, count))}}
    began = time.perf_counter()
    crowd.join(streams)
    found["connects_per_s"] = round(streams / (time.perf_counter() - began))
    found["with, idle"] = {**state(process), **quantiles(pages(web, token, count))}
    found["kb_per_stream"] = round((found["with, idle"]["uss_mb"] - found["without"]["uss_mb"]) * 1024 / streams, 1)
    beside = threading.Thread(target=lambda: found.update({"with, 5 messages/s": quantiles(pages(web, token, count))}))
    beside.start()
    deliver(crowd, process, 5, 10)
    beside.join()
    for rate in (5, 50):
        found[f"delivery at {rate}/s"] = deliver(crowd, process, rate, 5)
    crowd.leave()
    left = time.perf_counter()
    while process.num_fds() > found["without"]["fds"] + 10:
        assert time.perf_counter() < left + 30, "streams are not freed"
        time.sleep(0.001)
    found["freed_ms"] = round((time.perf_counter() - left) * 1000)
    found["after"] = state(process)
    one.leave()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options: list[tuple[str, Callable[[str], int], int]] = [
        ("--streams", int, 500),
        ("--threads", int, 8),
        ("--pages", int, 300),
    ]
    for name, kind, default in options:
        parser.add_argument(name, type=kind, default=default)
    chosen = parser.parse_args()
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))
    print(json.dumps(measure(chosen.streams, chosen.threads, chosen.pages), indent=1))


if __name__ == "__main__":
    main()
