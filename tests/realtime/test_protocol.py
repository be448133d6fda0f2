"""The encoder against an independent reading of the SSE specification, cut at every byte."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digisence.extensions.sse import Position, Stored
from digisence.realtime import protocol

LEAF = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20)
JSON = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LEAF.map(str), inner, max_size=3), max_leaves=6
)


def parse(stream: bytes) -> list[dict[str, Any]]:
    """What a browser makes of `stream`: https://html.spec.whatwg.org/#event-stream-interpretation"""
    found, fields, data = [], {"event": "message", "id": None}, []
    for line in stream.decode().replace("\r\n", "\n").replace("\r", "\n").split("\n")[:-1]:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                found.append({**fields, "data": "\n".join(data)})
            fields, data = {"event": "message", "id": None}, []
        elif name == "data":
            data.append(value)
        elif name in ("event", "id"):
            fields[name] = value
    return found


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=20), JSON, max_size=4), st.text(min_size=1, max_size=20))
def test_any_message_is_one_event_and_comes_out_whole(data: dict[str, Any], name: str) -> None:
    encoded = json.dumps(data).encode()
    if any(letter in name for letter in "\r\n\0"):
        with pytest.raises(ValueError, match="one line"):
            protocol.frame(encoded, event=name)
        return
    framed = protocol.stored(Stored(Position(7, 1), encoded, name, 5))

    [event] = parse(framed)

    assert (event["id"], json.loads(event["data"])) == ("7-1", data)
    assert event["event"] == name.removeprefix(" ") or name.startswith(" ")


@pytest.mark.parametrize("data", [b"a\nb", b"a\rb", b"a\r\n\r\nevent: forged"])
def test_data_of_more_than_a_line_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="one line"):
        protocol.frame(data)


def test_the_house_messages() -> None:
    position = Position(1700000000000, 3)

    [hello] = parse(protocol.hello(position, 15, 3000))
    [beat] = parse(protocol.heartbeat(position))
    [lost] = parse(protocol.lost(position))
    [bye] = parse(protocol.bye("drain", 700))

    told = {**json.loads(hello["data"]), "timestamp": None}
    assert told == {
        "type": "hello",
        "timestamp": None,
        "position": "1700000000000-3",
        "heartbeatSeconds": 15,
        "retryMs": 3000,
    }
    assert (hello["id"], hello["event"]) == (None, "message")
    assert beat == {"event": "hb", "id": "1700000000000-3", "data": "1700000000000-3"}
    assert (lost["id"], json.loads(lost["data"])["position"]) == (None, "1700000000000-3")
    assert {**json.loads(bye["data"]), "timestamp": None} == {
        "type": "bye",
        "timestamp": None,
        "reason": "drain",
        "retryMs": 700,
    }
    assert protocol.bye("drain", 700).startswith(b"retry: 700\n")


def test_the_epoch_entry_is_nothing_on_the_wire() -> None:
    assert protocol.stored(Stored(Position(1, 0), None, None, None)) == b""
