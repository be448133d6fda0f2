"""Who listens and how the feed is, in the whole cluster: what every process wrote on the roster."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import orjson
from redis import Redis, RedisError
from sqlalchemy import func, select

from ..changes.relay import HEARTBEAT
from ..clock import utcnow
from ..extensions import redis_client, sse
from ..extensions.db import db
from ..extensions.sse import stream_key
from ..models import WAITING, Change
from .roster import INDEX

SUMS = ("streams", "deliveries", "bytesSent", "lost", "dropped")


def connections() -> list[dict[str, Any]]:
    """Every open stream, the newest first; see `roster.describe`. Raises redis.RedisError."""
    redis = redis_client.get()
    with redis.pipeline(transaction=False) as pipeline:
        for process in _processes(redis):
            pipeline.hvals(f"{INDEX}:{process}:streams")
        found = [orjson.loads(told) for streams in pipeline.execute() for told in streams]
    found.sort(key=lambda told: (-told["since"], told["id"]))
    return [{**told, "since": _time(told["since"])} for told in found]


def disconnect(connection: str) -> bool:
    """End a stream, in whichever process; its client may come back. False when there is none of that id.

    Raises redis.RedisError.
    """
    redis = redis_client.get()
    with redis.pipeline(transaction=False) as pipeline:
        for process in _processes(redis):
            pipeline.hexists(f"{INDEX}:{process}:streams", connection)
        if not any(pipeline.execute()):
            return False
    sse.control("disconnect", connections=[connection])
    return True


def processes() -> list[dict[str, Any]]:
    """What each process with a hub told of itself at its last beat, the oldest first. Raises redis.RedisError."""
    redis = redis_client.get()
    with redis.pipeline(transaction=False) as pipeline:
        for process in _processes(redis):
            pipeline.hget(f"{INDEX}:{process}", "about")
        found = [orjson.loads(told) for told in pipeline.execute() if told]
    alive = sorted((told for told in found if told), key=lambda told: (told["startedAt"], told["id"]))
    return [{**told, "startedAt": _time(told["startedAt"]), "seenAt": _time(told["seenAt"])} for told in alive]


def status() -> dict[str, Any]:
    """The feed, its processes and what waits to be published; without Redis, what the database alone can tell."""
    try:
        known = {**_feed(redis_client.get()), "publisherAway": False, "processes": processes()}
    except RedisError:
        nothing: dict[str, Any] = dict.fromkeys(("position", "oldest", "messages", "epoch", "relayAlive"))
        known = {**nothing, "publisherAway": True, "processes": []}
    refused: Counter[str] = Counter({"user": 0, "address": 0, "all": 0})
    for process in known["processes"]:
        refused.update(process["refused"])
    sums = {name: sum(process[name] for process in known["processes"]) for name in SUMS}
    return {**known, **sums, "refused": dict(refused), "outbox": _outbox()}


def _processes(redis: Redis) -> list[str]:
    members: Any = redis.smembers(INDEX)
    return sorted(member.decode() for member in members)


def _feed(redis: Redis) -> dict[str, Any]:
    stream = stream_key()
    with redis.pipeline() as pipeline:
        pipeline.xrevrange(stream, count=1)
        pipeline.xrange(stream, count=1)
        pipeline.xlen(stream)
        pipeline.exists(HEARTBEAT)
        newest, oldest, messages, relays = pipeline.execute()
    first = oldest[0][0].decode() if oldest else None
    return {
        "position": newest[0][0].decode() if newest else None,
        "oldest": first,
        "messages": messages,
        "epoch": first if oldest and b"epoch" in oldest[0][1] else None,
        "relayAlive": bool(relays),
    }


def _outbox() -> dict[str, Any]:
    query = select(func.count(), func.min(Change.committed_at)).select_from(WAITING)
    with db.engine.connect() as connection:
        size, oldest = connection.execute(query).one()
    age = round(max(0.0, (utcnow() - oldest).total_seconds()), 3) if oldest else None
    return {"size": size, "oldestAt": oldest, "ageSeconds": age}


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
