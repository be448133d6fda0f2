"""The feed's publisher, against a real server and a stock flask-sse subscriber."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask_sse import Message
from redis import Redis, RedisError

from digisence.config import load_settings
from digisence.extensions import redis_client
from digisence.extensions.sse import CHANNEL, CONTROL, Position, compare, sse, stream_key
from tests.conftest import SECRET


@pytest.fixture
def redis(redis_url: str, tmp_path: Any) -> Redis:
    app = Flask("feed")
    app.config["SETTINGS"] = load_settings(
        instance=tmp_path, redis_url=redis_url, secret_key=SECRET, stream_history=1000
    )
    redis_client.init_app(app)
    sse.init_app(app)
    return Redis.from_url(redis_url)


class Stock:
    """What flask-sse's own subscriber would see."""

    def __init__(self, redis: Redis) -> None:
        self._pubsub = redis.pubsub()
        self._pubsub.subscribe("sse")
        assert self._pubsub.get_message(timeout=2)["type"] == "subscribe"

    def next(self) -> Message:
        message = self._pubsub.get_message(timeout=2)
        return Message(**json.loads(message["data"]))


AWKWARD = [
    {},
    {"a": []},
    {"list": [1, "]", {"}": "{"}]},
    {"text": 'quote " back \\ newline \n and \u2028 🙂', "null": None, "float": 1.5, "big": 2**63},
    {"nested": {"data": {"id": "x"}}, "data": "}", "id": '"}', "type": "change"},
    {"": ""},
]


@pytest.mark.parametrize("data", AWKWARD, ids=range(len(AWKWARD)))
def test_a_stock_subscriber_reads_what_was_published_with_its_position_and_the_one_before(
    redis: Redis, data: dict
) -> None:
    stock = Stock(redis)
    first, second = sse.publish(data), sse.publish(data, type="named", retry=0)

    one, two = stock.next(), stock.next()

    epoch = redis.xrange(stream_key())[0]
    assert epoch[1] == {b"epoch": b"1"}
    assert (one.id, one.type, one.data) == (first, None, {**data, "previous": epoch[0].decode()})
    assert (two.id, two.type, two.retry, two.data) == (second, "named", 0, {**data, "previous": first})


@pytest.mark.parametrize("data", AWKWARD, ids=range(len(AWKWARD)))
def test_the_stream_keeps_the_very_data(redis: Redis, data: dict) -> None:
    position = Position.parse(sse.publish(data, type="named", retry=7))

    [found] = sse.stored(position)

    assert (found.position, json.loads(found.data or b""), found.type, found.retry) == (position, data, "named", 7)


@pytest.mark.parametrize("data", ["text", [1], 5, None, {1: 2}, {"x": object()}, {"previous": 1}, {"n": 2**64}])
def test_what_is_no_object_or_no_json_is_refused_and_nothing_is_published(redis: Redis, data: Any) -> None:
    with pytest.raises(ValueError, match=r"JSON|previous"):
        sse.publish(data)
    assert redis.exists(stream_key()) == 0


@pytest.mark.parametrize("name", ["a\ndata: forged", "a\rb", "a\0b", "", 5])
def test_names_and_ids_that_could_forge_an_event_are_refused(redis: Redis, name: Any) -> None:
    for refused in ({"type": name}, {"id": name}):
        with pytest.raises(ValueError, match="one line"):
            sse.publish({}, **refused)
    assert redis.exists(stream_key()) == 0


def test_positions_grow_and_chain_without_a_gap_under_many_publishers(redis: Redis) -> None:
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda number: sse.publish({"number": number}), range(400)))

    kept = [position.decode() for position, _ in redis.xrange(stream_key())][1:]

    assert sorted(given, key=Position.parse) == kept
    assert len(set(given)) == 400


def test_publish_many_keeps_order(redis: Redis) -> None:
    positions = sse.publish_many([{"data": {"number": number}} for number in range(300)])

    assert [json.loads(found.data or b"")["number"] for found in sse.stored(Position.parse(positions[0]))] == list(
        range(300)
    )
    assert sse.publish_many([]) == []


def test_a_publication_under_a_known_key_returns_the_old_position_and_publishes_nothing(redis: Redis) -> None:
    messages = [{"data": {"number": 1}}, {"data": {"number": 2}}]
    first = sse.publish_many(messages, ["one", "two"])
    stock, length = Stock(redis), redis.xlen(stream_key())

    again = sse.publish_many([*messages, {"data": {"number": 3}}], ["one", "two", "three"])

    assert again[:2] == first
    assert stock.next().data["number"] == 3
    assert redis.xlen(stream_key()) == length + 1
    assert sse.publish({"number": 1}, id="one") == first[0]
    assert 3500 < redis.ttl("digisence:published:one") <= 3600


def test_what_is_known_amid_many_is_left_out_and_the_chain_goes_on(redis: Redis) -> None:
    stock, known = Stock(redis), sse.publish({"number": 2}, id="two")
    before = stock.next()
    messages = [{"data": {"number": 1}}, {"data": {"number": 2}}, {"data": {}, "type": "named", "retry": 0}]

    first, second, third = sse.publish_many(messages, ["one", "two", "three"])

    one, three = stock.next(), stock.next()
    assert second == known == before.id
    assert (one.id, one.data, one.type, one.retry) == (first, {"number": 1, "previous": known}, None, None)
    assert (three.id, three.data, three.type, three.retry) == (third, {"previous": first}, "named", 0)
    kept = sse.stored(Position.parse(known))
    assert [(found.type, found.retry) for found in kept] == [(None, None), (None, None), ("named", 0)]


def test_as_many_keys_as_messages(redis: Redis) -> None:
    with pytest.raises(ValueError, match="as many keys"):
        sse.publish_many([{"data": {}}], [])


def test_the_stream_is_capped_and_the_chain_holds_over_the_cut(redis: Redis) -> None:
    sse.publish_many([{"data": {"number": number}} for number in range(3000)])
    stock, last = Stock(redis), sse.position()

    sse.publish({})

    assert 1000 <= redis.xlen(stream_key()) <= 1200
    assert stock.next().data["previous"] == last


def test_position_makes_the_epoch_once_and_is_the_last_publication(redis: Redis) -> None:
    epoch = sse.position()
    assert (sse.position(), redis.xlen(stream_key())) == (epoch, 1)

    assert sse.publish({}) == sse.position() != epoch


def test_after_redis_was_emptied_there_is_another_epoch(redis: Redis) -> None:
    before = sse.publish({})
    redis.flushall()
    while redis.time()[0] * 1000 + redis.time()[1] // 1000 <= Position.parse(before).milliseconds:
        pass  # emptied within the millisecond, it would count on from the same number

    assert compare(sse.publish({}), before) > 0
    assert sse.stored(Position.parse(before), until=Position.parse(before)) == []


def test_position_of_a_redis_that_is_away_is_none_at_once(redis: Redis, tmp_path: Any) -> None:
    app = Flask("nowhere")
    app.config["SETTINGS"] = load_settings(
        instance=tmp_path, redis_url=f"unix://{tmp_path}/none.sock", secret_key=SECRET
    )
    redis_client.init_app(app)
    sse.init_app(app)
    began = time.monotonic()

    assert [sse.position() for _ in range(100)] == [None] * 100
    assert time.monotonic() - began < 3
    with pytest.raises(RedisError):
        sse.publish({})


def test_a_subscription_hears_the_feed_and_the_control_messages(redis: Redis) -> None:
    subscription, deadline = sse.subscribe(), time.monotonic() + 2
    position = sse.publish({"number": 1})
    sse.control("revoked", users=["u"])
    heard: dict[str, Any] = {}
    while len(heard) < 2 and time.monotonic() < deadline:
        if (event := subscription.event(0.2)) is not None:
            heard[event[0]] = json.loads(event[1])
    subscription.close()

    assert heard == {
        CHANNEL: {"data": {"number": 1, "previous": heard[CHANNEL]["data"]["previous"]}, "id": position},
        CONTROL: {"kind": "revoked", "users": ["u"]},
    }


@pytest.mark.parametrize(
    ("a", "b", "sign"), [("9-0", "10-0", -1), ("10-2", "10-10", -1), ("1-1", "1-1", 0), ("2-0", "1-9", 1)]
)
def test_positions_compare_as_numbers(a: str, b: str, sign: int) -> None:
    assert compare(a, b) == sign


@pytest.mark.parametrize(
    "text", ["", "-", "1", "1-", "-1", "a-1", "1-1-1", " 1-1", "1-1\n", "\uff11-1", "99999999999999999999-0", "$", "+"]
)
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="position"):
        Position.parse(text)


def test_a_publication_is_one_round_trip(redis: Redis) -> None:
    """The script is sent once and called by its digest."""
    sse.publish({})
    before = redis.info("commandstats")

    sse.publish({})

    after = redis.info("commandstats")
    calls = {name: after[name]["calls"] - before[name]["calls"] for name in before if name != "cmdstat_info"}
    assert {name: count for name, count in calls.items() if count} == {
        "cmdstat_evalsha": 1, "cmdstat_publish": 1, "cmdstat_xadd": 1, "cmdstat_xrevrange": 1,
    }  # fmt: skip


def test_a_lost_subscription_says_so(redis: Redis) -> None:
    subscription = sse.subscribe()
    redis.client_kill_filter(_type="pubsub")

    with pytest.raises(RedisError):
        subscription.event(2)
    subscription.close()
