"""Redis takes writes again in the middle of a batch: what was refused before must not come after what was taken."""

import contextlib
import threading
import time
from pathlib import Path

import orjson
from flask import Flask
from redis import Redis, RedisError

from digisence.extensions.sse import Position, sse
from tests.proxy import Proxy
from tests.realtime.conftest import change, publisher
from tests.servers import RedisServer

COUNT, SIZE = 300, 20_000


def test_a_batch_is_published_as_one_or_not_at_all(feed: Flask, redis_of_its_own: RedisServer, tmp_path: Path) -> None:
    sse.head()  # a replica would have one
    door = Proxy(redis_of_its_own.socket)
    with Redis.from_url(redis_of_its_own.url) as redis:
        redis.replicaof("127.0.0.1", "1")
        publisher(tmp_path, "redis://{}:{}/0".format(*door.address))
        messages = [{"data": change(number, filler="x" * SIZE)} for number in range(COUNT)]
        keys = [str(number) for number in range(COUNT)]
        door.delay = 0.01  # a piece: the batch takes a second to arrive
        threading.Timer(0.5, lambda: redis.replicaof("NO", "ONE")).start()
        began = time.monotonic()
        with contextlib.suppress(RedisError):
            sse.publish_many(messages, keys)
        door.heal()

        sse.publish_many(messages, keys)

    assert time.monotonic() - began > 0.5, "it was over before Redis took writes again"
    told = [orjson.loads(entry.data)["number"] for entry in sse.stored(Position(0, 0)) if entry.data]
    assert told == list(range(COUNT))
    door.close()
