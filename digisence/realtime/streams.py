"""The one thread that owns every open stream of a process: a selector over their sockets, heartbeats, ends."""

import heapq
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

from ..extensions import metrics
from . import protocol
from .client import Client
from .ring import Fallen, Ring

log = structlog.get_logger(__name__)

STALL_SECONDS = 60.0  # a socket that took nothing for so long has nobody behind it
ENDING_SECONDS = 5.0  # a last word that is not taken within this time is not waited for
REVOKED_SECONDS = 0.5  # nor, where nothing more may be told, so long
REMEMBER_SECONDS = 120.0
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Streams:
    """Orders come from other threads by `attach`, `revoke`, `drain`, `wake`; all else happens in the thread."""

    def __init__(self, ring: Ring, heartbeat: float) -> None:
        self._ring, self._heartbeat = ring, heartbeat
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self._selector.register(self._woken, READ)
        self._orders: deque[Callable[[], None]] = deque()
        self._clients: dict[int, Client] = {}
        self._beats: deque[tuple[float, Client]] = deque()
        self._closing: list[tuple[float, int]] = []
        self._expiries: list[tuple[float, int]] = []
        self._revoked: dict[str, tuple[float, float]] = {}  # when it was said, and rights looked at until when are void
        self._seen = ring.end
        self._draining = self._stopped = False
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

    def revoke(self, users: Iterable[str] = (), sessions: Iterable[str] = ()) -> None:
        """End the streams of these sessions, and those of these users whose right was looked at before now."""
        named, gone, now = set(users), set(sessions), time.time()
        self._order(lambda: self._revoke(named, gone, now))

    def drain(self, wait: float) -> None:
        """Say `bye` to every stream, each with a time of its own to come back, and take no more. Returns when done."""
        done = threading.Event()
        self._order(lambda: self._drain(done))
        done.wait(wait)

    def stop(self) -> None:
        """End the thread; `drain` comes first."""
        self._order(self._stop)

    def sessions(self) -> set[str]:
        """The sign-ins behind the open streams."""
        return {client.listener.session_id for client in list(self._clients.values())}

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
        self._selector.close()
        self._waker.close()
        self._woken.close()

    def _turn(self) -> None:
        for key, mask in self._selector.select(self._patience()):
            if key.data is None:
                self._woken.recv(65536)
            else:
                self._on_ready(key.data, mask)
        while self._orders:
            self._orders.popleft()()
        self._advance()
        self._beat(time.monotonic())
        self._close_late(time.monotonic())
        self._expire(time.time())

    def _patience(self) -> float:
        now, wait = time.monotonic(), 1.0
        if self._beats:
            wait = min(wait, self._beats[0][0] - now)
        if self._closing:
            wait = min(wait, self._closing[0][0] - now)
        if self._expiries:
            wait = min(wait, self._expiries[0][0] - time.time())
        return max(wait, 0.0)

    def _on_ready(self, client: Client, mask: int) -> None:
        if mask & READ and client.gone():
            self._drop(client)
        elif mask & WRITE:
            self._flush(client)

    def _add(self, client: Client) -> None:
        metrics.streams.inc()
        self._clients[client.number] = client
        try:
            self._selector.register(client.socket, READ, client)
        except (OSError, ValueError):
            return self._drop(client)
        if self._draining:
            return self._end(client, protocol.bye("drain", _soon()))
        if self._is_revoked(client):
            return self._cut(client)
        self._beats.append((time.monotonic() + self._heartbeat, client))
        heapq.heappush(self._expiries, (client.listener.expires_at, client.number))
        return self._flush(client)

    def _advance(self) -> None:
        if self._seen == self._ring.end:
            return
        self._seen = self._ring.end
        for client in list(self._clients.values()):
            if not client.blocked:
                self._flush(client)

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
            client.blocked = not free
            self._selector.modify(client.socket, READ if free else READ | WRITE, client)
        return None

    def _lose(self, client: Client) -> None:
        metrics.lost.inc()
        log.info("a stream lost messages", user=client.listener.user_id, position=str(self._ring.last))
        self._end(client, protocol.lost(self._ring.last, _soon()))

    def _cut(self, client: Client) -> None:
        self._end(client, protocol.bye("revoked", _soon()), REVOKED_SECONDS)

    def _end(self, client: Client, last_word: bytes, patience: float = ENDING_SECONDS) -> None:
        if client.ending:
            return
        client.ending = True
        heapq.heappush(self._closing, (time.monotonic() + patience, client.number))
        try:
            self._settle(client, client.say(last_word))
        except OSError:
            self._drop(client)

    def _drop(self, client: Client) -> None:
        if self._clients.pop(client.number, None) is None:
            return
        if client.socket in cast(dict[object, object], self._selector.get_map()):
            self._selector.unregister(client.socket)
        client.socket.close()
        metrics.streams.dec()
        client.close()

    def _beat(self, now: float) -> None:
        while self._beats and self._beats[0][0] <= now:
            client = self._beats.popleft()[1]
            if client.number not in self._clients or client.ending:
                continue
            self._beats.append((now + self._heartbeat, client))
            if client.blocked:
                if now - client.moved_at > STALL_SECONDS:
                    self._drop(client)
                continue
            try:
                last = max(self._ring.last, client.after or self._ring.last)
                self._settle(client, client.say(protocol.heartbeat(last)))
            except OSError:
                self._drop(client)

    def _close_late(self, now: float) -> None:
        while self._closing and self._closing[0][0] <= now:
            client = self._clients.get(heapq.heappop(self._closing)[1])
            if client is not None:
                self._drop(client)

    def _expire(self, now: float) -> None:
        while self._expiries and self._expiries[0][0] <= now:
            client = self._clients.get(heapq.heappop(self._expiries)[1])
            if client is not None:
                self._end(client, protocol.bye("expired", _soon()))

    def _revoke(self, users: set[str], sessions: set[str], now: float) -> None:
        self._revoked = {name: said for name, said in self._revoked.items() if said[0] > now - REMEMBER_SECONDS}
        self._revoked.update(dict.fromkeys(users, (now, now)))
        self._revoked.update(dict.fromkeys(sessions, (now, math.inf)))
        for client in list(self._clients.values()):
            if self._is_revoked(client):
                self._cut(client)

    def _is_revoked(self, client: Client) -> bool:
        """Also for a stream that was still opening when the word came."""
        listener = client.listener
        said = [self._revoked.get(name, (0.0, 0.0)) for name in (listener.user_id, listener.session_id)]
        return any(until >= listener.checked_at for _, until in said)

    def _drain(self, done: threading.Event) -> None:
        self._draining = True
        clients = list(self._clients.values())
        slot = max(2000.0 / (len(clients) or 1), 4.0)  # milliseconds between two that come back
        for place, client in enumerate(clients):
            self._end(client, protocol.bye("drain", int(500 + slot * (place + random.random()))))  # noqa: S311
        for client in clients:
            self._drop(client)
        done.set()

    def _stop(self) -> None:
        self._stopped = True


def _soon() -> int:
    """Milliseconds after which one client comes back, so that not all do at once."""
    return random.randint(500, 2500)  # noqa: S311
