"""A stream takes its socket from the server and leaves nothing behind; where there is no socket it is a generator."""

import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.serving import make_server

from digisence.extensions.sse import sse
from digisence.realtime import hub_for
from digisence.realtime.doorway import detach, server_socket
from tests.realtime import bare
from tests.realtime.conftest import change, numbers
from tests.realtime.reader import Reader
from tests.realtime.web import Web

Serve = Callable[..., Web]


def test_the_server_goes_on_with_a_dummy_and_the_reader_with_us() -> None:
    server, reader = socket.socketpair()
    connection, release = detach(server)
    server.sendall(b"the server's own reply")
    server.close()
    connection.sendall(b"ours")
    connection.close()

    assert reader.recv(100) == b"ours"
    assert reader.recv(100) == b""
    release()
    reader.close()


def test_only_a_plain_socket_of_one_request_is_taken() -> None:
    plain, other = socket.socketpair()
    wrapped = ssl.create_default_context().wrap_socket(
        socket.socket(), server_hostname="x", do_handshake_on_connect=False
    )

    assert server_socket({"gunicorn.socket": plain}) is plain
    assert server_socket({"werkzeug.socket": plain}) is plain
    assert server_socket({"gunicorn.socket": wrapped}) is None
    assert server_socket({"gunicorn.socket": plain, "HTTP_VERSION": "2"}) is None
    assert server_socket({"gunicorn.socket": plain, "SERVER_PROTOCOL": "HTTP/2.0"}) is None
    assert server_socket({}) is None
    for each in (plain, other, wrapped):
        each.close()


def test_streams_and_pages_alternate_without_a_wrong_byte_or_a_lost_descriptor(web: Web) -> None:
    web.reader().until("hello")
    web.leave()
    before = web.eventually(lambda page: page["streams"] == 0)["fds"]  # a pool grows by some; one lost each time is 100
    for _ in range(5):
        for _ in range(20):
            web.reader().until("hello")
            assert web.get("/page")["pid"]
        web.leave()

    web.eventually(lambda page: page["streams"] == 0 and page["fds"] <= before + 10)


def test_a_stream_may_follow_pages_on_one_connection(web: Web) -> None:
    connection = socket.create_connection(web.address, timeout=10)
    for _ in range(3):
        page = Reader(web.address, "/page", connection=connection)
        assert (page.status, page.headers["connection"]) == (200, "keep-alive")
        assert len(page.body()) > 50

    stream = Reader(web.address, connection=connection)

    assert stream.event().kind == "hello"
    sse.publish(change(1))
    assert numbers(stream.until("change")) == [1]
    stream.close()


def test_a_reader_who_left_before_the_first_byte_is_forgotten(web: Web) -> None:
    for _ in range(30):
        connection = socket.create_connection(web.address)
        connection.sendall(b"GET /stream?initial=none HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.close()

    web.eventually(lambda page: page["streams"] == 0)
    assert web.reader().event().kind == "hello"


@pytest.fixture
def local(feed: Flask, redis_of_its_own, tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The bare application in this process."""
    import json

    settings = {"instance": str(tmp_path), "redis_url": redis_of_its_own.url, "heartbeat": 1}
    monkeypatch.setenv("BARE_SETTINGS", json.dumps(settings))
    app = bare.create_app()
    yield app
    hub_for(app).close()


def test_the_development_server_streams_too(local: Flask) -> None:
    server = make_server("127.0.0.1", 0, local, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    before = len(os.listdir("/proc/self/fd"))
    readers = [Reader(("127.0.0.1", server.port)) for _ in range(20)]
    for reader in readers:
        reader.until("hello")
    sse.publish(change(1))

    for reader in readers:
        assert numbers(reader.until("change")) == [1]
        reader.close()
    server.shutdown()
    serving.join()
    server.server_close()
    assert len(os.listdir("/proc/self/fd")) <= before + 10


def test_without_a_socket_it_is_a_generator_that_frees_its_place(local: Flask) -> None:
    client = local.test_client()
    limit = 32
    for _ in range(limit + 3):
        reply = client.get("/stream?initial=none", buffered=False)
        assert reply.status_code == 200
        assert b"hello" in next(iter(reply.response))
        reply.close()
    for _ in range(limit + 3):
        client.get("/stream?initial=none", buffered=False).close()  # never begun
        assert client.head("/stream").status_code == 200

    held = [client.get("/stream?initial=none", buffered=False) for _ in range(limit)]
    assert client.get("/stream").status_code == 429
    for reply in held:
        reply.close()


def test_a_generator_gets_the_same_messages_and_heartbeats(local: Flask) -> None:
    chunks = iter(local.test_client().get("/stream?initial=none", buffered=False).response)
    assert b"hello" in next(chunks)
    position = sse.publish(change(1))

    heard = b""
    while b"event: hb" not in heard:
        heard += next(chunks)

    assert heard.startswith(f"id: {position}\ndata: ".encode())
    assert heard.endswith(f"event: hb\nid: {position}\ndata: {position}\n\n".encode())
