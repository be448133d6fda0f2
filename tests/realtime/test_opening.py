"""The first messages: at once, then exactly what was missed, or `lost`; and no seam between replay and live."""

import threading
from collections.abc import Callable

import pytest
from redis import Redis

from digisence.extensions.sse import sse, stream_key
from tests.realtime.conftest import Web, change, numbers
from tests.servers import RedisServer

Serve = Callable[..., Web]


def upto(number: int) -> Callable[..., bool]:
    return lambda event: event.kind == "change" and event.json["number"] == number


def test_hello_comes_at_once_with_position_and_heartbeat_and_no_id(web: Web) -> None:
    before = web.reader()
    before.until("hello")
    published = sse.publish(change(1))
    before.until("change")
    reader = web.reader()

    hello = reader.event(1)

    assert reader.status == 200
    assert reader.headers["content-type"].startswith("text/event-stream")
    assert reader.headers["cache-control"] == "no-cache, no-transform"
    assert reader.headers["pragma"] == "no-cache"
    assert reader.headers["x-accel-buffering"] == "no"
    assert reader.headers["x-feed-position"] == published
    assert {**hello.json, "timestamp": None} == {
        "type": "hello", "timestamp": None, "position": published, "heartbeatSeconds": 15, "retryMs": hello.retry,
    }  # fmt: skip
    assert (hello.event, hello.id) == (None, None)
    assert 1000 <= (hello.retry or 0) <= 4000


def test_live_messages_carry_their_position_and_no_name(web: Web) -> None:
    reader = web.reader()
    reader.until("hello")

    positions = [sse.publish(change(number, text="a\nb\u2028c")) for number in range(3)]

    seen = [reader.event() for _ in positions]
    assert [(event.event, event.id, event.json) for event in seen] == [
        (None, position, change(number, text="a\nb\u2028c")) for number, position in enumerate(positions)
    ]


def test_a_named_message_keeps_its_name(web: Web) -> None:
    reader = web.reader()
    reader.until("hello")
    position = sse.publish({"a": 1}, type="special", retry=1234)

    event = reader.event()

    assert (event.event, event.id, event.retry, event.json) == ("special", position, 1234, {"a": 1})


@pytest.mark.parametrize("before_start", [True, False], ids=["from the Stream", "from the ring"])
def test_what_was_missed_comes_again_exactly(serve: Serve, before_start: bool) -> None:
    web = None if before_start else serve()
    if web:
        web.reader().until("hello")
    positions = [sse.publish(change(number)) for number in range(1700)]
    web = web or serve()
    for missed_from in (0, 5, 1698, 1699):
        reader = web.reader(headers={"Last-Event-ID": positions[missed_from]})
        assert reader.event().kind == "hello"
        live = sse.publish(change(-1 - missed_from))

        seen = reader.until(upto(-1 - missed_from))

        assert [event.id for event in seen if event.json["number"] >= 0] == positions[missed_from + 1 :]
        assert seen[-1].id == live


def test_from_the_epoch_entry_everything_comes(serve: Serve) -> None:
    epoch = sse.position()
    for number in range(5):
        sse.publish(change(number))

    assert numbers(serve().reader(headers={"Last-Event-ID": epoch}).until(upto(4))) == list(range(5))


@pytest.mark.parametrize(
    "position",
    ["0-0", "1-0", "99999999999999-0", "nonsense", "$", "+", "18446744073709551615-18446744073709551615", "inside"],
)
def test_a_position_of_another_feed_is_lost(web: Web, position: str) -> None:
    witness = web.reader()
    witness.until("hello")
    first = sse.publish(change(1))
    sse.publish(change(2))
    witness.until(upto(2))
    position = f"{first}7" if position == "inside" else position  # well-formed, between two, never given
    reader = web.reader(headers={"Last-Event-ID": position})

    hello, lost = reader.event(), reader.event()

    assert (lost.kind, lost.json["position"], lost.id) == ("lost", hello.json["position"], None)
    sse.publish(change(3))
    assert numbers([reader.event()]) == [3]


def test_a_position_that_was_trimmed_is_lost(serve: Serve, redis_of_its_own: RedisServer) -> None:
    positions = [sse.publish(change(number)) for number in range(10)]
    Redis.from_url(redis_of_its_own.url).xtrim(stream_key(), maxlen=5, approximate=False)
    web = serve()

    assert web.reader(headers={"Last-Event-ID": positions[4]}).until("lost")
    assert numbers(web.reader(headers={"Last-Event-ID": positions[5]}).until(upto(9))) == [6, 7, 8, 9]


def test_topics_choose_live_and_replayed_messages_and_heartbeats_move_the_position_on(serve: Serve) -> None:
    web = serve(heartbeat=1)
    first = sse.publish(change(0))
    sse.publish({**change(1), "resource": "users"})
    sse.publish({"type": "update", "number": 2})
    sse.publish({"type": "integrity", "number": 3})
    reader = web.reader("/stream?topics=users", headers={"Last-Event-ID": first})
    live = web.reader("/stream?topics=businesses,integrity")
    live.until("hello")
    sse.publish(change(4))
    sse.publish({**change(5), "resource": "users"})
    last = sse.publish({**change(6), "resource": "categories"})

    replayed = reader.until(lambda event: event.kind == "hb" and event.id == last)
    assert [event.json["number"] for event in replayed[1:] if event.kind != "hb"] == [1, 2, 5]
    assert replayed[-1].data == last
    followed = live.until(lambda event: event.kind == "hb" and event.id == last)
    assert [event.json["number"] for event in followed if event.kind != "hb"] == [4]


def test_the_seam_between_replay_and_live_loses_and_repeats_nothing(web: Web) -> None:
    """Readers join, leave and come back while messages flow fast."""
    start = sse.publish(change(0))
    total = 4000
    publisher = threading.Thread(target=lambda: [sse.publish(change(number)) for number in range(1, total + 1)])
    publisher.start()
    seen: dict[int, list[int]] = {place: [] for place in range(6)}

    def follow(place: int) -> None:
        position = start
        while not seen[place] or seen[place][-1] < total:
            reader = web.reader(headers={"Last-Event-ID": position})
            reader.until("hello")
            for _ in range(150 + 97 * place):
                event = reader.event()
                position = event.id
                seen[place] += numbers([event])
                if seen[place] and seen[place][-1] == total:
                    break
            reader.close()

    followers = [threading.Thread(target=follow, args=(place,)) for place in seen]
    for follower in followers:
        follower.start()
    for thread in [publisher, *followers]:
        thread.join(60)

    assert all(got == list(range(1, total + 1)) for got in seen.values())
