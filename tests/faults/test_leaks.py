"""A thousand who came and went, each in its own manner, leave nothing behind in the process that served them."""

import base64
import contextlib
import socket
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import orjson
import psutil
import pytest
from redis import Redis

from digisence.extensions.sse import sse
from tests.proxy import until
from tests.realtime.conftest import Web, change
from tests.servers import RedisServer

Serve = Callable[..., Web]
CLIENTS, AT_ONCE = 1000, 20
GROWTH_BYTES = 12_000_000  # of a process of about 100 MB; a leak of a 20 kB stream each would be 20 MB
ROUNDS = 3  # an allocator that has found its arenas stops growing; a leak does not
SPARE = 8  # connections that a pool has opened in a busier moment than those before
RESET = struct.pack("ii", 1, 0)
HANDSHAKE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n"
CLOSE_FRAME = b"\x88\x80\0\0\0\0"


def opened(web: Web, path: str, headers: str = "", buffer: int = 0) -> socket.socket:
    connection = socket.socket()
    if buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.settimeout(20)
    connection.connect(web.address)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: test\r\n{headers}\r\n".encode())
    return connection


def heard(connection: socket.socket, mark: bytes) -> None:
    found = b""
    while mark not in found:
        data = connection.recv(65536)
        assert data, found
        found += data


def orderly(web: Web) -> None:
    with opened(web, "/stream") as connection:
        heard(connection, b"hello")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass


def by_a_reset(web: Web) -> None:
    with opened(web, "/stream") as connection:
        heard(connection, b"hello")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def before_the_reply(web: Web) -> None:
    with opened(web, "/stream") as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def half_read(web: Web) -> None:
    """Asks for all that was ever published and reads the beginning."""
    with opened(web, "/stream", f"Last-Event-ID: {FIRST[0]}\r\n", buffer=4096) as connection:
        connection.recv(1000)


def by_websocket(web: Web) -> None:
    with opened(web, "/ws", HANDSHAKE.format(base64.b64encode(b"0123456789abcdef").decode())) as connection:
        heard(connection, b"hello")
        connection.sendall(CLOSE_FRAME)
        with contextlib.suppress(ConnectionResetError):
            while connection.recv(65536):
                pass


def by_websocket_without_a_word(web: Web) -> None:
    with opened(web, "/ws", HANDSHAKE.format(base64.b64encode(b"0123456789abcdef").decode())) as connection:
        heard(connection, b"hello")


MANNERS = (orderly, by_a_reset, before_the_reply, half_read, by_websocket, by_websocket_without_a_word)
FIRST: list[str] = []


def churn(web: Web, clients: int) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(MANNERS[number % len(MANNERS)], web) for number in range(clients)]:
            done.result()


@pytest.fixture
def web(serve: Serve) -> Web:
    """One process, which has served everybody once, with two megabytes to catch up on."""
    web = serve(threads=8, stream_limit_user=1000, stream_limit_address=1000)
    FIRST[:] = [sse.publish(change(number, filler="x" * 10_000)) for number in range(200)][:1]
    churn(web, 200)
    return web


def test_churned_clients_leave_nothing(web: Web, redis_of_its_own: RedisServer) -> None:
    process, redis = psutil.Process(web.get("/page")["pid"]), Redis.from_url(redis_of_its_own.url)

    def held() -> dict[str, int]:
        page = web.eventually(lambda page: page["streams"] == 0)
        return {"fds": page["fds"], "threads": process.num_threads(), "redis": len(redis.client_list())}

    before, memory = held(), process.memory_info().rss

    churn(web, CLIENTS)

    # The web server's own connections close a moment after their readers
    until(lambda: all(number <= before[name] + SPARE for name, number in held().items()), 15, f"more than {before}")
    rounds = [process.memory_info().rss - memory]
    while rounds[-1] >= GROWTH_BYTES and len(rounds) < ROUNDS:
        memory = process.memory_info().rss
        churn(web, CLIENTS)
        rounds.append(process.memory_info().rss - memory)
    assert rounds[-1] < GROWTH_BYTES, f"{rounds} bytes more after each thousand"
    until(lambda: roster(redis) == (0, {b"all": 0}), 20, "the roster still lists streams, or holds their places")


def roster(redis: Redis) -> tuple[int, dict[bytes, int]]:
    """How many streams it lists, and how many it counts in each place that is left."""
    [process] = [name.decode() for name in redis.smembers("digisence:roster")]
    places = {
        name: int(value) for name, value in redis.hgetall(f"digisence:roster:{process}").items() if name != b"about"
    }
    about = orjson.loads(redis.hget(f"digisence:roster:{process}", "about") or b"{}")
    assert about["id"] == process
    return redis.hlen(f"digisence:roster:{process}:streams"), places or {b"all": 0}
