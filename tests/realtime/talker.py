"""A WebSocket client's side of a conversation, over another implementation of the protocol."""

import json
import time
from typing import Any

from websockets.sync.client import ClientConnection


def until(client: ClientConnection, kind: str, wait: float = 5) -> list[dict[str, Any]]:
    """Messages up to the first of a kind, heartbeats left out."""
    found, deadline = [], time.monotonic() + wait
    while not found or found[-1]["type"] != kind:
        message = json.loads(client.recv(max(0.01, deadline - time.monotonic())))
        if message["type"] != "hb" or kind == "hb":
            found.append(message)
    return found


def say(client: ClientConnection, **order: Any) -> dict[str, Any]:
    """An order and its answer."""
    client.send(json.dumps(order))
    return until(client, {"ping": "pong"}.get(order.get("type", ""), "subscribed"))[-1]
