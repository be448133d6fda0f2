"""What stock flask-sse lets onto the wire, and what we let: forged events, poison, altered and dropped data."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis

from digisence.extensions.sse import CHANNEL, sse
from tests.realtime.conftest import Web, change
from tests.realtime.peer import Stock, body, events, heard
from tests.servers import RedisServer

ServeStock = Callable[..., Stock]

FORGED = "a\ndata:evil\n\nevent:forged\ndata:evil too"


def told(stock: Stock, data: Any, **names: Any) -> list[tuple[str, str, str | None, str | None]]:
    """What a browser hears of one publication."""
    stream = stock.open()
    stock.publish(data, **names)
    stock.publish("the end")
    return events(body(heard(stream, b"the end\n\n")))[:-1]


@pytest.mark.parametrize("field", ["type", "id"])
def test_stock_lets_a_name_or_an_id_forge_events(serve_stock: ServeStock, field: str) -> None:
    found = told(serve_stock(), {"true": 1}, **{field: FORGED})

    assert len(found) == 2
    assert "evil" in found[0][1]


@pytest.mark.parametrize("field", ["type", "id"])
def test_ours_refuses_to_publish_such_a_name_or_id(web: Web, field: str) -> None:
    reader = web.reader()
    reader.until("hello")

    with pytest.raises(ValueError, match="one line"):
        sse.publish({"true": 1}, **{field: FORGED})

    sse.publish(change(1))
    assert reader.event().kind == "change"


def test_ours_lets_no_name_on_the_channel_or_in_the_stream_forge_events(web: Web, redis: Redis) -> None:
    reader = web.reader()
    position = reader.until("hello")[-1].json["position"]

    later, next_to_it = "99999999999999-0", {"data": {"previous": position}}
    redis.publish(CHANNEL, json.dumps(next_to_it | {"id": later, "type": "a\ndata: evil"}))
    redis.publish(CHANNEL, json.dumps(next_to_it | {"id": f"{later}\ndata: evil"}))
    redis.xadd("digisence:feed:sse", {"data": "{}", "type": FORGED})
    redis.xadd("digisence:feed:sse", {"data": '{}\n\ndata: {"type": "evil"}'})
    sse.publish(change(1))

    assert [event.kind for event in reader.until("change")] == ["change"]


POISON = [b"not json", b'{"data":{},"further":"key"}']


@pytest.mark.parametrize("poison", POISON)
def test_one_poisonous_message_ends_every_stock_stream(
    serve_stock: ServeStock, redis_of_its_own: RedisServer, poison: bytes
) -> None:
    stock = serve_stock(threads=4)
    begun = [stock.open() for _ in range(2)]
    stock.publish({"all": "well"})
    for stream in begun:
        assert b"well" in heard(stream, b"well")
    waiting = [stock.open() for _ in range(2)]

    Redis.from_url(redis_of_its_own.url).publish("sse", poison)

    for stream in begun:
        assert heard(stream, wait=3) is not None
        assert stream.recv(1) == b""
    for stream in waiting:  # on which a browser gives up for good
        assert heard(stream, wait=3).startswith(b"HTTP/1.1 500")
    stock.settle(0)


@pytest.mark.parametrize("poison", POISON)
def test_ours_passes_over_poison(web: Web, redis: Redis, poison: bytes) -> None:
    readers = [web.reader() for _ in range(4)]
    for reader in readers:
        reader.until("hello")

    redis.publish("sse", poison)
    sse.publish(change(1))

    assert [[event.kind for event in reader.until("change")] for reader in readers] == [["change"]] * 4
    assert "not ours was skipped" in web.log.read_text()


SEPARATED = "a\u2028b\x0bc\x85d\x1ce"


def test_stock_drops_empty_data_and_alters_data_with_rare_separators(serve_stock: ServeStock) -> None:
    stock = serve_stock()

    assert told(stock, "") == []  # nothing to dispatch
    [(_, data, _, _)] = told(stock, SEPARATED)
    assert data == "a\nb\nc\nd\ne"


@pytest.mark.parametrize("data", [{}, {"text": ""}, {"text": SEPARATED}, {"text": "a\r\nb\rc\n"}])
def test_ours_delivers_empty_data_and_rare_separators_as_they_are(web: Web, data: dict[str, Any]) -> None:
    reader = web.reader()
    reader.until("hello")

    position = sse.publish(data)

    event = reader.event()
    assert (event.json, event.id) == (data, position)


def test_stock_drops_an_id_and_a_retry_of_zero(serve_stock: ServeStock) -> None:
    assert told(serve_stock(), {"a": 1}, id=0, retry=0, type="") == [("message", '{"a": 1}', None, None)]


def test_ours_keeps_a_retry_of_zero_refuses_an_empty_name_and_gives_every_message_an_id(web: Web) -> None:
    reader = web.reader()
    reader.until("hello")

    position = sse.publish({"a": 1}, retry=0)

    event = reader.event()
    assert (event.id, event.retry) == (position, 0)
    for names in ({"type": ""}, {"id": ""}, {"id": 0}):
        with pytest.raises(ValueError, match="one line"):
            sse.publish({"a": 1}, **names)
