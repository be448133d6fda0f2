"""How messages stand on a connection: as they are, in HTTP chunks, in a gzip body, as WebSocket frames.

Every message is made once, as an SSE event; a dialect says what that event is on its kind of connection. After the
opening a dialect keeps no state of a connection, so that all who share it share the encoded bytes.
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Protocol

GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
GZIP_LEVEL = 3  # of `initial`: a sixth of the size, at a quarter of level 9's time
BLOCK_BYTES = 65_535  # the longest stored block of deflate


class Dialect(Protocol):
    """One kind of connection."""

    transport: str
    beat: bytes  # beside a heartbeat
    end: bytes  # after the last message

    def __hash__(self) -> int:
        """By identity: a dialect is shared, not compared."""

    def frame(self, event: bytes) -> bytes:
        """One SSE event as it stands on the wire; nothing for nothing."""

    def opening(self) -> Callable[[Sequence[bytes]], bytes]:
        """What encodes the first messages of one connection, batch by batch; `frame` goes on after them."""


class EventStream:
    """`text/event-stream` over HTTP."""

    transport = "sse"
    beat = b""

    def __init__(self, *, chunked: bool, compressed: bool) -> None:
        self._chunked, self._compressed = chunked, compressed
        self.headers: Mapping[str, str] = {
            **({"Transfer-Encoding": "chunked"} if chunked else {}),
            **({"Content-Encoding": "gzip"} if compressed else {}),
        }
        self.end = b"0\r\n\r\n" if chunked else b""

    def frame(self, event: bytes) -> bytes:
        """One SSE event as it stands on the wire."""
        return self._chunk(_stored(event) if self._compressed else event)

    def opening(self) -> Callable[[Sequence[bytes]], bytes]:
        """The first messages, deflated where the body is gzip; each batch can be read as soon as it is there."""
        if not self._compressed:
            return lambda events: self._chunk(b"".join(events))
        deflate, head = zlib.compressobj(GZIP_LEVEL, wbits=-zlib.MAX_WBITS), [GZIP_HEADER]

        def encode(events: Sequence[bytes]) -> bytes:
            body = deflate.compress(b"".join(events)) + deflate.flush(zlib.Z_SYNC_FLUSH)
            return self._chunk((head.pop() if head else b"") + body)

        return encode

    def _chunk(self, body: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(body), body) if self._chunked and body else body


@cache
def event_stream(*, chunked: bool, compressed: bool) -> EventStream:
    """The one dialect of its kind."""
    return EventStream(chunked=chunked, compressed=compressed)


PLAIN = event_stream(chunked=False, compressed=False)


def _stored(data: bytes) -> bytes:
    """Blocks of deflate that hold `data` as it is (RFC 1951, 3.2.4): they depend on nothing before them."""
    parts = (data[start : start + BLOCK_BYTES] for start in range(0, len(data), BLOCK_BYTES))
    return b"".join(
        b"\0" + len(part).to_bytes(2, "little") + (len(part) ^ 0xFFFF).to_bytes(2, "little") + part for part in parts
    )
