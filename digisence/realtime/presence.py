"""Who has which record before them now: leases in Redis; whoever may know is told at once by the stream.

A record that somebody looks at has one hash, `digisence:presence:RESOURCE/ID`: a field for each tab, with what is done
there and until when that holds, and `told`, the people as they were announced last. A tab renews its lease; one that
was killed is gone when it ends.
"""

from datetime import UTC, datetime
from typing import Any

import orjson

from ..clock import to_wire
from ..extensions.redis import redis_client
from ..extensions.sse import CONTROL

PREFIX = "digisence:presence"
KIND = "presence"  # of its control message, and of the stream's
# What one does there → how long that is believed. In the background a browser lets timers run once a minute
LEASES = {"looking": 7.0, "away": 90.0, "editing": 7.0}
GONE = "gone"
STATES = (*LEASES, GONE)  # of several tabs of a person the latest in this row counts

# KEYS: the record's hash. ARGV: tab and user, state, lease in ms, channel, the message up to `people`, then the states
# in their order. → people as JSON, milliseconds of now. It announces: two processes might tell it the wrong way round
_PUT = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('HDEL', KEYS[1], ARGV[1])
if tonumber(ARGV[3]) > 0 then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. string.format('%d', now + ARGV[3]))
end
local rank, best, names, last = {}, {}, {}, now
for i = 6, #ARGV do rank[ARGV[i]] = i end
local held = redis.call('HGETALL', KEYS[1])
for i = 1, #held, 2 do
  if held[i] ~= 'told' then
    local state, ends = held[i + 1]:match('^(%a+) (%d+)$')
    if tonumber(ends) <= now then
      redis.call('HDEL', KEYS[1], held[i])
    else
      local user = held[i]:match('^%S+ (.*)$')
      if not best[user] then names[#names + 1] = user end
      if not best[user] or rank[state] > rank[best[user]] then best[user] = state end
      last = math.max(last, tonumber(ends))
    end
  end
end
table.sort(names)
for i, user in ipairs(names) do
  names[i] = '{"userId":' .. cjson.encode(user) .. ',"state":"' .. best[user] .. '"}'
end
local people = '[' .. table.concat(names, ',') .. ']'
if people ~= (redis.call('HGET', KEYS[1], 'told') or '[]') then
  redis.call('HSET', KEYS[1], 'told', people)
  redis.call('PUBLISH', ARGV[4], ARGV[5] .. people .. ',"at":' .. string.format('%d', now) .. '}')
end
if #names == 0 then redis.call('DEL', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], last - now) end
return {people, now}
"""


def put(resource: str, record_id: str, user_id: str, tab: str, state: str) -> dict[str, Any]:
    """Say what `user_id` does with a record in one of their tabs (STATES), or that they go on; who is there then.

    `tab` has no spaces. Raises redis.RedisError.
    """
    lease = int(LEASES.get(state, 0) * 1000)
    record = {"resource": resource, "recordId": record_id}
    opening = orjson.dumps({"kind": KIND, **record})[:-1] + b',"people":'
    redis = redis_client.get()
    people, now = redis.register_script(_PUT)(
        keys=[f"{PREFIX}:{resource}/{record_id}"],
        args=[f"{tab} {user_id}", state, lease, CONTROL, opening, *LEASES],
    )
    return {**record, "people": orjson.loads(people), "at": _time(now)}


def told(order: dict[str, Any]) -> dict[str, Any]:
    """The body of the stream's message, of a control message that `put` sent. ValueError when it is not one."""
    match order:
        case {"resource": str(), "recordId": str(), "people": list(), "at": int() as at}:
            return {**{name: order[name] for name in ("resource", "recordId", "people")}, "at": _time(at)}
    raise ValueError("this tells of no presence")


def _time(milliseconds: int) -> str:
    return to_wire(datetime.fromtimestamp(milliseconds / 1000, UTC))
