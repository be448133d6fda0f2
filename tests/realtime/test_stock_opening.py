"""How stock flask-sse opens streams, and how we do: idle, many at once, in few threads, in a worker of one."""

import time
from collections.abc import Callable

from redis import Redis

from digisence.extensions.sse import sse
from tests.realtime.conftest import Web, change, numbers
from tests.realtime.peer import Stock, answers, heard

ServeStock, Serve = Callable[..., Stock], Callable[..., Web]


def test_stock_sends_no_byte_before_the_first_event(serve_stock: ServeStock) -> None:
    stock = serve_stock()
    connection = stock.open()

    assert heard(connection, wait=1.5) == b""  # a browser is still CONNECTING, a proxy counts the seconds

    stock.publish({"first": "event"})
    assert heard(connection, b"event").startswith(b"HTTP/1.1 200")


def test_ours_sends_the_head_and_hello_at_once(web: Web) -> None:
    reader = web.reader()

    assert reader.status == 200
    assert reader.event(0.5).kind == "hello"


def test_stock_takes_a_redis_connection_for_each_browser(serve_stock: ServeStock) -> None:
    stock = serve_stock(threads=12)

    for _ in range(10):
        stock.open()

    assert stock.subscribers() == 10


def test_ours_takes_one_for_all(web: Web, redis: Redis) -> None:
    web.reader().until("hello")
    listening, before = len(redis.client_list(_type="pubsub")), len(redis.client_list())

    for _ in range(20):
        web.reader().until("hello")

    assert len(redis.client_list(_type="pubsub")) == listening
    assert len(redis.client_list()) <= before + 1


def test_stock_answers_no_page_when_every_thread_streams_nor_after_the_browsers_left(serve_stock: ServeStock) -> None:
    stock = serve_stock(threads=4)
    assert answers(stock.web)
    streams = [stock.open() for _ in range(4)]

    assert not answers(stock.web)
    for stream in streams:
        stream.close()
    assert not answers(stock.web)

    for _ in range(2):  # only what is published makes it see who left
        stock.publish({})
    assert answers(stock.web, 5)


def test_ours_answers_pages_beside_any_number_of_streams(serve: Serve) -> None:
    web = serve(threads=4)
    for _ in range(30):
        web.reader().until("hello")

    assert answers(web)
    assert web.get("/page")["streams"] == 30


def test_a_sync_worker_dies_of_one_stock_stream(serve_stock: ServeStock) -> None:
    stock = serve_stock(threads=1, options=["-k", "sync", "--timeout", "3"])
    before = stock.web.get("/page")["pid"]
    stream = stock.open()
    stock.publish({"a": 1})
    assert b'{"a": 1}' in heard(stream, b"}")

    assert not answers(stock.web, 0.5)
    assert b"\0" not in heard(stream, wait=8)  # to its end, without a farewell
    assert stream.recv(1) == b""
    assert stock.web.get("/page")["pid"] != before
    assert "WORKER TIMEOUT" in stock.web.log.read_text()


def test_a_sync_worker_streams_ours_and_works_on(serve: Serve) -> None:
    web = serve(threads=1, options=["-k", "sync", "--timeout", "2"], heartbeat=1)
    before = web.get("/page")["pid"]
    readers = [web.reader() for _ in range(3)]
    for reader in readers:
        reader.until("hello")

    assert answers(web)
    for _ in range(3):  # longer than the worker's time-out
        readers[0].until("hb")
    sse.publish(change(1))
    for reader in readers:
        assert numbers(reader.until("change")) == [1]
    assert web.get("/page")["pid"] == before


def test_stock_frees_dead_browsers_with_the_second_event_only(serve_stock: ServeStock) -> None:
    stock = serve_stock(threads=6)
    streams = [stock.open() for _ in range(5)]
    stock.publish({"all": "there"})
    for stream in streams:
        assert b"there" in heard(stream, b"there")
        stream.close()

    time.sleep(1)
    assert stock.subscribers() == 5
    stock.publish({"first": "after"})
    time.sleep(0.3)
    assert stock.subscribers() == 5
    stock.publish({"second": "after"})
    stock.settle(0)


def test_ours_frees_dead_browsers_at_once_without_any_event(web: Web) -> None:
    for _ in range(5):
        web.reader().until("hello")
    web.eventually(lambda page: page["streams"] == 5)

    web.leave()

    web.eventually(lambda page: page["streams"] == 0, 1)
