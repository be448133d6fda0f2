"""Import and export: 100,000 rows in, out and in again, and how the web answers meanwhile.

    python -m benchmarks.transfer [--rows 100000] [--repeats 3] [--engines sqlite,postgresql]

`digisence up` (web, worker, scheduler, relay, Redis) on SQLite and on PostgreSQL. A file of users is sent to the import
and carried out by the worker; beside it one program reads lists and another changes a record, ten times a second each.
`idle` is the same without an import.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.product import Admin, Product

from . import report
from .freshness import databases

A_SECOND = 10
LIMIT = {"DIGISENCE_IMPORT_BYTES": "1000000000", "DIGISENCE_WEB_PROCESSES": "1"}
PHASES = ("idle", "import", "import again", "export csv")
FIGURES = (
    ("seconds", "seconds"), ("rows_a_second", "rows/s"), ("read_p50_ms", "list read p50 ms"), ("read_p99_ms", "p99 ms"),
    ("write_p50_ms", "PATCH p50 ms"), ("write_p99_ms", "p99 ms"), ("errors", "errors"),
)  # fmt: skip


class Beside:
    """Programs that read lists and change a record while something else goes on."""

    def __init__(self, admin: Admin) -> None:
        self._authorization = admin.http.headers["Authorization"]
        self._url = str(admin.http.base_url)
        self._user = admin.post("/api/admin/users", {"email": f"beside{time.time_ns()}@example.org"})["id"]
        self._over = threading.Event()
        self.took: dict[str, list[float]] = {"read": [], "write": []}
        self.errors = 0

    def __enter__(self) -> "Beside":
        self._threads = [threading.Thread(target=self._ask, args=(kind,)) for kind in self.took]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, kind: str) -> None:
        with httpx.Client(base_url=self._url, headers={"Authorization": self._authorization}, timeout=60) as client:
            while not self._over.wait(1 / A_SECOND):
                began = time.perf_counter()
                if kind == "read":
                    answer = client.get("/api/admin/businesses")
                else:
                    answer = client.patch(f"/api/admin/users/{self._user}", json={"name": str(time.time_ns())})
                self.errors += answer.status_code != 200
                self.took[kind].append((time.perf_counter() - began) * 1000)

    def figures(self) -> dict[str, float]:
        """How long answers took."""
        shares = {"p50": 0.5, "p99": 0.99}
        found = {
            f"{kind}_{name}_ms": report.quantile(took, share)
            for kind, took in self.took.items()
            for name, share in shares.items()
        }
        return {**found, "errors": self.errors}


def file_of(rows: int) -> bytes:
    """So many users as CSV."""
    lines = [f'u{n}@example.org,"User {n}, called ""{n}""",BUSINESS_ADMIN,true\n' for n in range(rows)]
    return ("email,name,role,isActive\n" + "".join(lines)).encode()


def bring(admin: Admin, body: bytes) -> dict[str, Any]:
    """Send a file, and wait for the worker."""
    headers = {"Content-Type": "text/csv"}
    answer = admin.http.post("/api/admin/users/import", content=body, headers=headers, timeout=120)
    answer.raise_for_status()
    while True:
        found: dict[str, Any] = admin.get(answer.headers["Location"])
        if found["finishedAt"]:
            assert (found["state"], found["failed"]) == ("done", 0), found
            return found
        time.sleep(0.25)


def take(admin: Admin) -> int:
    """Export all; returns the bytes."""
    with admin.http.stream("GET", "/api/admin/users/export", timeout=120) as answer:
        return sum(len(portion) for portion in answer.iter_bytes())


def measure(database: str, rows: int, seconds: float) -> dict[str, dict[str, float]]:
    """Figures of each phase."""
    with tempfile.TemporaryDirectory(prefix="digisence-bench-", ignore_cleanup_errors=True) as name:
        product = Product(Path(name), database, **LIMIT)
        try:
            admin = product.start().admin()
            body = file_of(rows)
            fill = partial(bring, admin, body)
            works: list[Callable[[], object]] = [partial(time.sleep, seconds), fill, fill, partial(take, admin)]
            found = {}
            for phase, work in zip(PHASES, works, strict=True):
                began = time.monotonic()
                with Beside(admin) as beside:
                    work()
                took = time.monotonic() - began
                speed = 0.0 if phase == "idle" else rows / took
                found[phase] = {"seconds": took, "rows_a_second": speed, **beside.figures()}
            return found
        finally:
            product.close()


def main(arguments: list[str] | None = None) -> None:
    """Measure and report."""
    parser = report.options(__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--engines", default="sqlite,postgresql")
    options: argparse.Namespace = parser.parse_args(arguments)
    tables, data = [], {}
    for engine in options.engines.split(","):
        runs = []
        for _ in range(options.repeats):
            with databases([engine]) as urls:
                runs.append(measure(urls[engine], options.rows, options.seconds))
        table = report.Table(f"{options.rows:,} users, {engine}", ["phase", *(title for _, title in FIGURES)])
        for phase in PHASES:
            middles: list[report.Cell] = [report.median([run[phase][key] for run in runs]) for key, _ in FIGURES]
            table.rows.append([phase, *middles])
        tables.append(table)
        data[engine] = runs
    report.publish("transfer", __doc__ or "", tables, data, options)


if __name__ == "__main__":
    main()
