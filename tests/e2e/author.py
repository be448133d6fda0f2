"""Who writes while browsers look on: through the API, and past it as a stranger with the database's password."""

import random
import sqlite3
import time
from contextlib import closing
from typing import Any

import httpx
import psycopg

from tests.e2e.product import Admin, Product
from tests.outsider import plain

CATEGORIES = "/api/admin/categories"
COLUMNS = ("id", "version", "name", "description", "type")
PATIENCE = 300.0


class Author:
    """Writes categories. `count` is how many writes were done; `restored` the ids of what came back."""

    def __init__(self, product: Product, admin: Admin, dice: random.Random) -> None:
        self._product, self._admin, self._dice = product, admin, dice
        self.ids: list[str] = []
        self.restored: set[str] = set()
        self._entries: dict[str, str] = {}
        self.count = 0

    def write(self) -> str:
        """One write of any kind; says what it was."""
        acts = (
            self.add,
            self.change,
            self.change,
            self.change,
            self.remove,
            self.restore,
            self.touch,
            self.sweep,
            self.vanish,
        )
        act = self._dice.choice(acts) if len(self.ids) > 4 else self.add
        act()
        self.count += 1
        return act.__name__

    def add(self) -> None:
        """A new record."""
        told = self._call("POST", "", {"name": self._name(), "type": self._dice.choice(["PRODUCT", "BUSINESS"])})
        self.ids.append(told.json()["id"])

    def change(self) -> None:
        """A few fields of one."""
        body = {"name": self._name()} if self._dice.random() < 0.5 else {"description": self._name()}
        self._call("PATCH", f"/{self._some()}", body)

    def remove(self) -> None:
        """Into quarantine."""
        gone = self._some()
        told = self._call("DELETE", f"/{gone}")
        if "X-Quarantine-Id" in told.headers:
            self._entries[gone] = told.headers["X-Quarantine-Id"]
        self.ids.remove(gone)

    def restore(self) -> None:
        """Out of quarantine."""
        if not self._entries:
            return self.add()
        back, entry = self._entries.popitem()
        if self._send("POST", f"/api/admin/quarantine/{entry}/restore", {}).status_code == 200:
            self.restored.add(back)
            self.ids.append(back)
        return None

    def touch(self) -> None:
        """A stranger changes one record."""
        self.sql(f"UPDATE categories SET name = '{self._name()}' WHERE id = '{self._some()}'")

    def sweep(self) -> None:
        """A stranger changes all of a kind, in one transaction."""
        self.sql(f"UPDATE categories SET description = '{self._name()}' WHERE type = 'PRODUCT'")

    def vanish(self) -> None:
        """A stranger deletes one."""
        gone = self._some()
        self.sql(f"DELETE FROM categories WHERE id = '{gone}'")
        self.ids.remove(gone)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """What a stranger does to the same database, and its rows."""
        if self._product.database.startswith("sqlite"):
            with closing(sqlite3.connect(self._product.database.removeprefix("sqlite:///"), timeout=30)) as lite, lite:
                return lite.execute(statement).fetchall()
        with psycopg.connect(plain(self._product.database)) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def stored(self) -> dict[str, tuple[Any, ...]]:
        """The table as the database has it."""
        return {row[0]: row for row in self.sql(f"SELECT {', '.join(COLUMNS)} FROM categories")}

    def answer(self, query: str) -> tuple[Any, Any]:
        """What the API gives for an endpoint, read whole, and its `total`; None where there is no such record."""
        paged = query.startswith("?")
        reply = self._send("GET", CATEGORIES + (query or "?page=1&limit=500"))
        if reply.status_code == 404:
            return None, None
        body = reply.raise_for_status().json()
        if not paged and query:
            return body, None
        items = list(body["items"])
        while not paged and len(items) < body["total"]:
            page = len(items) // 500 + 1
            items += self._send("GET", f"{CATEGORIES}?page={page}&limit=500").raise_for_status().json()["items"]
        return items, body["total"]

    def whole(self) -> None:
        """Until the server answers."""
        self._send("GET", "/healthz").raise_for_status()

    def _some(self) -> str:
        return self._dice.choice(self.ids)

    def _name(self) -> str:
        return f"{self._dice.choice('abcdefgh')} {self._dice.getrandbits(40):x}"

    def _call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        reply = self._send(method, CATEGORIES + path, body)
        assert reply.is_success or reply.status_code in (404, 409, 412), reply.text  # a killed server may have done it
        return reply

    def _send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Asked again, as people do, while the server is away."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                reply = self._admin.http.request(method, path, json=body)
                if reply.status_code < 500:
                    return reply
                said = reply.text
            except httpx.HTTPError as error:
                said = repr(error)
            assert time.monotonic() < deadline, f"{method} {path}: {said}"
            time.sleep(0.1)
