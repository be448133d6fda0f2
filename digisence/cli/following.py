"""The feed as Redis keeps it, followed through restarts of Redis and honest about what is gone."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import orjson
from redis import RedisError

from ..extensions import redis_client, sse
from ..extensions.redis import TIMEOUT_SECONDS
from ..extensions.sse import Position, Stored, stream_key

PAGE = 500
BLOCK_SECONDS = TIMEOUT_SECONDS / 2  # well below the client's own time-out
RETRY_SECONDS = 0.25
BEGINNING = Position(0, 0)

Message = tuple[Position, dict[str, Any]]


def moment(ago: timedelta) -> tuple[Position, bool]:
    """The position to begin after for what was published in the last `ago`, and whether the feed goes back that far.

    Raises redis.RedisError.
    """
    seconds, microseconds = redis_client.get().time()
    wanted = max(1, seconds * 1000 + microseconds // 1000 - int(ago.total_seconds() * 1000))
    before: Any = redis_client.get().xrevrange(stream_key(), max=f"({wanted}-0", min="-", count=1)
    if before:
        return Position.parse(before[0][0]), True
    first = sse.stored(BEGINNING, count=1)
    return BEGINNING, not first or first[0].data is None  # an epoch entry: there was nothing before


def known(position: Position) -> bool:
    """True while the feed keeps the message at `position`. Raises redis.RedisError."""
    found = sse.stored(position, count=1)
    return bool(found) and found[0].position == position


class Following:
    """Every message after where it begins, for ever, and None each time when all that there is was told.

    `begin` says where, once Redis answers: it is asked with the seconds that were spent waiting for that, and may raise
    what ends it all. While Redis is away it waits. `note` is told, in a sentence, that it went, that it came back, and,
    beginning with `lost`, that what came after the last message is no longer kept; it goes on with what still is.
    """

    def __init__(self, begin: Callable[[float], Position], note: Callable[[str], None]) -> None:
        self._begin, self._note, self._away = begin, note, False
        self._since = time.monotonic()
        self.last: Position | None = None

    def __iter__(self) -> Iterator[Message | None]:
        while True:
            try:
                entries = self._next()
            except RedisError as error:
                self._wait(error)
                continue
            for entry in entries:
                self.last = entry.position
                if (data := self._data(entry)) is not None:
                    yield entry.position, data
            if not entries:
                yield None
                self._rest()

    def _next(self) -> list[Stored]:
        if self.last is None:
            self.last = self._begin(time.monotonic() - self._since if self._away else 0.0)
        found = sse.stored(self.last, count=PAGE)
        if self._away:
            self._note("Redis is back")
        self._away = False
        if self.last == BEGINNING:
            return found
        if found and found[0].position == self.last:
            return found[1:]
        self._note(f"lost: the feed no longer keeps what came after {self.last}; here is what it has since")
        self.last = BEGINNING
        return sse.stored(BEGINNING, count=PAGE)

    def _data(self, entry: Stored) -> dict[str, Any] | None:
        if entry.data is None:  # the epoch entry
            return None
        try:
            data = orjson.loads(entry.data)
        except orjson.JSONDecodeError:
            data = None
        if not isinstance(data, dict):
            self._note(f"{entry.position} is no message: somebody else wrote to the feed")
            return None
        return data

    def _rest(self) -> None:
        """Until there may be more."""
        try:
            redis_client.get().xread({stream_key(): str(self.last)}, count=1, block=int(BLOCK_SECONDS * 1000))
        except RedisError as error:
            self._wait(error)

    def _wait(self, error: RedisError) -> None:
        if not self._away:
            said = str(error).strip().partition("\n")[0]
            self._note(f"Redis does not answer ({said}); waiting for it")
        self._away = True
        time.sleep(RETRY_SECONDS)
