"""What goes over the wire of a stream: one function a message, each giving the bytes of one SSE event."""

from collections.abc import Mapping
from typing import Any

import orjson

from ..clock import to_wire, utcnow
from ..extensions.sse import FORBIDDEN, Position, Stored

RETRY_MS, RETRY_SPREAD_MS = 2500, 1500  # browsers that lose their streams together come back over three seconds

OWN_IDS = {"integrity": "runId", "job": "jobId"}


def frame(
    data: bytes, *, position: Position | None = None, event: str | None = None, retry: int | None = None
) -> bytes:
    """One SSE event. `data` is one line, as JSON is. ValueError when something would break out of its line."""
    if event is not None and FORBIDDEN.search(event):
        raise ValueError(f"an event name is one line, not {event!r}")
    if b"\n" in data or b"\r" in data:
        raise ValueError("data of an event is one line")
    lines = [b"event: " + event.encode()] if event else []
    if position is not None:
        lines.append(b"id: %d-%d" % position)
    if retry is not None:
        lines.append(b"retry: %d" % retry)
    return b"\n".join([*lines, b"data: " + data, b"", b""])


def message(kind: str, body: Mapping[str, Any], *, position: Position | None = None, retry: int | None = None) -> bytes:
    """An unnamed event whose JSON has `type` and `timestamp` before `body`."""
    told = {"type": kind, "timestamp": to_wire(utcnow()), **body}
    return frame(orjson.dumps(told), position=position, retry=retry)


def stored(found: Stored) -> bytes:
    """A message that the Stream keeps, as it went out live. The epoch entry has none."""
    if found.data is None:
        return b""
    return frame(found.data, position=found.position, event=found.type, retry=found.retry)


def hello(position: Position, heartbeat: int, retry: int) -> bytes:
    """The first event, at once. Carries no id: who has not got all of `initial` must not resume from here.

    `retryMs` says what `retry` does to a browser, which shows that line to no script.
    """
    told = {"position": str(position), "heartbeatSeconds": heartbeat, "retryMs": retry}
    return message("hello", told, retry=retry)


def heartbeat(position: Position) -> bytes:
    """The sign of life: all up to `position` has been sent."""
    return frame(str(position).encode(), position=position, event="hb")


def lost(position: Position, retry: int | None = None) -> bytes:
    """Messages are missing; `position` is that of now."""
    return message("lost", {"position": str(position)}, retry=retry)


def bye(reason: str, retry: int) -> bytes:
    """The server ends the stream: come back in `retry` milliseconds."""
    return message("bye", {"reason": reason, "retryMs": retry}, retry=retry)


def without_id(data: dict[str, Any]) -> dict[str, Any]:
    """A message for who gets its position as `id` inside: what has an `id` of its own tells it as `runId`, `jobId`."""
    if "id" not in data:
        return data
    name = OWN_IDS.get(data.get("type", ""), "ownId")
    return {name if key == "id" else key: value for key, value in data.items()}
