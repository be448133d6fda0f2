"""Nothing on the channel, and nothing that happens to Redis, may end a stream in silence, repeat or lose a message."""

import time
from collections.abc import Callable

import orjson
import pytest
from flask import Flask
from redis import Redis

from digisence.extensions.sse import Position, sse, stream_key
from tests.realtime.conftest import Web, change, numbers
from tests.servers import RedisServer

Serve = Callable[..., Web]


def raw(server: RedisServer) -> Redis:
    return Redis.from_url(server.url)


POISON = [
    b"", b"not json", b"[]", b'"text"', b"null", b"{}", b'{"data":"text"}', b'{"data":{}}', b'{"data":{"previous":"1-0"}}',
    b'{"data":{"previous":"1-0"},"id":7}', b'{"data":{"previous":"1-0"},"id":"x"}', b'{"data":{"previous":[]},"id":"1-0"}',
    b'{"data":{"previous":"1-0"},"id":"99999999999999-0","type":"a\\ndata: forged"}', b"\xff\xfe",
    b'{"data":{"previous":"1-0"},"id":"99999999999999-0","retry":"x"}', b'{"data":{"previous":"1-0"},"id":"1-0\\ndata: forged"}',
    b'{"data":{"previous":"1-0"},"id":"99999999999999-0"}',
]  # fmt: skip


def test_poison_on_the_channel_is_skipped_and_the_stream_goes_on(web: Web, redis: Redis) -> None:
    reader = web.reader()
    reader.until("hello")
    before = web.log.read_text().count("not ours was skipped")
    for poison in POISON:
        redis.publish("sse", poison)
        redis.publish("digisence:control", poison)

    sse.publish(change(1))

    assert [event.kind for event in reader.until("change")] == ["change"]
    assert web.log.read_text().count("not ours was skipped") - before >= len(POISON)


def test_poison_in_the_stream_itself_is_passed_over(web: Web, redis: Redis) -> None:
    reader = web.reader()
    reader.until("hello")
    for fields in (
        {"x": "y"},
        {"data": "no json"},
        {"data": "{}", "type": "a\ndata: forged"},
        {"data": "{\n}", "retry": "x"},
    ):
        redis.xadd(stream_key(), fields)

    sse.publish(change(1))

    assert [event.kind for event in reader.until("change")] == ["change"]


def test_a_message_that_did_not_come_by_the_channel_is_filled_in_from_the_stream(web: Web, redis: Redis) -> None:
    reader = web.reader()
    reader.until("hello")
    sse.publish(change(1))
    for number in range(2, 702):
        redis.xadd(stream_key(), {"data": orjson.dumps(change(number))})

    sse.publish(change(702))

    assert numbers(reader.until(lambda event: event.kind == "change" and event.json["number"] == 702)) == list(
        range(1, 703)
    )


def test_a_subscription_that_fell_silent_is_noticed_and_made_anew(web: Web, redis: Redis) -> None:
    reader = web.reader()
    reader.until("hello")
    redis.xadd(stream_key(), {"data": orjson.dumps(change(1))})

    assert numbers(reader.until("change", 8)) == [1]


def test_a_killed_subscription_comes_back_without_a_gap(web: Web, redis: Redis) -> None:
    reader = web.reader()
    reader.until("hello")
    for number in range(300):
        if number % 100 == 50:
            redis.client_kill_filter(_type="pubsub")
        sse.publish(change(number))

    assert numbers(reader.until(lambda event: event.kind == "change" and event.json["number"] == 299)) == list(
        range(300)
    )


def test_redis_killed_and_restarted_empty_tells_lost_with_the_position_of_now(
    serve: Serve, redis_of_its_own: RedisServer
) -> None:
    web = serve(heartbeat=1)
    reader = web.reader()
    sse.publish(change(1))
    old = reader.until("change")[-1].id
    redis_of_its_own.kill()
    assert reader.until("hb")[-1].id == old
    redis_of_its_own.start()

    lost = reader.until("lost", 8)[-1]

    assert lost.json["position"] == sse.position() != old
    assert lost.id is None
    assert lost.retry is not None
    assert reader.ended()
    again = web.reader(headers={"Last-Event-ID": old})
    assert [again.event().kind for _ in range(2)] == ["hello", "lost"]
    sse.publish(change(2))
    assert numbers(again.until("change")) == [2]


def test_redis_emptied_while_it_runs_tells_lost_too(serve: Serve, redis_of_its_own: RedisServer) -> None:
    reader = serve().reader()
    sse.publish(change(1))
    reader.until("change")
    raw(redis_of_its_own).flushall()

    assert reader.until("lost", 8)[-1].json["position"] == sse.position()


@pytest.mark.parametrize("redis_of_its_own", ["lasting"], indirect=True)
@pytest.mark.parametrize("missed", [0, 3])
def test_redis_restarted_with_its_data_goes_on_where_it_was(
    serve: Serve, redis_of_its_own: RedisServer, missed: int
) -> None:
    web = serve(heartbeat=1)
    reader = web.reader()
    sse.publish(change(0))
    reader.until("change")
    redis_of_its_own.kill()
    redis_of_its_own.start()
    for number in [*range(1, missed + 1), 99]:
        sse.publish(change(number))

    seen = reader.until(lambda event: event.kind == "change" and event.json["number"] == 99, 8)

    assert numbers(seen) == [*range(1, missed + 1), 99]
    assert {event.kind for event in seen} <= {"change", "hb"}


def test_while_redis_is_away_streams_may_open_and_pages_answer(serve: Serve, redis_of_its_own: RedisServer) -> None:
    web = serve(heartbeat=1)
    position = web.reader().until("hello")[-1].json["position"]
    redis_of_its_own.kill()
    began = time.monotonic()

    assert web.reader().until("hb")[-1].data == position
    web.get("/page")

    assert time.monotonic() - began < 3


def test_without_a_feed_since_the_start_a_stream_is_refused(serve: Serve, redis_of_its_own: RedisServer) -> None:
    redis_of_its_own.kill()
    web = serve()

    refused = web.reader()

    assert (refused.status, refused.headers["retry-after"]) == (503, "2")
    assert orjson.loads(refused.body())["code"] == "feed-away"
    redis_of_its_own.start()
    deadline = time.monotonic() + 8
    while web.reader().status != 200:
        assert time.monotonic() < deadline


def test_every_process_sees_the_same_feed(serve: Serve, feed: Flask) -> None:
    readers = [web.reader() for web in (serve(), serve(), serve()) for _ in range(4)]
    for reader in readers:
        reader.until("hello")

    given = [sse.publish(change(number)) for number in range(20)]

    for reader in readers:
        seen = reader.until(lambda event: event.kind == "change" and event.json["number"] == 19)
        assert [event.id for event in seen] == given


def test_positions_are_compared_as_numbers(web: Web, redis: Redis) -> None:
    """`…-10` comes after `…-9`: nothing of a busy millisecond is lost or repeated."""
    reader = web.reader()
    reader.until("hello")
    milliseconds = Position.parse(sse.position() or "").milliseconds + 1000
    for number in range(25):
        redis.xadd(stream_key(), {"data": orjson.dumps(change(number))}, id=f"{milliseconds}-{number}")

    sse.publish(change(25))

    assert numbers(reader.until(lambda event: event.kind == "change" and event.json["number"] == 25)) == list(range(26))
