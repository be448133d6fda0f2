"""sse-starlette with what it leaves to its user: one Redis subscriber a process, a queue a client.

`uvicorn benchmarks.peers.asgi:app`.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

CHANNEL = "benchmark"
_queues: set[asyncio.Queue[str]] = set()


async def _follow(redis: Redis) -> None:
    pubsub = redis.pubsub()
    await pubsub.subscribe(CHANNEL)
    async for message in pubsub.listen():
        if message["type"] == "message":
            data = message["data"].decode()
            for queue in _queues:
                queue.put_nowait(data)


@asynccontextmanager
async def _life(_app: Starlette) -> AsyncIterator[None]:
    async with Redis.from_url(os.environ["REDIS_URL"]) as redis:
        following = asyncio.create_task(_follow(redis))
        yield
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


async def _events() -> AsyncGenerator[dict[str, str], None]:
    queue: asyncio.Queue[str] = asyncio.Queue()
    _queues.add(queue)
    try:
        while True:
            yield {"data": await queue.get()}
    finally:
        _queues.discard(queue)


async def stream(_request: Request) -> EventSourceResponse:
    """Every message, as it comes."""
    return EventSourceResponse(_events(), sep="\n")


app = Starlette(routes=[Route("/stream", stream)], lifespan=_life)
