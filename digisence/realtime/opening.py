"""The first messages of a stream: `hello`, then what was missed, or `lost` and `initial`; then the ring takes over."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import orjson
from redis import RedisError
from sqlalchemy import Engine

from ..extensions.sse import Position, Stored, sse
from . import initial, protocol
from .hub import Hub
from .ring import Fallen
from .topics import topic_of

MODES = ("full", "counts", "none")


@dataclass(frozen=True)
class Wish:
    """What a client asks for. `topics` None means all; `position` is where it wants to go on, as it said it."""

    topics: frozenset[str] | None = None
    initial: str = "full"
    position: str | None = None


class Opening:
    """`frames()` gives the first messages; after the last one, `cursor` and `after` say where the ring goes on."""

    def __init__(self, hub: Hub, wish: Wish, engine: Engine) -> None:
        self._ring, self._heartbeat, self._counts = hub.ring, hub.heartbeat, hub.counts
        self.wish, self._engine = wish, engine
        self.position = self._ring.tip()[0]
        self.cursor = 0
        self.after: Position | None = None

    def events(self) -> Iterator[list[bytes]]:
        """SSE events to send, in order and in batches.

        Raises Fallen when the feed outruns the reader; RedisError, SQLAlchemyError.
        """
        retry = protocol.RETRY_MS + random.randint(-protocol.RETRY_SPREAD_MS, protocol.RETRY_SPREAD_MS)  # noqa: S311
        yield [protocol.hello(self.position, self._heartbeat, retry)]
        known = self._known()
        if known is not None:
            try:
                yield from self._replay(known)
            except (Fallen, RedisError):
                known = None
        if known is not None:
            return
        if self.wish.position is not None:
            self._counts.lose()
            yield [protocol.lost(self.position)]
        for event in initial.frames(self._engine, self.wish.initial, self.wish.topics, self.position):
            yield [event]
        yield from self._replay(self.position)

    def _known(self) -> Position | None:
        """The wished position, if it is one of this feed that is still kept."""
        if self.wish.position is None:
            return None
        try:
            position = Position.parse(self.wish.position)
            if self._ring.cursor_after(position) is not None:
                return position
            return position if sse.stored(position, until=position, count=1) else None
        except (ValueError, RedisError):
            return None

    def _replay(self, sent: Position) -> Iterator[list[bytes]]:
        """What the Stream keeps after `sent`, until the ring takes over. Nothing twice, nothing left out."""
        while True:
            cursor = self._ring.cursor_after(sent)
            if cursor is not None:
                self.cursor = cursor
                return
            last, end = self._ring.tip()
            if sent > last:  # another process heard it before this one
                self.cursor, self.after = end, sent
                return
            page = sse.stored(sent, until=last)
            if len(page) < 2 or page[0].position != sent:
                raise Fallen
            yield [protocol.stored(found) for found in page[1:] if self._wants(found)]
            sent = page[-1].position

    def _wants(self, found: Stored) -> bool:
        if self.wish.topics is None or found.data is None:
            return True
        topic = topic_of(orjson.loads(found.data))
        return topic is None or topic in self.wish.topics
