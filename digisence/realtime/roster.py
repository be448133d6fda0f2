"""The roster: every open stream of the cluster, kept in Redis under leases, so that limits hold in all processes.

Each process keeps two hashes: `digisence:roster:PROCESS` holds what it says of itself (`about`) and how many streams
it has in each place (`all`, `user:ID`, `address:ADDRESS`), `…:streams` one JSON object a stream. Both vanish when
their process has not spoken for a lease. What a process knows of itself is the truth; Redis holds copies of it.
"""

import math
import os
import socket
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import orjson
import structlog
from redis import RedisError

from ..extensions.redis import SHORT_SECONDS, connect_briefly
from ..extensions.sse import Position, stream_key
from .client import Client
from .ring import Fallen, Ring

log = structlog.get_logger(__name__)

LEASE_SECONDS = 30.0
BEATS_A_LEASE = 6
WHOLE_EVERY = 12  # beats after which all is written afresh
REFRESHED_A_BEAT = 1000  # streams whose position and bytes are told anew by one beat
GATHER_SECONDS = 0.05  # what comes and goes within it is told at once
AWAY_SECONDS = 2.0  # after a failure nobody asks Redis for so long
INDEX = "digisence:roster"

# KEYS: index, this process's places. ARGV: process, prefix of a process's key, lease in ms, then for each place:
# name, how many may be there, how many this process has. → the number of the first full place, or 0; was it known?
_TAKE = """
local names, sums = {}, {}
for i = 4, #ARGV, 3 do
  names[#names + 1], sums[#sums + 1] = ARGV[i], tonumber(ARGV[i + 2])
end
for _, process in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if process ~= ARGV[1] then
    local held = redis.call('HMGET', ARGV[2] .. process, 'about', unpack(names))
    if not held[1] then redis.call('SREM', KEYS[1], process) end
    for i = 1, #names do sums[i] = sums[i] + (tonumber(held[i + 1]) or 0) end
  end
end
for i = 1, #names do
  if sums[i] >= tonumber(ARGV[3 * i + 2]) then return {i, redis.call('EXISTS', KEYS[2])} end
end
local known = redis.call('EXISTS', KEYS[2])
if known == 0 then redis.call('HSET', KEYS[2], 'about', '{}') end
for i = 1, #names do redis.call('HSET', KEYS[2], names[i], tonumber(ARGV[3 * i + 3]) + 1) end
if known == 0 then redis.call('PEXPIRE', KEYS[2], ARGV[3]) end
redis.call('SADD', KEYS[1], ARGV[1])
return {0, known}
"""


class Roster:
    """This process's part of it: a thread writes, any thread may `take`, `arrive` and `leave`."""

    def __init__(self, url: str, ring: Ring, report: Callable[[], Mapping[str, Any]]) -> None:
        """`report` gives what this process tells of itself beside its streams."""
        self.process = uuid.uuid4().hex[:12]
        self.lag_ms: int | None = None  # how long the oldest message not heard had waited, at the last beat
        self._ring, self._report, self._lease = ring, report, LEASE_SECONDS
        self._places, self._streams = f"{INDEX}:{self.process}", f"{INDEX}:{self.process}:streams"
        self._redis = connect_briefly(url)  # its own: who asks for a place waits for it
        self._take = self._redis.register_script(_TAKE)
        self._lock = threading.Lock()  # held while Redis is asked; the streams' thread never takes it
        self._held: Counter[str] = Counter()
        self._changed: set[str] = set()  # places whose numbers Redis does not know yet
        self._left: deque[tuple[str, tuple[str, ...]]] = deque()
        self._present: dict[str, Client] = {}
        self._told: dict[str, None] = {}  # streams Redis knows, the one told longest ago first
        self._beats, self._away_until, self._whole, self._stopped = 0, 0.0, True, False
        self._wake = threading.Event()
        self.thread = threading.Thread(target=self._run, name="roster", daemon=True)

    # -- from any thread

    def take(self, places: Mapping[str, int]) -> str | None:
        """Count one more stream in each of `places` (name → how many the cluster may have there).

        Returns the name of the first full one, and then counts nothing. Without Redis this process's numbers decide.
        """
        with self._lock:
            self._settle()
            full = next((place for place, most in places.items() if self._held[place] >= most), None)
            full = full or self._ask(places)
            if full is None:
                self._held.update(places.keys())
            return full

    def arrive(self, client: Client) -> None:
        """A stream begins."""
        self._present[client.listener.id] = client
        self._wake.set()

    def leave(self, connection: str, places: Iterable[str]) -> None:
        """A stream ended: its places are free. Never waits for anything."""
        self._left.append((connection, tuple(places)))
        self._wake.set()

    def held(self) -> int:
        """How many streams this process has, those being opened included."""
        return self._held["all"]

    def close(self) -> None:
        """Take this process off the roster, and write no more."""
        if self._away_until == math.inf:
            return
        self._stopped = True
        self._wake.set()
        if self.thread.is_alive():
            self.thread.join(2 * SHORT_SECONDS)
        with self._lock:
            away, self._away_until = time.monotonic() < self._away_until, math.inf
            if not away:  # else it is forgotten when its lease ends
                self._strike()
            self._redis.close()

    def _strike(self) -> None:
        try:
            with self._redis.pipeline() as pipeline:
                pipeline.delete(self._places, self._streams)
                pipeline.srem(INDEX, self.process)
                pipeline.execute()
        except RedisError as error:
            log.info("the roster forgets this process when its lease ends", reason=str(error))

    # -- under the lock

    def _settle(self) -> None:
        """Free the places of those who left."""
        while self._left:
            connection, places = self._left.popleft()
            self._present.pop(connection, None)
            self._held.subtract(places)
            self._changed.update(places)

    def _ask(self, places: Mapping[str, int]) -> str | None:
        if time.monotonic() < self._away_until:
            self._whole = True
            return None
        arguments: list[Any] = [self.process, f"{INDEX}:", int(self._lease * 1000)]
        for place, most in places.items():
            arguments += [place, most, self._held[place]]
        try:
            full, known = self._take(keys=[INDEX, self._places], args=arguments)
        except RedisError as error:
            self._fail(error)
            return None
        if not known:
            self._whole = True
            self._wake.set()
        self._changed.difference_update(() if full else places)
        return list(places)[full - 1] if full else None

    def _fail(self, error: RedisError) -> None:
        """Redis is away: what was meant for it is written whole when it is back."""
        if not self._whole:
            log.warning("the roster is away; limits count this process's streams alone", reason=str(error))
        self._whole = True
        self._away_until = time.monotonic() + AWAY_SECONDS

    # -- the roster's own thread

    def _run(self) -> None:
        due = 0.0
        while not self._stopped:
            self._wake.wait(max(0.0, due - time.monotonic()))
            self._wake.clear()
            now = time.monotonic()
            beat = now >= due
            due = now + self._lease / BEATS_A_LEASE if beat else due
            try:
                self._write(beat)
            except RedisError as error:
                with self._lock:
                    self._fail(error)
            except Exception:
                log.exception("writing the roster failed")
            if not self._stopped:
                time.sleep(GATHER_SECONDS)

    def _write(self, beat: bool) -> None:
        """Tell Redis what it does not know; all of it now and then, and when it knows nothing."""
        with self._lock:
            self._settle()
            if time.monotonic() < self._away_until:
                return
            self._beats += beat
            whole = self._whole or (beat and self._beats % WHOLE_EVERY == 0) or not self._redis.exists(self._places)
            self._write_places(whole, beat)
            self._whole = False
        self._write_streams(whole, beat)
        if beat:
            self.lag_ms = self._lag()

    def _write_places(self, whole: bool, beat: bool) -> None:
        self._held = +self._held
        told = set(self._held) if whole else self._changed
        values: dict[Any, Any] = {place: self._held[place] for place in told if self._held[place]}
        if whole or beat:
            values["about"] = orjson.dumps(self._about())
        with self._redis.pipeline() as pipeline:
            if whole:
                pipeline.delete(self._places)
            elif gone := [place for place in told if not self._held[place]]:
                pipeline.hdel(self._places, *gone)
            if values:
                pipeline.hset(self._places, mapping=values)
            pipeline.pexpire(self._places, int(self._lease * 1000))
            pipeline.sadd(INDEX, self.process)
            pipeline.execute()
        self._changed.clear()

    def _write_streams(self, whole: bool, beat: bool) -> None:
        present = dict(self._present)
        told = {} if whole else self._told
        gone = [name for name in told if name not in present]
        stale = list(islice((name for name in told if name in present), REFRESHED_A_BEAT)) if beat else []
        fresh = [name for name in present if name not in told]
        with self._redis.pipeline() as pipeline:
            if whole:
                pipeline.delete(self._streams)
            if gone:
                pipeline.hdel(self._streams, *gone)
            for names in _parts([*fresh, *stale]):
                pipeline.hset(self._streams, mapping={name: self._encoded(present[name]) for name in names})
            pipeline.pexpire(self._streams, int(self._lease * 1000))
            pipeline.execute()
        dropped = {*gone, *stale}
        self._told = dict.fromkeys([*(name for name in told if name not in dropped), *fresh, *stale])

    def _about(self) -> dict[str, Any]:
        return {
            "id": self.process, "host": socket.gethostname(), "pid": os.getpid(), "seenAt": time.time(),
            "streams": self.held(), "lagMs": self.lag_ms, **self._report(),
        }  # fmt: skip

    def _encoded(self, client: Client) -> bytes:
        return orjson.dumps({**describe(client, self._ring), "process": self.process})

    def _lag(self) -> int | None:
        """How long, by Redis's clock, the oldest message that was not heard by now has waited; 0 when all were, None
        before the feed was reached.
        """
        if self._ring.last == Position(0, 0):
            return None
        with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.time()
            pipeline.xrange(stream_key(), min=str(self._ring.last), count=2)
            (seconds, micros), found = pipeline.execute()
        now: int = seconds * 1000 + micros // 1000
        for position in (Position.parse(entry[0]) for entry in found):
            if position > self._ring.last:
                return max(0, now - position.milliseconds)
        return 0


def describe(client: Client, ring: Ring) -> dict[str, Any]:
    """What is told of a stream; times in seconds since 1970, `position` that of the last message it took."""
    listener = client.listener
    try:
        position = str(client.reached(ring))
    except Fallen:
        position = None
    return {
        "id": listener.id, "userId": listener.user_id, "address": listener.address, "agent": listener.agent or None,
        "topics": None if client.view.topics is None else sorted(client.view.topics), "transport": client.transport,
        "since": client.opened_at, "position": position, "behind": max(0, ring.end - client.cursor),
        "bytesSent": client.sent,
    }  # fmt: skip


def _parts(names: list[str], size: int = 500) -> Iterator[list[str]]:
    for start in range(0, len(names), size):
        yield names[start : start + size]
