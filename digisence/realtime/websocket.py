"""The stream over a WebSocket: the handshake, and the same messages as text frames. No input or output of its own."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson
from wsproto.connection import ConnectionType
from wsproto.events import AcceptConnection, Request
from wsproto.frame_protocol import CloseReason, FrameProtocol
from wsproto.handshake import H11Handshake
from wsproto.utilities import RemoteProtocolError

from ..errors import Problem
from . import protocol

HANDSHAKE = ("HTTP_HOST", "HTTP_CONNECTION", "HTTP_SEC_WEBSOCKET_KEY", "HTTP_SEC_WEBSOCKET_VERSION")


class TextFrames:
    """The dialect of a WebSocket: each message is one JSON text frame, with its position as `id` inside."""

    transport = "ws"

    def __init__(self) -> None:
        self._frames = FrameProtocol(client=False, extensions=[])
        self._encoding = threading.Lock()
        self.beat = bytes(self._frames.ping(b""))
        self.end = bytes(self._frames.close(CloseReason.GOING_AWAY))

    def frame(self, event: bytes) -> bytes:
        """One SSE event as a frame."""
        if not event:
            return b""
        text = text_of(event).decode()
        with self._encoding:
            return bytes(self._frames.send_data(text, fin=True))

    def opening(self) -> Callable[[Sequence[bytes]], bytes]:
        """The first messages are like any others."""
        return lambda events: b"".join(map(self.frame, events))


WEBSOCKET = TextFrames()


def text_of(event: bytes) -> bytes:
    """The JSON of an SSE event of ours, with what stood beside it inside: `id`, `event` where it is named."""
    fields = dict(line.split(b": ", 1) for line in event.split(b"\n") if line)
    name, data = fields.get(b"event"), fields[b"data"]
    told = {name.decode(): fields[name].decode() for name in (b"id", b"event") if name in fields}
    if name == b"hb":
        return orjson.dumps({"type": "hb", "id": told["id"]})
    if b'"id":' in data:
        data = orjson.dumps(protocol.without_id(orjson.loads(data)))
    head = orjson.dumps(told)
    if not told or data == b"{}":
        return data if not told else head
    return head[:-1] + b"," + data[1:]


def accept(environ: Mapping[str, Any]) -> Callable[[Mapping[str, str]], bytes]:
    """What makes the reply, with headers of ours, that opens the WebSocket which the WSGI `environ` asks for.

    Raises Problem: 426 where none is asked for, 400 for a malformed handshake.
    """
    if environ.get("HTTP_UPGRADE", "").lower() != "websocket":
        headers = {"Upgrade": "websocket", "Connection": "Upgrade"}
        raise Problem(426, "upgrade-required", "This address speaks WebSocket; events are at /sse.", headers=headers)
    handshake = H11Handshake(ConnectionType.SERVER)
    try:
        handshake.receive_data(_request(environ))
        if not any(isinstance(event, Request) for event in handshake.events()):
            raise Problem(400, "bad-handshake", "The WebSocket handshake is not complete.")
        return lambda ours: handshake.send(AcceptConnection(extra_headers=_raw(ours)))
    except RemoteProtocolError as error:
        headers = {"Sec-WebSocket-Version": "13"}
        raise Problem(400, "bad-handshake", f"The WebSocket handshake: {error}.", headers=headers) from error


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def _request(environ: Mapping[str, Any]) -> bytes:
    """The handshake as it came, without what is not the protocol's."""
    lines = ["GET / HTTP/1.1", "Upgrade: websocket"]
    for name in HANDSHAKE:
        if name in environ:
            lines.append(f"{name.removeprefix('HTTP_').replace('_', '-').title()}: {environ[name]}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def same_origin(origin: str | None, *places: str) -> bool:
    """Whether a page of `origin` may open a WebSocket here: one of our own, or no page at all. `places`: our URLs.

    Cookies go with a WebSocket whoever opens it, and no CSRF token does: RFC 6455, 10.2.
    """
    if origin is None:
        return True
    try:
        asked = urlsplit(origin)
    except ValueError:
        return False
    own = {(place.scheme, place.netloc) for place in map(urlsplit, places) if place.netloc}
    return (asked.scheme, asked.netloc) in own  # a sandboxed page is of the origin `null`
