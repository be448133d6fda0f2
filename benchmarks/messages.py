"""The messages that are published, and how streams are opened until each has had one."""

import threading
import time
from typing import Any
from uuid import UUID

from .crowd import MARKED, Crowd
from .servers import Server

PATIENCE = 60.0  # seconds for all to have something


def change(number: int) -> dict[str, Any]:
    """A `change` of a business, numbered, with the time it was published at."""
    return {
        "type": "change", "timestamp": "2026-01-01T00:00:00.000Z", "resource": "businesses",
        "recordId": str(UUID(int=number)), "action": "updated", "version": number + 2, "baseVersion": number + 1,
        "actor": "external", "committedAt": "2026-01-01T00:00:00.000Z",
        "patch": {"name": f"~{number}@{time.monotonic_ns()};"},
    }  # fmt: skip


class Publisher(threading.Thread):
    """Publishes messages 1, 2, 3, … at a steady rate, until stopped."""

    def __init__(self, server: Server, rate: float) -> None:
        super().__init__(daemon=True)
        self._server, self._interval = server, 1 / rate
        self._stopped = threading.Event()
        self._last = 0

    def run(self) -> None:
        began = time.monotonic()
        while not self._stopped.wait(max(0.0, began + self._last * self._interval - time.monotonic())):
            self._server.publish(change(self._last + 1))
            self._last += 1

    def stop(self) -> int:
        """Stop; returns the number of the last message."""
        self._stopped.set()
        self.join()
        return self._last


def join(server: Server, crowd: Crowd, count: int) -> int:
    """Open `count` more streams and publish until every one has got something; returns how many have.

    Some servers answer with the first message only. Returns when nothing more is under way.
    """
    before = crowd.reset(MARKED)
    crowd.open(server.address, server.requests(count))
    live, until = 0, time.monotonic() + PATIENCE
    while live < before + count and time.monotonic() < until:
        server.publish(change(0))
        time.sleep(0.3)
        live = crowd.state().live
    arrived = -1
    while arrived != (arrived := sum(crowd.state().counts)):
        time.sleep(0.3)
    return live
