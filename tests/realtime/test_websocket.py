"""What is said over a WebSocket, and how it ends: read by another implementation of the protocol."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from digisence.extensions.sse import sse
from digisence.realtime import TOPICS, same_origin
from tests.realtime.conftest import Web, change
from tests.realtime.talker import say, until

Connect = Callable[..., ClientConnection]


@pytest.fixture
def join(web: Web) -> Iterator[Connect]:
    """Open a WebSocket: `join("?topics=users")`."""
    with ExitStack() as stack:

        def join(query: str = "") -> ClientConnection:
            address = f"ws://{web.address[0]}:{web.address[1]}/ws{query}"
            return stack.enter_context(connect(address, proxy=None, ping_interval=None))

        yield join


def test_topics_are_taken_on_and_given_up_on_the_way(join: Connect) -> None:
    client = join()
    until(client, "hello")
    assert say(client, type="subscribe", topics=["users"])["topics"] == ["users"], (
        "the first names what it had by default"
    )
    answer = say(client, type="subscribe", topics=["categories", "users"])
    assert (answer["topics"], answer["position"]) == (["users", "categories"], sse.position())
    sse.publish(change(1))
    sse.publish({**change(2), "resource": "users"})
    assert [message["number"] for message in until(client, "change")] == [2]

    assert say(client, type="unsubscribe", topics=["users"])["topics"] == ["categories"]
    sse.publish({**change(3), "resource": "users"})
    assert say(client, type="subscribe", topics=["businesses"])["topics"] == ["businesses", "categories"]
    sse.publish(change(4))
    assert [message["number"] for message in until(client, "change")] == [4]


def test_giving_up_a_topic_of_all_leaves_the_others(join: Connect) -> None:
    client = join()
    until(client, "hello")

    answer = say(client, type="unsubscribe", topics=["users"])

    assert answer["topics"] == [topic for topic in TOPICS if topic != "users"]
    sse.publish({"type": "update", "data": {}})
    assert until(client, "update")[-1]["type"] == "update"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nonsense", "malformed"), ("[]", "unknown-type"), ('{"type": "shout"}', "unknown-type"), ("{}", "unknown-type"),
        ('{"type": "subscribe"}', "invalid-topics"), ('{"type": "subscribe", "topics": []}', "invalid-topics"),
        ('{"type": "subscribe", "topics": [1]}', "invalid-topics"), ('{"type": "subscribe", "topics": "users"}', "invalid-topics"),
        ('{"type": "subscribe", "topics": ["users", "x"]}', "unknown-topic"),
    ],
)  # fmt: skip
def test_an_order_that_cannot_be_obeyed_is_answered_and_changes_nothing(join: Connect, text: str, code: str) -> None:
    client = join("?topics=businesses")
    until(client, "hello")
    client.send(text)

    error = until(client, "error")[-1]

    assert error["code"] == code
    assert error["detail"]
    assert say(client, type="subscribe", topics=["users"])["topics"] == ["users", "businesses"]


def test_pings_of_both_kinds_are_answered(join: Connect) -> None:
    client = join()
    until(client, "hello")

    assert client.ping().wait(5)
    assert say(client, type="ping")["type"] == "pong"


@pytest.mark.parametrize(("message", "code"), [(b"bytes", 1003), ("x" * 70_000, 1009)])
def test_what_no_client_should_send_closes_with_the_reason(join: Connect, message: str | bytes, code: int) -> None:
    client = join()
    until(client, "hello")
    client.send(message)

    with pytest.raises(ConnectionClosed) as closed:
        until(client, "never")

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


def test_a_farewell_is_answered_and_the_place_is_free(web: Web, join: Connect) -> None:
    client = join()
    until(client, "hello")
    client.close()

    assert client.close_code == 1000
    web.eventually(lambda page: page["streams"] == 0)


def test_one_that_answers_no_ping_is_let_go(serve: Callable[..., Web]) -> None:
    """A half-open WebSocket behind a proxy: the proxy takes our bytes, nobody answers."""
    lines = [
        "GET /ws HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
        "", "",
    ]  # fmt: skip
    silent = socket.create_connection(serve(heartbeat=1).address, timeout=10)
    silent.sendall("\r\n".join(lines).encode())
    heard, began = b"", time.monotonic()
    while data := silent.recv(65536):
        heard += data

    assert heard.startswith(b"HTTP/1.1 101")
    assert 2 < time.monotonic() - began < 8
    silent.close()


def test_a_run_s_own_id_does_not_hide_the_position(join: Connect) -> None:
    client = join()
    until(client, "hello")

    position = sse.publish({"type": "integrity", "id": "run-1", "state": "running"})

    told = json.loads(text := client.recv(5))
    assert text.count('"id"') == 1
    assert (told["id"], told["runId"], told["state"]) == (position, "run-1", "running")


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [
        (None, True), ("http://panel.example.org", True), ("https://panel.example.org", False), ("null", False), ("", False),
        ("http://[", False), ("http://panel.example.org:81", False),
    ],
)  # fmt: skip
def test_only_our_own_pages_may_open_one(origin: str | None, welcome: bool) -> None:
    assert same_origin(origin, "http://panel.example.org/", "") is welcome
