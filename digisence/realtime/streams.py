"""The one thread of a process that owns all its streams: a selector over their sockets, heartbeats, ends."""

import math
import random
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import cast

import structlog

from . import protocol
from .client import CHUNK_BYTES, Client
from .conversation import Conversation
from .counts import Counts
from .ends import Agenda, Revocations, soon, term
from .ring import Chunk, Fallen, Ring, View

log = structlog.get_logger(__name__)

STALL_SECONDS = 60.0  # a socket that took nothing for so long has nobody behind it
ENDING_SECONDS = 5.0  # a last word that is not taken within this time is not waited for
REVOKED_SECONDS = 0.5  # nor, where nothing more may be told, so long
SILENT_BEATS = 3  # after which a WebSocket whose pings go unanswered has nobody behind it
DRAIN_SPREAD_MS = 2000  # over which those told to come back are spread, or more when they are many
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Streams:
    """Orders come from other threads by `attach`, `revoke`, `drain`, `wake`…; all else happens in the thread."""

    def __init__(self, ring: Ring, heartbeat: float, lifetime: float = math.inf) -> None:
        self._ring, self._heartbeat, self._lifetime = ring, heartbeat, lifetime
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self._selector.register(self._woken, READ)
        self._orders: deque[Callable[[], None]] = deque()
        self._clients: dict[int, Client] = {}
        self._beats, self._closing, self._terms, self._revoked = Agenda(), Agenda(), Agenda(), Revocations()
        self._seen = ring.end
        self._draining = self._stopped = False
        self.counts = Counts()
        self.thread = threading.Thread(target=self._run, name="streams", daemon=True)

    # -- from any thread

    def wake(self) -> None:
        """Look at the ring and at the orders."""
        try:
            self._waker.send(b"\0")
        except BlockingIOError:
            return  # so many wakes are waiting that it will look anyway

    def attach(self, client: Client) -> None:
        """Take over a stream; from now on only this thread touches its socket."""
        self._order(lambda: self._add(client))

    def revoke(self, users: Iterable[str] = (), sessions: Iterable[str] = (), found: Iterable[str] = ()) -> None:
        """End the streams of these sessions; of these users, and of sessions `found` void, those opened before now."""
        named = set(users), set(sessions), set(found)
        self._order(lambda: self._revoke(*named))

    def disconnect(self, connections: Iterable[str]) -> None:
        """End the streams with these ids; they may come back."""
        named = set(connections)
        self._order(lambda: self._disconnect(named))

    def renew(self, sessions: Iterable[str], expires_at: float) -> None:
        """The tokens of these sessions now last until `expires_at` (seconds since 1970)."""
        named = set(sessions)
        self._order(lambda: self._renew(named, expires_at))

    def drain(self, wait: float) -> None:
        """Say `bye` to every stream, each with a time of its own to come back, and take no more. Returns when done."""
        done = threading.Event()
        self._order(lambda: self._drain(done))
        done.wait(wait)

    def stop(self) -> None:
        """End the thread; `drain` comes first."""
        self._order(self._stop)

    def clients(self) -> list[Client]:
        """The open streams, to read from."""
        return list(self._clients.values())

    def _order(self, act: Callable[[], None]) -> None:
        self._orders.append(act)
        self.wake()

    # -- in the thread

    def _run(self) -> None:
        while not self._stopped:
            try:
                self._turn()
            except Exception:
                log.exception("a turn of the streams failed")
        for part in (self._selector, self._waker, self._woken):
            part.close()

    def _turn(self) -> None:
        for key, mask in self._selector.select(self._patience()):
            if key.data is None:
                self._woken.recv(65536)
            else:
                self._on_ready(key.data, mask)
        while self._orders:
            self._orders.popleft()()
        self._advance()
        now = time.monotonic()
        self._beat(now)
        for client in self._closing.pop(now):
            self._drop(client)
        for client in self._terms.pop(now):
            self._end_term(client)

    def _patience(self) -> float | None:
        """Seconds until something is due; None when nothing is: nobody wakes for nothing."""
        due = min(self._beats.next(), self._closing.next(), self._terms.next())
        return None if due == math.inf else max(due - time.monotonic(), 0.0)

    def _on_ready(self, client: Client, mask: int) -> None:
        if mask & READ:
            self._hear(client)
        if mask & WRITE and client.number in self._clients:
            self._flush(client)

    def _hear(self, client: Client) -> None:
        data = client.hear()
        if data == b"":
            return self._drop(client)
        if data and client.conversation is not None and not client.ending:
            return self._answer(client, client.conversation, data)
        return None

    def _answer(self, client: Client, conversation: Conversation, data: bytes) -> None:
        """What a WebSocket client said: it may want other topics from where it stands, or leave."""
        try:
            reply = conversation.hear(data, client.view, client.reached(self._ring))
        except Fallen:
            return self._lose(client)
        client.view = reply.view
        if reply.over:
            return self._close(client, reply.data)
        return self._send(client, reply.data)

    def _add(self, client: Client) -> None:
        self._clients[client.number] = client
        try:
            self._selector.register(client.socket, READ, client)
        except (OSError, ValueError):
            return self._drop(client)
        if self._draining:
            return self._end(client, protocol.bye("drain", soon()))
        if self._revoked.hit(client.listener):
            return self._cut(client)
        # On a grid of seconds: clients of one second cost one wake-up
        self._beats.add(math.floor(time.monotonic() + self._heartbeat), client)
        client.ends_at = client.opened_at + self._lifetime * random.uniform(0.8, 1.0)  # noqa: S311
        self._terms.add(term(client), client)
        return self._flush(client)

    def _advance(self) -> None:
        """Send what came to all who wait for it: one read for those of one view who had all before."""
        came, self._seen = self._seen, self._ring.end
        if came == self._seen:
            return
        chunks: dict[View, Chunk] = {}
        for client in self.clients():
            if client.cursor == came and client.after is None and not client.blocked:
                self._share(client, chunks)
            elif not client.blocked:
                self._flush(client)

    def _share(self, client: Client, chunks: dict[View, Chunk]) -> None:
        try:
            if client.view not in chunks:
                chunks[client.view] = self._ring.read(client.cursor, client.view, CHUNK_BYTES)
            if not client.take(chunks[client.view], self._ring):
                self._settle(client, False)
            elif client.cursor < self._seen:  # more came than a chunk holds
                self._flush(client)
        except Fallen:
            self._lose(client)
        except OSError:
            self._drop(client)

    def _flush(self, client: Client) -> None:
        try:
            free = client.flush(self._ring)
        except Fallen:
            return self._lose(client)
        except OSError:
            return self._drop(client)
        return self._settle(client, free)

    def _settle(self, client: Client, free: bool) -> None:
        """After a write: close what has had its last word, wait for room where there was none."""
        if free and client.ending:
            return self._drop(client)
        if client.blocked == free:
            client.blocked, client.moved_at = not free, time.monotonic()
            self._selector.modify(client.socket, READ if free else READ | WRITE, client)
        return None

    def _send(self, client: Client, data: bytes) -> None:
        try:
            self._settle(client, client.send(data))
        except OSError:
            self._drop(client)

    def _lose(self, client: Client) -> None:
        self.counts.lose()
        log.info("a stream lost messages", user=client.listener.user_id, position=str(self._ring.last))
        self._end(client, protocol.lost(self._ring.last, soon()))

    def _cut(self, client: Client) -> None:
        self._end(client, protocol.bye("revoked", soon()), REVOKED_SECONDS)

    def _end(self, client: Client, event: bytes, patience: float = ENDING_SECONDS) -> None:
        dialect = client.view.dialect
        self._close(client, dialect.frame(event) + dialect.end, patience)

    def _close(self, client: Client, last: bytes, patience: float = ENDING_SECONDS) -> None:
        """Close a stream once it has taken its last word."""
        if not client.ending:
            client.ending = True
            self._closing.add(time.monotonic() + patience, client)
            self._send(client, last)

    def _drop(self, client: Client) -> None:
        if self._clients.pop(client.number, None) is None:
            return
        if client.socket in cast(dict[object, object], self._selector.get_map()):
            self._selector.unregister(client.socket)
        self.counts.gone(client)
        client.free()

    def _beat(self, now: float) -> None:
        for client in self._beats.pop(now):
            if client.number not in self._clients or client.ending:
                continue
            self._beats.add(math.floor(now + self._heartbeat), client)
            if client.silence(now) > (STALL_SECONDS if client.blocked else SILENT_BEATS * self._heartbeat):
                self.counts.stalled += 1
                self._drop(client)
            elif not client.blocked:
                self._beat_one(client)

    def _beat_one(self, client: Client) -> None:
        try:
            beat = client.heartbeat(self._ring)
        except Fallen:
            return self._lose(client)
        return self._send(client, beat)

    def _end_term(self, client: Client) -> None:
        now = time.time()
        if client.number not in self._clients:
            return
        if now < min(client.expires_at, client.ends_at):  # its token was renewed
            self._terms.add(term(client), client)
        else:
            self._end(client, protocol.bye("expired" if now >= client.expires_at else "lifetime", soon()))

    def _revoke(self, users: set[str], sessions: set[str], found: set[str]) -> None:
        self._revoked.add(users, sessions, found)
        for client in self.clients():
            if self._revoked.hit(client.listener):
                self._cut(client)

    def _disconnect(self, connections: set[str]) -> None:
        for client in self.clients():
            if client.listener.id in connections:
                self._end(client, protocol.bye("disconnected", soon()))

    def _renew(self, sessions: set[str], expires_at: float) -> None:
        for client in self.clients():
            if client.listener.session_id in sessions:
                client.expires_at = max(client.expires_at, expires_at)

    def _drain(self, done: threading.Event) -> None:
        self._draining = True
        clients = self.clients()
        slot = max(DRAIN_SPREAD_MS / (len(clients) or 1), 4.0)  # milliseconds between two that come back
        for place, client in enumerate(clients):
            self._end(client, protocol.bye("drain", int(500 + slot * (place + random.random()))))  # noqa: S311
        for client in clients:
            self._drop(client)
        done.set()

    def _stop(self) -> None:
        self._stopped = True
