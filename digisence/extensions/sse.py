"""The feed: flask-sse's `publish`, made durable: one Lua call, to a capped Redis Stream and to the channel.

The Stream's id is the message's position: the SSE `id:`, the cursor of everything. Subscribers of the channel
get flask-sse's own form, `{"data": {...}, "id": position, "type"?}`; the position before it stands inside `data` as
`previous`, so that whoever misses a message sees it. A Stream opens with an epoch entry, so that a position of an
older, emptied Redis is known as foreign.
"""

import re
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from flask import Flask
from flask_sse import ServerSentEventsBlueprint
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.retry import Retry

from ..config import settings
from .redis import TIMEOUT_SECONDS, connect, connect_briefly, redis_client

CHANNEL = "sse"
CONTROL = "digisence:control"
KEY_SECONDS = 3600
AWAY_SECONDS = 2.0  # after a failure `position()` answers None at once for so long
FORBIDDEN = re.compile(r"[\r\n\0]")

_HEAD = """
local function head(stream)
  local newest = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  if newest then return newest[1] end
  return redis.call('XADD', stream, '*', 'epoch', '1')
end
"""
# KEYS: stream [, key of each publication]
# ARGV: history, channel, seconds a key lives; of each message its data, what its JSON says after the id, type, retry
_PUBLISH = (
    _HEAD
    + """
local previous, positions = nil, {}
for at = 4, #ARGV, 4 do
  local number, data = at / 4, ARGV[at]
  local key = KEYS[number + 1]
  local position = key and redis.call('GET', key)
  if not position then
    local fields = {'data', data}
    for place, name in ipairs({'type', 'retry'}) do
      if ARGV[at + 1 + place] ~= '' then
        fields[#fields + 1] = name
        fields[#fields + 1] = ARGV[at + 1 + place]
      end
    end
    previous = previous or head(KEYS[1])
    position = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', unpack(fields))
    if key then redis.call('SET', key, position, 'EX', ARGV[3]) end
    local told = '{"data":' .. string.sub(data, 1, -2) .. (#data > 2 and ',' or '') .. '"previous":"' .. previous
    redis.call('PUBLISH', ARGV[2], told .. '"},"id":"' .. position .. ARGV[at + 1])
    previous = position
  end
  positions[number] = position
end
return positions
"""
)
_POSITION = _HEAD + "return head(KEYS[1])"


class Position(NamedTuple):
    """A place on the feed; compares as two numbers, as Redis orders its Stream ids."""

    milliseconds: int
    sequence: int

    @classmethod
    def parse(cls, text: str | bytes) -> "Position":
        """From `<milliseconds>-<sequence>`; ValueError on anything else."""
        plain = text.decode("ascii") if isinstance(text, bytes) else text
        found = re.fullmatch(r"(\d{1,20})-(\d{1,20})", plain, re.ASCII)
        numbers = (int(found[1]), int(found[2])) if found else (2**64, 0)
        if max(numbers) >= 2**64:
            raise ValueError(f"{text!r} is not a position; one looks like 1700000000000-0")
        return cls(*numbers)

    def __str__(self) -> str:
        return f"{self.milliseconds}-{self.sequence}"


class Stored(NamedTuple):
    """A message as the Stream keeps it; `data` is its JSON, None for the epoch entry."""

    position: Position
    data: bytes | None
    type: str | None
    retry: int | None


class Subscription:
    """Listens on a connection of its own. A lost one raises redis.RedisError: the reader fills the gap."""

    def __init__(self, url: str) -> None:
        # A Redis that nobody holds closes its connections, so it is held here
        self._client = connect(url)
        self._client.set_retry(Retry(NoBackoff(), 0))
        self._pubsub: PubSub = self._client.pubsub()  # type: ignore[no-untyped-call]
        self._pubsub.subscribe(CHANNEL, CONTROL)
        for _ in (CHANNEL, CONTROL):
            if self._pubsub.get_message(timeout=TIMEOUT_SECONDS) is None:
                raise RedisError("no answer to SUBSCRIBE")

    def event(self, wait: float) -> tuple[str, bytes] | None:
        """What arrives first within `wait` seconds: (channel, payload), or None. Raises redis.RedisError."""
        # One at a time: asked without patience, redis-py takes the half of a long message for a dead connection
        message = self._pubsub.get_message(ignore_subscribe_messages=True, timeout=wait)
        if message is None or message["type"] != "message":
            return None
        return _text(message["channel"]), message["data"]

    def close(self) -> None:
        """Leave."""
        self._pubsub.close()
        self._client.close()


class Feed(ServerSentEventsBlueprint):  # type: ignore[misc]
    """flask-sse's blueprint with a publisher that can be replayed; streaming is `digisence.realtime`'s matter."""

    def init_app(self, app: Flask) -> None:
        """Bind to `app`; connects on first use."""
        self._url = settings(app).redis_url
        self._history = settings(app).stream_history
        self._publish = redis_client.get().register_script(_PUBLISH)
        self._position = redis_client.get().register_script(_POSITION)
        self._asking = connect_briefly(self._url)
        self._away_until = 0.0

    @property
    def redis(self) -> Redis:
        """The pooled client (flask-sse makes a new connection each time)."""
        return redis_client.get()

    def publish(
        self,
        data: Mapping[str, Any],
        type: str | None = None,  # noqa: A002
        id: str | None = None,  # noqa: A002
        retry: int | None = None,
        channel: str = CHANNEL,
    ) -> str:
        """Publish `data`, a JSON object; returns its position.

        `type` is the SSE event name; `retry` milliseconds. `id` makes it idempotent: published again under an id seen
        in the last hour, it returns the old position and publishes nothing.
        Raises ValueError for data or names that cannot be sent, redis.RedisError when Redis is away.
        """
        message = {"data": data, "type": type, "retry": retry}
        return self.publish_many([message], None if id is None else [id], channel)[0]

    def publish_many(
        self, messages: Sequence[Mapping[str, Any]], keys: Sequence[str] | None = None, channel: str = CHANNEL
    ) -> list[str]:
        """Publish messages (`{"data": {...}, "type"?, "retry"?}`) in order, in one call; returns their positions.

        `keys[i]` makes the i-th idempotent like `publish`'s `id`: after an error, publish all again with the same keys.
        """
        if keys is not None and len(keys) != len(messages):
            raise ValueError("publish_many needs as many keys as messages")
        if not messages:
            return []
        # As one: were a part refused and what follows it taken, it would come after that when published again
        names = [stream_key(channel), *(f"digisence:published:{_line(key, 'id')}" for key in keys or ())]
        told = [part for message in messages for part in _parts(message)]
        positions = self._publish(keys=names, args=[self._history, channel, KEY_SECONDS, *told])
        return [_text(position) for position in positions]

    def position(self) -> str | None:
        """The position of the last publication; None while Redis is away, at once for AWAY_SECONDS after a failure.

        Every request of the API asks for it, so it waits for a silent Redis no longer than a moment.
        """
        if time.monotonic() < self._away_until:
            return None
        try:
            return _text(self._position(keys=[stream_key()], args=[], client=self._asking))
        except RedisError:
            self._away_until = time.monotonic() + AWAY_SECONDS
            return None

    def head(self) -> Position:
        """The position of the last publication, or of the epoch entry that this call makes. Raises redis.RedisError."""
        return Position.parse(self._position(keys=[stream_key()], args=[]))

    def control(self, kind: str, **data: Any) -> None:
        """Tell every process something that is not part of the feed. Raises redis.RedisError when Redis is away."""
        self.redis.publish(CONTROL, orjson.dumps({"kind": kind, **data}))

    def subscribe(self) -> "Subscription":
        """A subscription to the feed's channel and to the control messages, standing. Raises redis.RedisError."""
        return Subscription(self._url)

    def stored(self, after: Position, until: Position | None = None, count: int = 500) -> list[Stored]:
        """What the Stream keeps from `after` to `until`, both included: that `after` leads shows that it is known."""
        found: Any = self.redis.xrange(stream_key(), min=str(after), max=str(until) if until else "+", count=count)
        return [_stored(position, fields) for position, fields in found]


def stream_key(channel: str = CHANNEL) -> str:
    """The name of the Redis Stream behind `channel`."""
    return f"digisence:feed:{channel}"


def compare(a: str, b: str) -> int:
    """Below, equal to or above 0 as position `a` comes before, at or after `b`."""
    left, right = Position.parse(a), Position.parse(b)
    return (left > right) - (left < right)


def _parts(message: Mapping[str, Any]) -> tuple[bytes, bytes, str, str]:
    """Data, what the JSON says after the id, type and retry, both perhaps empty."""
    name, retry, after = message.get("type"), message.get("retry"), b'"'
    if name is not None:
        after += b',"type":' + orjson.dumps(_line(name, "event name"))
    if retry is not None:
        after += b',"retry":%d' % int(retry)
    return _object(message.get("data")), after + b"}", name or "", "" if retry is None else str(int(retry))


def _object(data: Any) -> bytes:
    if not isinstance(data, Mapping):
        raise ValueError(f"a message's data is a JSON object, not {type(data).__name__}: wrap it, as in {{'value': …}}")  # noqa: TRY004
    if "previous" in data:
        raise ValueError("`previous` in a message's data is the feed's own field: name yours otherwise")
    try:
        return orjson.dumps(data)
    except orjson.JSONEncodeError as error:
        raise ValueError(f"a message's data must be JSON: {error}") from error


def _line(text: str, what: str) -> str:
    if not isinstance(text, str) or not text or FORBIDDEN.search(text):
        raise ValueError(f"an {what} is one line of text without CR, LF or NUL, not {text!r}")
    return text


def _stored(position: bytes, fields: Mapping[bytes, bytes]) -> Stored:
    name, retry = fields.get(b"type"), fields.get(b"retry")
    return Stored(
        Position.parse(position),
        fields.get(b"data"),
        name.decode(errors="replace") if name else None,
        int(retry) if retry and retry.isdigit() else None,
    )


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


sse = Feed("sse", __name__)
