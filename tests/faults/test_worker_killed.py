"""The worker dies in the middle of a sweep: nothing is left running, and the sweep begins anew within seconds."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from flask import Flask
from sqlalchemy import select

from digisence.extensions import db
from digisence.extensions.queue import queue
from digisence.models import Run
from tests.e2e.product import Admin, Product
from tests.integrity.conftest import install
from tests.jobs.conftest import Start, product, start  # noqa: F401 fixtures

PROMISED_SECONDS = 60
SLOW = """
import time
from digisence.integrity.rule import rule

@rule("slow", api=1, resource="users", severity="low", title="A slow one", remedy="report")
def slow(q):
    time.sleep(4)
    return q.select(q.users.id).where(q.users.email == "")
"""


@pytest.fixture
def running(sqlite_template: Path, tmp_path: Path) -> Iterator[Product]:
    """The product with a rule that takes four seconds."""
    site, instance = tmp_path / "site", tmp_path / "instance"
    instance.mkdir()
    (instance / "digisence.sqlite").write_bytes(sqlite_template.read_bytes())
    install(site, "slow-rules", "1.0", "slow_rules", SLOW)
    install(site, "digisence", "0.1.0", "digisence.integrity.checks")
    started = Product(instance, "", PYTHONPATH=f"{site}:{Path.cwd()}").start()
    yield started
    started.close()


def until(look: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What `look` finds, as soon as it finds something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.05)
    return found


def in_hand(admin: Admin) -> dict[str, Any] | None:
    """The sweep that is under way and has come to the slow rule."""
    items = admin.get("/api/admin/sync/log")["items"]
    if not items:
        return None
    newest: dict[str, Any] = items[0]
    slow = (newest["progress"] or {}).get("check") == "slow-rules.slow"
    return newest if newest["state"] == "running" and slow else None


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_sweep_goes_on_after_its_worker_was_killed_and_stops_when_it_is_cancelled(running: Product) -> None:
    admin = running.admin()
    dead = until(lambda: in_hand(admin))
    tree = running.pids(" worker")
    killed_at = time.time()
    os.kill(min(tree), signal.SIGKILL)
    until(lambda: not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in tree), 5)

    follower = until(lambda: (found := in_hand(admin)) and found["id"] != dead["id"] and found)
    assert moment(follower["startedAt"]).timestamp() - killed_at < PROMISED_SECONDS
    assert (follower["repair"], follower["occurrence"]) == (True, f"sweep-again-{dead['id']}")
    told = admin.get(f"/api/admin/integrity/runs/{dead['id']}")
    assert (told["state"], told["error"]) == ("abandoned", "its process ended before it did; the next run goes on")

    job = f"/api/admin/jobs/again-{dead['id']}"
    assert admin.post(f"{job}/cancel", {})["state"] == "started"
    told = until(lambda: (found := admin.get(job))["state"] != "started" and found)
    assert told["state"] == "finished"
    ended = admin.get(f"/api/admin/integrity/runs/{follower['id']}")
    assert ended["state"] == "abandoned"
    assert ended["error"].startswith("cancelled by user:")
    assert 'digisence_runs{state="abandoned"} 2.0' in admin.http.get("/metrics").text


def test_a_worker_that_was_away_for_three_ticks_sweeps_once(
    product: Flask,  # noqa: F811
    redis_url: str,
    start: Start,  # noqa: F811
    tmp_path: Path,
) -> None:
    dues = [1_763_892_000 + 600 * tick for tick in range(3)]
    for due in dues:
        queue.enqueue("sweep", {"occurrence": f"sweep-{due}"}, job_id=f"sweep-{due}")
    queue.enqueue("sweep", {"occurrence": f"sweep-{dues[0]}"}, job_id="twice")  # as if a push had been doubled
    worker = start("tests.jobs.labour", redis_url, 1, 2, 1, "burst", DIGISENCE_INSTANCE=str(tmp_path))
    said, _ = worker.communicate(timeout=60)
    assert list(db.session.scalars(select(Run.occurrence))) == [f"sweep-sweep-{dues[0]}"]
    states = [queue.state(job_id) for job_id in (*(f"sweep-{due}" for due in dues), "twice")]
    assert states == ["finished", "canceled", "canceled", "finished"]
    assert "nobody worked for a while; one occurrence stands for more" in said
