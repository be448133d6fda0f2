"""The hub, of which a process has one, begun on first use after any fork: ring, subscriber, the streams' thread."""

import atexit
import math
import os
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

from flask import Flask

from ..config import settings
from ..extensions import metrics
from ..extensions.sse import Position
from . import figures, protocol
from .client import Client, Listener
from .limits import Limits
from .rights import Watch
from .ring import Entry, Ring
from .roster import Roster
from .streams import Streams
from .subscriber import Subscriber

DRAIN_SECONDS = 2.0
READY_SECONDS = 2.0
# Each send gives up the interpreter: with the usual 5 ms, a page that computes would hold up a round of sends at length
SWITCH_SECONDS = 0.0005
_EXTENSION = "digisence_hub"
_lock = threading.Lock()
_hubs: "list[Hub]" = []  # a forked child inherits its parent's, and leaves them alone


class Hub:
    """Connects the feed with this process's streams."""

    def __init__(self, app: Flask) -> None:
        chosen = settings(app)
        self.app, self.pid = app, os.getpid()
        self.heartbeat = chosen.heartbeat
        self.ring = Ring(Position(0, 0), chosen.stream_bytes)
        self._ready = threading.Event()
        self._begun, self.began_at = time.monotonic(), time.time()
        self._streams = Streams(self.ring, chosen.heartbeat, chosen.stream_lifetime.total_seconds() or math.inf)
        self.counts = self._streams.counts
        self.roster = Roster(chosen.redis_url, self.ring, lambda: figures.of(self))
        self.limits = Limits(chosen, self.roster)
        self._subscriber = Subscriber(self)
        self._watch = Watch(app, self._listeners, lambda ended: self._streams.revoke(found=ended))

    def start(self) -> None:
        """Start the threads, and let none wait long for its turn."""
        sys.setswitchinterval(SWITCH_SECONDS)
        for part in (self._streams, self._subscriber, self.roster, self._watch):
            part.thread.start()
        metrics.show("hub", lambda: figures.series(self))

    def ready(self) -> bool:
        """True once the feed has been reached; waits for it only in the hub's first READY_SECONDS."""
        return self._ready.wait(max(0.0, self._begun + READY_SECONDS - time.monotonic()))

    def attach(self, client: Client) -> None:
        """Take over a stream that has had its first messages."""
        self.roster.arrive(client)
        self._streams.attach(client)

    def clients(self) -> list[Client]:
        """The open streams of this process, to read from."""
        return self._streams.clients()

    def drain(self) -> None:
        """Say `bye` to all streams, within DRAIN_SECONDS, and take no more."""
        self._streams.drain(DRAIN_SECONDS)
        self._watch.stop()
        self.roster.close()

    def close(self) -> None:
        """Drain, and end the threads."""
        with _lock:
            _hubs.remove(self)
            self.app.extensions.pop(_EXTENSION)
        self.drain()
        metrics.hide("hub")
        self._subscriber.stop()
        self._subscriber.thread.join()
        self._streams.stop()

    # -- what the subscriber tells

    @property
    def last(self) -> Position | None:
        """The newest position known; None before the feed was reached."""
        return self.ring.last if self._ready.is_set() else None

    def begin(self, position: Position) -> None:
        """The feed stands at `position`."""
        self.ring.reset(position)
        self._ready.set()

    def append(self, entry: Entry) -> None:
        """The next message, for all."""
        self.ring.append(entry)
        self._streams.wake()

    def restart(self, position: Position) -> None:
        """Messages are missing for good: every stream is told `lost`."""
        self.ring.reset(position)
        self._streams.wake()

    def revoke(self, users: list[str], sessions: list[str]) -> None:
        """End the streams of these users and sessions."""
        self._streams.revoke(users, sessions)

    def disconnect(self, connections: list[str]) -> None:
        """End these streams; they may come back."""
        self._streams.disconnect(connections)

    def renew(self, sessions: list[str], expires_at: float) -> None:
        """The tokens of these sessions last longer now."""
        self._streams.renew(sessions, expires_at)

    def mention(self, kind: str, body: Mapping[str, Any]) -> None:
        """Something of the moment, for those who listen to the topic `kind` now. Without an id: it moves no cursor."""
        if self._ready.is_set():
            self.append(Entry(self.ring.last, protocol.message(kind, body), kind))

    def recheck(self) -> None:
        """Ask the database, beside the feed, whose streams must end."""
        self._watch.look()

    def _listeners(self) -> list[Listener]:
        return [client.listener for client in self.clients()]


def hub_for(app: Flask) -> Hub:
    """This process's hub of `app`; a forked child gets one of its own."""
    with _lock:
        hub = app.extensions.get(_EXTENSION)
        if not isinstance(hub, Hub) or hub.pid != os.getpid():
            hub = app.extensions[_EXTENSION] = Hub(app)
            _hubs.append(hub)
            hub.start()
            atexit.unregister(drain)
            atexit.register(drain)
        return hub


def drain() -> None:
    """Say `bye` to every stream of this process: for gunicorn's `worker_exit` hook, and at the interpreter's end."""
    for hub in [hub for hub in _hubs if hub.pid == os.getpid()]:
        hub.drain()
