"""The web process dies between commit and publish: after the restart the change arrives, once."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.product import Admin, Product
from tests.listener import Listener


@pytest.fixture
def product(database: str, tmp_path: Path) -> Iterator[Product]:
    started = Product(tmp_path / "instance", database).start()
    yield started
    started.close()


def listening(product: Product, admin: Admin) -> Listener:
    """Who follows the stream from now on."""
    found = Listener(product.url, admin.http.headers["Authorization"].removeprefix("Bearer "))
    found.until(lambda: found.messages)
    return found


def test_a_change_survives_the_web_process_that_committed_it(product: Product) -> None:
    admin = product.admin()
    listener = listening(product, admin)
    user = admin.post("/api/admin/users", {"email": "ann@example.org", "role": "BUSINESS_ADMIN"})
    listener.until(lambda: listener.changes(user["id"]) == [("created", 1)])
    [redis] = product.pids("unixsocket")
    relays = product.pids("relay")
    for pid in [redis, *relays]:
        os.kill(pid, signal.SIGSTOP)  # nobody can publish now
    try:
        changed = admin.patch(f"/api/admin/users/{user['id']}", {"name": "Committed, not published"})
        product.kill_part("gunicorn")
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
    listener = listening(product, admin)
    user = admin.post("/api/admin/users", {"email": "ann@example.org", "role": "BUSINESS_ADMIN"})
    listener.until(lambda: listener.changes(user["id"]) == [("created", 1)])
    [redis] = product.pids("unixsocket")
    for path in (product.instance / "redis").rglob("*"):
        if path.is_file():
            path.unlink()
    os.kill(redis, signal.SIGKILL)
    admin.patch(f"/api/admin/users/{user['id']}", {"name": "While Redis was away"})
    listener.until(lambda: "lost" in listener.kinds() or ("updated", 2) in listener.changes(user["id"]))
    # What came while it was told `lost` it reads again, like a browser; from then on it misses nothing
    path, deadline = f"/api/admin/users/{user['id']}", time.monotonic() + 30
    while ("updated", admin.patch(path, {"name": f"After {time.monotonic()}"})["version"] - 1) not in listener.changes(
        user["id"]
    ):
        assert time.monotonic() < deadline, listener.messages
        time.sleep(0.2)
    while not admin.get("/api/admin/sync")["nextSync"]:
        assert time.monotonic() < deadline, "the schedule did not come back"
        time.sleep(0.1)
    listener.close()
