"""The same events on every kind of connection: what is read from the wire is what was put in."""

import gzip
import io
import json
import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import Ping, TextMessage

from digisence.extensions.sse import Position
from digisence.realtime import protocol
from digisence.realtime.dialects import event_stream
from digisence.realtime.websocket import WEBSOCKET, text_of

EVENTS = st.lists(st.binary(max_size=300).map(lambda data: b"data: " + data.hex().encode() + b"\n\n"), max_size=6)


def unchunk(wire: bytes) -> bytes:
    """The body of a chunked reply that has no end yet."""
    body, stream = b"", io.BytesIO(wire)
    while line := stream.readline():
        size = int(line, 16)
        assert size, "the end"
        body += stream.read(size)
        assert stream.read(2) == b"\r\n"
    return body


@settings(deadline=None)
@given(batches=st.lists(EVENTS, min_size=1, max_size=4), live=EVENTS, chunked=st.booleans(), compressed=st.booleans())
def test_an_event_stream_reads_as_its_events(
    batches: list[Sequence[bytes]], live: list[bytes], chunked: bool, compressed: bool
) -> None:
    dialect = event_stream(chunked=chunked, compressed=compressed)
    encode = dialect.opening()

    wire = b"".join(map(encode, batches)) + b"".join(map(dialect.frame, live))

    body = unchunk(wire) if chunked else wire
    plain = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body) if compressed else body
    assert plain == b"".join(event for batch in [*batches, live] for event in batch)


def test_a_compressed_event_is_readable_at_once_and_a_long_one_whole() -> None:
    dialect, reader = event_stream(chunked=False, compressed=True), zlib.decompressobj(zlib.MAX_WBITS | 16)
    opening = [b"data: " + b"x" * 500_000 + b"\n\n"]
    wire = dialect.opening()(opening)

    assert len(wire) < 5000
    assert reader.decompress(wire) == opening[0]
    for event in (b"data: a\n\n", b"data: " + bytes(range(32, 127)) * 3000 + b"\n\n"):
        assert reader.decompress(dialect.frame(event)) == event


def test_gzip_readers_take_the_body_for_gzip() -> None:
    dialect = event_stream(chunked=False, compressed=True)
    wire = dialect.opening()([b"data: a\n\n"]) + dialect.frame(b"data: b\n\n")

    assert gzip.GzipFile(fileobj=io.BytesIO(wire)).read(18) == b"data: a\n\ndata: b\n\n"


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize("compressed", [True, False])
def test_nothing_is_nothing_on_the_wire(chunked: bool, compressed: bool) -> None:
    assert event_stream(chunked=chunked, compressed=compressed).frame(b"") == b""
    assert WEBSOCKET.frame(b"") == b""


def test_a_websocket_gets_each_message_as_one_text_with_its_id_inside() -> None:
    reader, at = Connection(ConnectionType.CLIENT), Position(7, 1)
    events = [
        protocol.hello(at, 15, 3000),
        protocol.message("change", {"name": 'a: b\n"\u2028'}, position=at),
        protocol.frame(b"{}", position=at),
        protocol.frame(b'{"a": 1}', position=at, event="special"),
        protocol.heartbeat(at),
    ]
    reader.receive_data(b"".join(map(WEBSOCKET.frame, events)) + WEBSOCKET.beat)
    *texts, ping = reader.events()

    assert isinstance(ping, Ping)
    assert all(isinstance(text, TextMessage) and text.message_finished for text in texts)
    hello, change, empty, special, beat = (json.loads(text.data) for text in texts)
    assert ("id" in hello, hello["type"], hello["position"]) == (False, "hello", "7-1")
    assert (change["id"], change["type"], change["name"]) == ("7-1", "change", 'a: b\n"\u2028')
    assert empty == {"id": "7-1"}
    assert special == {"id": "7-1", "event": "special", "a": 1}
    assert beat == {"type": "hb", "id": "7-1"}


def test_what_has_no_id_is_passed_on_as_it_is() -> None:
    assert text_of(b'retry: 5\ndata: {"type":"bye"}\n\n') == b'{"type":"bye"}'
