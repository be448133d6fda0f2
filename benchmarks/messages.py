"""The messages that are published, and how streams are opened until each has had one."""

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
