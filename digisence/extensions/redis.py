"""One pooled Redis client a process, with time-outs, so that a silent Redis cannot hold anybody."""

import time
from collections.abc import Callable
from typing import Any, Self

from flask import Flask
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Broken
from redis.exceptions import ReadOnlyError
from redis.exceptions import TimeoutError as Silent
from redis.retry import Retry

from ..config import settings

TIMEOUT_SECONDS = 2.0
SHORT_SECONDS = 0.5  # for what a request waits for and can do without
SILENT_SECONDS = 2.0  # after a silence the shared client refuses at once for so long: a request asks Redis many things


class StillSilent(Silent):
    """Redis was silent a moment ago; it was not asked again."""


class Once(Retry):
    """A broken connection is made anew once, a silent server is not asked again."""

    def __init__(self) -> None:
        super().__init__(NoBackoff(), 1, supported_errors=(Broken, ReadOnlyError))


class Impatient(Once):
    """And for SILENT_SECONDS after a silence nobody waits: one for all connections of a client."""

    def __init__(self) -> None:
        super().__init__()
        self._until = 0.0

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Each connection asks for a copy."""
        return self

    def call_with_retry(self, do: Callable[[], Any], *rest: Any, **named: Any) -> Any:
        """Do it, unless Redis was silent a moment ago."""
        if time.monotonic() < self._until:
            raise StillSilent("Redis did not answer a moment ago")
        try:
            return super().call_with_retry(do, *rest, **named)
        except StillSilent:  # it was said within `do`: no new silence
            raise
        except Silent:
            self._until = time.monotonic() + SILENT_SECONDS
            raise


class RedisClient:
    """Holds the app's client: `redis_client.get()`; redis-py makes its pool afresh after a fork."""

    def __init__(self) -> None:
        self._client: Redis | None = None

    def init_app(self, app: Flask) -> None:
        """Bind to `app`'s Redis; connects on first use."""
        self._client = connect(settings(app).redis_url, Impatient())
        app.extensions["redis"] = self._client

    def get(self) -> Redis:
        """The client. Answers are bytes. Raises redis.RedisError within TIMEOUT_SECONDS when Redis is away."""
        assert self._client is not None, "init_app comes first"  # noqa: S101
        return self._client


def connect(url: str, retry: Retry | None = None) -> Redis:
    """A client for `url` that gives up after TIMEOUT_SECONDS and notices a dead connection, or one that leads to a
    server that became a replica: the address may be another's by now.

    Not for blocking reads: those need a client of their own without a socket time-out.
    """
    client: Redis = Redis.from_url(
        url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        health_check_interval=15,
        retry=retry or Once(),
    )
    return client


def connect_briefly(url: str) -> Redis:
    """A client for `url` that gives up after SHORT_SECONDS: a broken connection is made anew, a silent one is not."""
    client: Redis = Redis.from_url(
        url,
        socket_timeout=SHORT_SECONDS,
        socket_connect_timeout=SHORT_SECONDS,
        retry=Once(),
    )
    return client


redis_client = RedisClient()
