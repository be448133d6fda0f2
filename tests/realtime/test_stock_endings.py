"""How stock flask-sse's streams end, and how ours do: at shutdown, with Redis, over a database session; who may listen."""

import signal
import time
from collections.abc import Callable
from typing import Any

import flask_sse
import psycopg
import pytest
from flask import Flask, Response
from redis import Redis

from digisence import create_app
from digisence.extensions.sse import sse
from tests.conftest import SECRET
from tests.realtime.conftest import Web, change, numbers
from tests.realtime.peer import Stock, ask, heard
from tests.servers import RedisServer

ServeStock, Serve = Callable[..., Stock], Callable[..., Web]


def stop(web: Web) -> float:
    """SIGTERM; the seconds until it is gone."""
    began = time.monotonic()
    web.process.send_signal(signal.SIGTERM)
    web.process.wait(20)
    return time.monotonic() - began


def test_stock_sees_no_shutdown_and_takes_the_whole_grace(serve_stock: ServeStock) -> None:
    stock = serve_stock(options=["--graceful-timeout", "4"])
    stream = stock.open()
    stock.publish({"all": "well"})
    assert b"well" in heard(stream, b"well")

    assert stop(stock.web) >= 3.5
    assert b"data" not in heard(stream)  # no farewell


def test_ours_says_bye_and_is_gone_before_the_grace_is_over(serve: Serve) -> None:
    web = serve(options=["--graceful-timeout", "20"])
    readers = [web.reader() for _ in range(5)]
    for reader in readers:
        reader.until("hello")

    assert stop(web) < 10
    assert [reader.rest()[-1].kind for reader in readers] == ["bye"] * 5


def test_a_hiccup_of_redis_ends_every_stock_stream(serve_stock: ServeStock, redis_of_its_own: RedisServer) -> None:
    stock = serve_stock()
    streams = [stock.open() for _ in range(3)]
    stock.publish({"all": "well"})
    for stream in streams:
        assert b"well" in heard(stream, b"well")

    Redis.from_url(redis_of_its_own.url).client_kill_filter(_type="pubsub")

    for stream in streams:
        heard(stream, wait=5)
        assert stream.recv(1) == b""


def test_ours_outlives_it_and_fills_the_gap(serve: Serve, redis_of_its_own: RedisServer) -> None:
    readers = [serve().reader()]
    readers[0].until("hello")

    Redis.from_url(redis_of_its_own.url).client_kill_filter(_type="pubsub")
    for number in range(3):
        sse.publish(change(number))

    assert numbers(readers[0].until(lambda event: event.kind == "change" and event.json["number"] == 2, 10)) == [
        0,
        1,
        2,
    ]


def test_stock_holds_a_session_that_is_used_for_its_messages_as_long_as_it_streams(
    serve_stock: ServeStock, postgresql: str
) -> None:
    stock = serve_stock(application="create_checked_app", environment={"STOCK_DATABASE": postgresql})
    streams = [stock.open() for _ in range(3)]
    stock.publish({"all": "well"})
    for stream in streams:
        assert b"well" in heard(stream, b"well")

    with psycopg.connect(postgresql) as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND query = 'SELECT 1'"
        assert connection.execute(query).fetchone() == (3,)


def test_a_method_put_in_place_of_stock_s_is_not_what_its_route_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flask_sse.sse, "stream", lambda: "ours")
    app = Flask(__name__)
    app.register_blueprint(flask_sse.sse, url_prefix="/stream")

    with app.test_request_context("/stream"):
        assert isinstance(app.view_functions["sse.stream"](), Response)


def test_ours_is_one_view_of_our_own_and_stock_s_is_not_to_be_reached(app: Flask) -> None:
    endpoints = [rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.endswith("sse")]

    assert [endpoint.split(".")[0] for endpoint in endpoints] == ["stream"]
    assert not [name for name in app.view_functions if name.startswith("sse.")]


def test_stock_streams_to_anybody_and_any_number(serve_stock: ServeStock) -> None:
    stock = serve_stock(threads=10)
    streams = [stock.open() for _ in range(8)]
    stock.publish({"secret": "told"})

    assert all(b"told" in heard(stream, b"told") for stream in streams)


def test_ours_asks_who_it_is_and_counts(serve: Serve, tmp_path: Any, redis_of_its_own: RedisServer) -> None:
    app = create_app(instance=tmp_path, redis_url=redis_of_its_own.url, secret_key=SECRET)
    assert app.test_client().get("/api/admin/sse").status_code == 401

    web = serve(stream_limit_user=2)
    for _ in range(2):
        web.reader().until("hello")
    with ask(web.address) as third:
        refused = heard(third, b"\r\n\r\n", 5)
    assert refused.startswith(b"HTTP/1.1 429")
    assert b"retry-after:" in refused.lower()
