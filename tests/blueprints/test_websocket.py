"""The stream over a WebSocket, read by another implementation of the protocol, before a real gunicorn."""

import json
import time
from collections.abc import Callable, Container, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from digisence.extensions.sse import sse
from digisence.models import Business
from tests.blueprints.conftest import Serve
from tests.blueprints.test_stream import token, write
from tests.realtime.talker import until
from tests.realtime.web import Web

Connect = Callable[..., ClientConnection]
EACH_ITS_OWN = ("timestamp", "retryMs")  # what each connection is told for itself


@pytest.fixture
def web(serve: Serve) -> Web:
    return serve(DIGISENCE_HEARTBEAT="1")


@pytest.fixture
def headers(web: Web, superadmin: str) -> dict[str, str]:
    return token(web)


@pytest.fixture
def join(web: Web, headers: dict[str, str]) -> Iterator[Connect]:
    """Open a WebSocket: `join("?topics=users", Origin="http://x")`."""
    with ExitStack() as stack:

        def join(query: str = "?initial=none", **extra: str) -> ClientConnection:
            address = f"ws://{web.address[0]}:{web.address[1]}/api/admin/ws{query}"
            told = {**headers, **{name.replace("_", "-"): value for name, value in extra.items()}}
            return stack.enter_context(connect(address, additional_headers=told, proxy=None, ping_interval=None))

        yield join


def without(message: dict[str, Any], names: Container[str]) -> dict[str, Any]:
    """The message but for some of its fields."""
    return {name: value for name, value in message.items() if name not in names}


def test_the_same_messages_come_as_texts_with_their_id(
    web: Web, app: Flask, join: Connect, headers: dict[str, str]
) -> None:
    write(app, Business(id="b0", name="Bakery"))
    events, client = web.reader("/api/admin/sse", headers=headers), join("")
    seen, texts = events.until("initial"), until(client, "initial")
    write(app, Business(id="b1", name="Butcher"))
    seen, texts = [*seen, *events.until("change")], [*texts, *until(client, "change")]
    seen = [event for event in seen if event.kind != "hb"]

    assert [text["type"] for text in texts] == [event.kind for event in seen] == ["hello", "initial", "change"]
    for text, event in zip(texts, seen, strict=True):
        assert text.pop("id", None) == event.id
        assert without(text, EACH_ITS_OWN) == without(event.json, EACH_ITS_OWN)
    beat = until(client, "hb")[-1]
    assert beat == {"type": "hb", "id": events.until("hb")[-1].id}


def test_the_handshake_is_a_reply_of_the_api(join: Connect) -> None:
    client = join()
    assert client.response is not None
    told = client.response.headers
    assert told["X-Feed-Position"] == until(client, "hello")[-1]["position"]
    assert told["X-Request-Id"]


def test_what_was_missed_comes_first(app: Flask, join: Connect) -> None:
    start = sse.position()
    write(app, *(Business(id=f"b{number}", name="Bakery") for number in range(5)))

    client = join("?initial=none", Last_Event_ID=str(start))

    assert [json.loads(client.recv(5)).get("recordId") for _ in range(6)] == [
        None,
        *(f"b{number}" for number in range(5)),
    ]
    lost = join("?initial=counts&lastEventId=5-0")
    assert [message["type"] for message in until(lost, "initial")] == ["hello", "lost", "initial"]


def test_sign_out_says_bye_and_closes(web: Web, join: Connect, headers: dict[str, str]) -> None:
    client = join()
    until(client, "hello")
    began = time.monotonic()
    assert web.ask("POST", "/api/auth/logout", headers=headers)[0] in (200, 204)

    assert until(client, "bye")[-1]["reason"] == "revoked"

    with pytest.raises(ConnectionClosed) as closed:
        client.recv(5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001
    assert time.monotonic() - began < 4


def refused(join: Connect, query: str = "", **extra: str) -> tuple[int, Any]:
    """Status and problem of a refused handshake."""
    with pytest.raises(InvalidStatus) as found:
        join(query, **extra)
    return found.value.response.status_code, json.loads(found.value.response.body or b"null")


def test_refusals_come_before_the_socket_opens(web: Web, join: Connect, headers: dict[str, str]) -> None:
    status, problem = refused(join, Origin="https://evil.example")
    assert (status, problem["code"]) == (403, "foreign-origin")
    assert until(join(Origin=f"http://{web.address[0]}:{web.address[1]}"), "hello"), "a page of our own may"
    assert refused(join, "?topics=nothing")[0] == 422
    assert refused(join, Authorization="Bearer nonsense")[0] == 401
    status, problem = web.ask("GET", "/api/admin/ws", headers=headers)
    assert (status, problem["code"]) == (426, "upgrade-required")

    short = {**headers, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    status, problem = web.ask("GET", "/api/admin/ws", headers=short)
    assert (status, problem["code"]) == (400, "bad-handshake")
