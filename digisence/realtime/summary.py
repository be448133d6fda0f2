"""`update`: how many records there are and what changed lately, told only while something changes."""

import time
from datetime import timedelta
from typing import Any

from redis import Redis
from sqlalchemy import Connection, func, select

from ..clock import to_wire, utcnow
from ..extensions import redis_client, sse
from ..extensions.db import db
from ..models import RECORDS, Change, Publication, Record, Seal, Tally
from ..models.change import OF_RECORD
from ..models.wire import camel
from .initial import counts, key_of

EVERY_SECONDS = 5.0
RECENT = timedelta(minutes=5)
LONGEST = 50  # recent changes told of one resource

TURN = "digisence:update:turn"  # held for EVERY_SECONDS by whoever tells, so that it lasts no longer than a dead holder
TOLD = "digisence:update:told"  # the state that the last `update` told


class Summary:
    """Called after every drain, at least once a second, in an app context: `Relay(app, after_drain=[Summary()])`.

    Of all relays in the cluster one at a time tells, each state once. Raises SQLAlchemyError and redis.RedisError; the
    next call tries again.
    """

    def __init__(self) -> None:
        self._due = 0.0

    def _turn(self, redis: Redis) -> bool:
        """True when it is ours to tell; either way nobody looks again before the turn is over."""
        mine = redis.set(TURN, "1", nx=True, px=int(EVERY_SECONDS * 1000))
        left: Any = redis.pttl(TURN)
        self._due = time.monotonic() + max(0, left) / 1000
        return bool(mine)

    def __call__(self, _published: int) -> None:
        """Publish an `update` when something changed since the last one, at most every EVERY_SECONDS."""
        if time.monotonic() < self._due:
            return
        redis = redis_client.get()
        with db.engine.connect() as connection:
            state = _state(connection)
            if state is None or redis.get(TOLD) == state.encode() or not self._turn(redis):
                return
            data = {"counts": counts(connection), "recentChanges": recent_changes(connection)}
        sse.publish({"type": "update", "timestamp": to_wire(utcnow()), "data": data}, id=f"update-{state}")
        redis.set(TOLD, state)


def _state(connection: Connection) -> str | None:
    """A name for what an `update` would tell: it changes with every publication and every corrected count."""
    newest = select(Seal.seq, Publication.position).join(Publication, Publication.change_id == Seal.change_id)
    found = connection.execute(newest.order_by(Seal.seq.desc()).limit(1)).first()
    drift = connection.scalar(select(func.sum(Tally.drift_total))) or 0
    return f"{found.seq if found else 0}-{found.position if found else ''}-{drift}" if found or drift else None


def recent_changes(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """What changed in the last five minutes, newest first, at most LONGEST of each resource."""
    return {key_of(resource): _of(connection, model) for resource, model in RECORDS.items()}


def _of(connection: Connection, model: type[Record]) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(Change.record_id, Change.action, Change.before, Change.after, Change.committed_at)
        .where(Change.resource == model.__resource__, Change.committed_at >= utcnow() - RECENT, OF_RECORD)
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
