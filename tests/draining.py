"""The end of publishing: what a test committed is on the feed."""

import time

from digisence.changes import outbox
from digisence.extensions import db


def drained(seconds: float = 20.0) -> None:
    """Drain until nothing waits, within an app's context. The app's own drainer may be at it: then a drain does nothing."""
    deadline = time.monotonic() + seconds
    while outbox.waiting(db.engine):
        assert time.monotonic() < deadline, "the outbox does not empty"
        outbox.drain()
    db.session.rollback()
