"""The hub, of which a process has one, begun on first use after any fork: ring, subscriber, the streams' thread."""

import atexit
import os
import threading
import time

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from ..config import settings
from ..extensions.sse import Position
from . import rights
from .client import Client
from .limits import Limits
from .ring import Entry, Ring
from .streams import Streams
from .subscriber import Subscriber

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 2.0
READY_SECONDS = 2.0
_EXTENSION = "digisence_hub"
_lock = threading.Lock()
_hubs: "list[Hub]" = []  # a forked child inherits its parent's, and leaves them alone


class Hub:
    """Connects the feed with this process's streams."""

    def __init__(self, app: Flask) -> None:
        chosen = settings(app)
        self.app, self.pid = app, os.getpid()
        self.heartbeat = chosen.heartbeat
        self.limits = Limits(chosen)
        self.ring = Ring(Position(0, 0), chosen.stream_bytes)
        self._ready = threading.Event()
        self._begun = time.monotonic()
        self._streams = Streams(self.ring, chosen.heartbeat)
        self._subscriber = Subscriber(self)
        self._checking = threading.Lock()

    def start(self) -> None:
        """Start both threads."""
        self._streams.thread.start()
        self._subscriber.thread.start()

    def ready(self) -> bool:
        """True once the feed has been reached; waits for it only in the hub's first READY_SECONDS."""
        return self._ready.wait(max(0.0, self._begun + READY_SECONDS - time.monotonic()))

    def attach(self, client: Client) -> None:
        """Take over a stream that has had its first messages."""
        self._streams.attach(client)

    def drain(self) -> None:
        """Say `bye` to all streams, within DRAIN_SECONDS, and take no more."""
        self._streams.drain(DRAIN_SECONDS)

    def close(self) -> None:
        """Drain, and end both threads."""
        with _lock:
            _hubs.remove(self)
            self.app.extensions.pop(_EXTENSION)
        self.drain()
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

    def recheck(self) -> None:
        """Ask the database, beside the feed, whose streams must end."""
        if self._checking.acquire(blocking=False):
            threading.Thread(target=self._recheck, name="rights", daemon=True).start()

    def _recheck(self) -> None:
        try:
            asked = self._streams.sessions()
            if asked and (ended := rights.ended(self.app, asked)):
                self._streams.revoke(sessions=ended)
        except SQLAlchemyError as error:
            log.warning("the rights of the open streams could not be checked; next try in a minute", error=str(error))
        finally:
            self._checking.release()


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
