"""The web process dies between commit and publish: after the restart the change arrives, once."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.product import Product


@pytest.fixture
def product(database: str, tmp_path: Path) -> Iterator[Product]:
    started = Product(tmp_path / "instance", database).start()
    yield started
    started.close()


class Listener:
    """A program that follows the stream and comes back with the last position it saw, as a browser does."""

    def __init__(self, url: str, token: str) -> None:
        self.messages: list[dict[str, Any]] = []
        self._position = ""
        self._url, self._token, self._stop = url, token, False
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def _follow(self) -> None:
        while not self._stop:
            headers = {"Authorization": f"Bearer {self._token}"} | ({"Last-Event-ID": self._position} if self._position else {})
            try:
                with httpx.stream("GET", f"{self._url}/api/admin/sse?initial=none", headers=headers, timeout=30) as reply:
                    for line in reply.iter_lines():
                        if line.startswith("id:"):
                            self._position = line[3:].strip()
                        elif line.startswith("data:") and line.strip().endswith("}"):
                            self.messages.append(json.loads(line[5:]))
                        if self._stop:
                            return
            except httpx.HTTPError:
                time.sleep(0.05)

    def changes(self, record_id: str) -> list[tuple[str, int]]:
        return [(m["action"], m["version"]) for m in self.messages if m["type"] == "change" and m.get("recordId") == record_id]

    def until(self, condition: Any, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.messages
            time.sleep(0.01)

    def close(self) -> None:
        self._stop = True


def test_a_change_survives_the_web_process_that_committed_it(product: Product) -> None:
    admin = product.admin()
    listener = Listener(product.url, admin.http.headers["Authorization"].removeprefix("Bearer "))
    listener.until(lambda: any(m["type"] == "hello" for m in listener.messages))
    user = admin.post("/api/admin/users", {"email": "ann@example.org", "role": "BUSINESS_ADMIN"})
    listener.until(lambda: listener.changes(user["id"]) == [("created", 1)])
    [redis] = product.pids("unixsocket")
    relays = product.pids("relay")
    for pid in [redis, *relays]:
        os.kill(pid, signal.SIGSTOP)  # nobody can publish now
    try:
        changed = admin.patch(f"/api/admin/users/{user['id']}", {"name": "Committed, not published"})
        for pid in product.pids("gunicorn"):
            os.kill(pid, signal.SIGKILL)
    finally:
        for pid in [redis, *relays]:
            os.kill(pid, signal.SIGCONT)
    assert changed["version"] == 2
    listener.until(lambda: ("updated", 2) in listener.changes(user["id"]))
    later = admin.patch(f"/api/admin/users/{user['id']}", {"name": "And on it goes"})
    listener.until(lambda: ("updated", later["version"]) in listener.changes(user["id"]))
    assert listener.changes(user["id"]) == [("created", 1), ("updated", 2), ("updated", 3)]
    listener.close()


def test_redis_killed_and_restarted_empty_misses_nothing(product: Product) -> None:
    admin = product.admin()
    listener = Listener(product.url, admin.http.headers["Authorization"].removeprefix("Bearer "))
    listener.until(lambda: any(m["type"] == "hello" for m in listener.messages))
    user = admin.post("/api/admin/users", {"email": "ann@example.org", "role": "BUSINESS_ADMIN"})
    listener.until(lambda: listener.changes(user["id"]) == [("created", 1)])
    [redis] = product.pids("unixsocket")
    for path in (product.instance / "redis").rglob("*"):
        if path.is_file():
            path.unlink()
    os.kill(redis, signal.SIGKILL)
    admin.patch(f"/api/admin/users/{user['id']}", {"name": "While Redis was away"})
    listener.until(lambda: any(m["type"] == "lost" for m in listener.messages) or ("updated", 2) in listener.changes(user["id"]))
    # What came while it was told `lost` it reads again, like a browser; from then on it misses nothing
    path, deadline = f"/api/admin/users/{user['id']}", time.monotonic() + 30
    while ("updated", admin.patch(path, {"name": f"After {time.monotonic()}"})["version"] - 1) not in listener.changes(user["id"]):
        assert time.monotonic() < deadline, [m for m in listener.messages if m["type"] != "update"]
        time.sleep(0.2)
    while not admin.get("/api/admin/sync")["nextSync"]:
        assert time.monotonic() < deadline, "the schedule did not come back"
        time.sleep(0.1)
    listener.close()
