"""A directory of many businesses whose rows others change: what the benchmarks of a browser's work have in common."""

import argparse
import random
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import Browser

from tests.e2e.chromium import launched
from tests.e2e.product import Product

FILL = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
    INSERT INTO businesses (id, name, slug, email, phone)
    SELECT printf('row-%06d', i), printf('Business %d of many', i), printf('business-%d', i),
        printf('row%d@example.org', i), printf('+49 30 %06d', i) FROM n
"""
Figures = Mapping[str, dict[str, float]]


@contextmanager
def filled(rows: int) -> Iterator[tuple[Product, str, Path]]:
    """`digisence up` with so many businesses and an admin; its SQLite file, and a folder that goes away with it."""
    with tempfile.TemporaryDirectory(prefix="digisence-bench-") as folder:
        database = f"{folder}/digisence.sqlite"
        product = Product(Path(folder) / "instance", f"sqlite:///{database}").start()
        try:
            product.admin()
            with closing(sqlite3.connect(database, isolation_level=None, timeout=10)) as connection:
                connection.execute(FILL, (rows,))
            yield product, database, Path(folder)
        finally:
            product.stop()
            product.close()


@contextmanager
def changing(database: str, rows: int, rate: float) -> Iterator[list[int]]:
    """Others change a random row so many times a second; what is given counts them."""
    counted, stop = [0], threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(database, isolation_level=None, timeout=10)) as connection:
            began = time.monotonic()
            while not stop.wait(max(0.0, began + counted[0] / rate - time.monotonic())):
                row = f"row-{random.randint(1, rows):06}"
                connection.execute("UPDATE businesses SET phone = ? WHERE id = ?", (str(counted[0]), row))
                counted[0] += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield counted
    finally:
        stop.set()
        thread.join()


def asked(parser: argparse.ArgumentParser, arguments: list[str] | None) -> argparse.Namespace:
    """What was asked for, `rate` and `rows` too."""
    parser.add_argument("--rate", type=float, default=200, help="changes a second")
    parser.add_argument("--rows", type=int, default=10_000, help="businesses in the directory")
    return parser.parse_args(arguments)


def repeated(
    once: Callable[[Browser, argparse.Namespace], Figures], options: argparse.Namespace
) -> dict[str, list[dict[str, float]]]:
    """What each repetition of `once` found, by name."""
    data: dict[str, list[dict[str, float]]] = {}
    with launched() as browser:
        for _ in range(options.repeats):
            for name, found in once(browser, options).items():
                data.setdefault(name, []).append(found)
    return data
