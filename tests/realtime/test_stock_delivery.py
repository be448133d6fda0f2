"""What stock flask-sse loses between two connections and shows too early, and what we do."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from sqlite3 import connect

from flask import Flask
from redis import Redis

from digisence.changes import Context, unit_of_work
from digisence.changes.outbox import drain
from digisence.extensions.sse import Position, sse
from digisence.models import Business
from tests.realtime.conftest import Web, change, numbers
from tests.realtime.peer import Stock, body, events, heard

ServeStock, Serve = Callable[..., Stock], Callable[..., Web]


def test_stock_loses_what_is_published_between_two_connections_without_a_trace(serve_stock: ServeStock) -> None:
    stock = serve_stock()
    first = stock.open()
    stock.publish({"number": 1}, id="1")
    assert b"id:1\n\n" in heard(first, b"\n\n")
    first.close()
    stock.publish({"number": 2}, id="2")

    again = stock.open(headers="Last-Event-ID: 1\r\n")
    stock.publish({"number": 3}, id="3")

    assert [place for _, _, place, _ in events(body(heard(again, b"id:3\n\n")))] == ["3"]


def test_stock_gives_no_id_of_its_own(serve_stock: ServeStock) -> None:
    stock = serve_stock()
    stream = stock.open()
    stock.publish({"number": 1})

    assert b"id:" not in heard(stream, b"\n\n")


def test_ours_resumes_where_a_reader_left_and_says_when_it_cannot(web: Web) -> None:
    first = web.reader()
    first.until("hello")
    position = sse.publish(change(1))
    assert first.event().id == position
    first.close()
    sse.publish(change(2))

    again, stranger = (web.reader(headers={"Last-Event-ID": place}) for place in (position, "5-0"))
    sse.publish(change(3))

    assert numbers([again.event() for _ in range(3)][1:]) == [2, 3]
    assert [stranger.event().kind for _ in range(2)] == ["hello", "lost"]


def test_stock_has_no_heartbeat(serve_stock: ServeStock) -> None:
    stock = serve_stock()
    stream = stock.open()
    stock.publish({"number": 1})

    assert len(events(body(heard(stream, wait=2)))) == 1


def test_ours_beats(serve: Serve) -> None:
    reader = serve(heartbeat=1).reader()
    reader.until("hello")

    assert reader.event(2).kind == "hb"


def test_stock_opens_a_connection_for_each_publication(serve_stock: ServeStock, redis_of_its_own) -> None:
    stock, redis = serve_stock(), Redis.from_url(redis_of_its_own.url)
    before = redis.info("stats")["total_connections_received"]

    for number in range(50):
        stock.publish({"number": number})

    assert redis.info("stats")["total_connections_received"] - before >= 50


def test_ours_publishes_on_one_connection(web: Web, redis: Redis) -> None:
    sse.publish(change(0))
    before = redis.info("stats")["total_connections_received"]

    for number in range(50):
        sse.publish(change(number))

    assert redis.info("stats")["total_connections_received"] - before <= 2


def test_stock_tells_of_what_is_not_committed_and_the_browser_reads_the_past(
    serve_stock: ServeStock, tmp_path: Path
) -> None:
    path = tmp_path / "record.sqlite"
    with connect(path) as connection:
        connection.executescript(
            "PRAGMA journal_mode = WAL; CREATE TABLE record (name); INSERT INTO record VALUES ('old')"
        )
    connection.close()
    stock = serve_stock(environment={"STOCK_DATABASE": str(path)})
    stream = stock.open()
    writing = threading.Thread(target=stock.web.ask, args=("POST", "/write"))
    writing.start()

    assert b"changed" in heard(stream, b"changed", wait=5)
    assert stock.web.get("/read") == {"name": "old"}  # and keeps it: nothing more is told

    stock.web.ask("POST", "/commit")
    writing.join()
    assert stock.web.get("/read") == {"name": "new"}
    assert heard(stream, wait=1).count(b"changed") == 0


def test_ours_tells_of_nothing_before_it_is_committed(app: Flask) -> None:
    """Not even when somebody drains meanwhile."""

    def drained() -> int:
        with app.app_context():
            return drain()

    def told() -> int:
        return sum(entry.data is not None for entry in sse.stored(Position(0, 0)))

    with app.app_context(), ThreadPoolExecutor(1) as other:
        with unit_of_work(Context("system:test")) as unit:
            unit.add(Business(id="b1", name="Bakery"))
            unit.flush()
            assert other.submit(drained).result(10) == 0
            time.sleep(0.2)
            assert told() == 0
        deadline = time.monotonic() + 5
        while not told():
            assert time.monotonic() < deadline
            other.submit(drained).result(10)
        assert told() == 1
