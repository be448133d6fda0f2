"""What a WebSocket client says, and what it is answered: topics taken on and given up, pings, its farewell."""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage
from wsproto.frame_protocol import CloseReason

from ..clock import to_wire, utcnow
from ..errors import Problem
from ..extensions.sse import Position
from .ring import View, view
from .topics import TOPICS, allowed, open_to

LONGEST_TEXT = 64 * 1024


class Reply(NamedTuple):
    """Bytes to send; what the client gets from here on; whether that was all."""

    data: bytes
    view: View
    over: bool = False


class Refused(Exception):
    """A message that cannot be obeyed: `code` and the reason."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Conversation:
    """One WebSocket's incoming side. `role` decides which topics it may take on."""

    def __init__(self, role: str) -> None:
        self._connection = Connection(ConnectionType.SERVER)
        self._role = role
        self._text = ""
        self.heard_at = time.monotonic()

    def hear(self, data: bytes, current: View, position: Position) -> Reply:
        """Take in bytes; `position` is where the client stands: topics it takes on begin after that."""
        self.heard_at = time.monotonic()
        self._connection.receive_data(data)
        said, over = [], False
        for event in self._connection.events():
            answer, current, over = self._take(event, current, position)
            said.append(answer)
            if over:
                break
        return Reply(b"".join(said), current, over)

    def _take(self, event: Event, current: View, position: Position) -> Reply:
        if isinstance(event, CloseConnection):
            return Reply(self._connection.send(event.response()), current, True)
        if isinstance(event, Ping):
            return Reply(self._connection.send(event.response()), current)
        if isinstance(event, BytesMessage):
            return self._leave(current, CloseReason.UNSUPPORTED_DATA, "send JSON as text")
        if isinstance(event, TextMessage):
            self._text += event.data
            if len(self._text) > LONGEST_TEXT:
                return self._leave(current, CloseReason.MESSAGE_TOO_BIG, f"at most {LONGEST_TEXT} characters")
            if event.message_finished:
                text, self._text = self._text, ""
                return self._obey(text, current, position)
        return Reply(b"", current)

    def _leave(self, current: View, code: CloseReason, reason: str) -> Reply:
        return Reply(self._connection.send(CloseConnection(code, reason)), current, True)

    def _obey(self, text: str, current: View, position: Position) -> Reply:
        try:
            order = _order(text)
            if order["type"] == "ping":
                return Reply(self._say("pong"), current)
            topics = self._topics(order, current)
        except Refused as refused:
            return Reply(self._say("error", code=refused.code, detail=str(refused)), current)
        told = [topic for topic in TOPICS if topic in (open_to(self._role) if topics is None else topics)]
        return Reply(self._say("subscribed", topics=told, position=str(position)), view(topics, current.dialect))

    def _topics(self, order: dict[str, Any], current: View) -> frozenset[str]:
        """The topics after an order. Who named none at first has all until the first `subscribe`."""
        named = frozenset(_names(order.get("topics")))
        if unknown := sorted(named.difference(TOPICS)):
            raise Refused("unknown-topic", f"there is no topic {', '.join(unknown)}; there are {', '.join(TOPICS)}")
        if order["type"] == "subscribe":
            asked = named | (current.topics or frozenset())
        else:
            asked = (open_to(self._role) if current.topics is None else current.topics) - named
        try:
            return allowed(self._role, asked)
        except Problem as problem:
            raise Refused(problem.code, problem.detail) from problem

    def _say(self, kind: str, **body: Any) -> bytes:
        told = {"type": kind, "timestamp": to_wire(utcnow()), **body}
        return self._connection.send(TextMessage(data=orjson.dumps(told).decode()))


def _order(text: str) -> dict[str, Any]:
    try:
        order = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Refused("malformed", f"this is not JSON: {error}") from error
    if not isinstance(order, dict) or order.get("type") not in ("subscribe", "unsubscribe", "ping"):
        raise Refused("unknown-type", 'say {"type": "subscribe" or "unsubscribe", "topics": […]}, or {"type": "ping"}')
    return order


def _names(topics: Any) -> Iterator[str]:
    if not isinstance(topics, list) or not topics:
        raise Refused("invalid-topics", "`topics` is a list of at least one topic")
    for topic in topics:
        if not isinstance(topic, str):
            raise Refused("invalid-topics", f"a topic is a text, not {topic!r}")
        yield topic
