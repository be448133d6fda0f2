"""The end of publishing: what a test committed is on the feed."""

import time

from flask import Flask

from digisence.changes import outbox, settle
from digisence.extensions import db


def drained(seconds: float = 20.0) -> None:
    """Drain until nothing waits, within an app's context. The app's own drainer may be at it: then a drain does nothing."""
    deadline = time.monotonic() + seconds
    while outbox.waiting(db.engine):
        assert time.monotonic() < deadline, "the outbox does not empty"
        outbox.drain()
    db.session.rollback()


def put_away(app: Flask) -> None:
    """Let a test's app go: a drain under way would take a connection along that nobody closes."""
    settle(app, patience=30)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
