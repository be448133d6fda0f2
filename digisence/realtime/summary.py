"""`update`: how many records there are and what changed lately, told only while something changes."""

import time
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from ..clock import to_wire, utcnow
from ..extensions import sse
from ..extensions.db import db
from ..models import RECORDS, Change, Publication, Record
from ..models.wire import camel
from .initial import counts, key_of

EVERY_SECONDS = 5.0
RECENT = timedelta(minutes=5)
LONGEST = 50  # recent changes told of one resource


class Summary:
    """Called after every drain, at least once a second, in an app context: `Relay(app, after_drain=[Summary()])`.

    Several relays tell each state once. Raises SQLAlchemyError and redis.RedisError; the next call tries again.
    """

    def __init__(self) -> None:
        self._told: str | None = None
        self._due = 0.0

    def __call__(self, _published: int) -> None:
        """Publish an `update` when something was published since the last one, at most every EVERY_SECONDS."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + EVERY_SECONDS
        with db.engine.connect() as connection:
            newest = _newest(connection)
            if newest is None or newest == self._told:
                return
            data = {"counts": counts(connection), "recentChanges": recent_changes(connection)}
        message = {"type": "update", "timestamp": to_wire(utcnow()), "data": data}
        sse.publish(message, id=f"update-{newest}")
        self._told = newest


def recent_changes(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """What changed in the last five minutes, newest first, at most LONGEST of each resource."""
    return {key_of(resource): _of(connection, model) for resource, model in RECORDS.items()}


def _of(connection: Connection, model: type[Record]) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(Change.record_id, Change.action, Change.before, Change.after, Change.committed_at)
        .where(Change.resource == model.__resource__, Change.committed_at >= utcnow() - RECENT)
        .order_by(Change.committed_at.desc(), Change.id.desc())
        .limit(LONGEST)
    )
    title = camel(model.__title__)
    found = []
    for row in rows:
        told = {"id": row.record_id, "action": row.action, "at": to_wire(row.committed_at)}
        if name := (row.after or row.before or {}).get(title):
            told["name"] = name
        found.append(told)
    return found


def _newest(connection: Connection) -> str | None:
    """The position of the newest published change."""
    newest = select(Publication.position).order_by(Publication.milliseconds.desc(), Publication.counter.desc())
    return connection.scalar(newest.limit(1))
