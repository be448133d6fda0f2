"""How a stream leaves the web server: its socket is taken over, so that it costs no thread; else it is a generator."""

import contextlib
import os
import socket
import ssl
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

import structlog
from flask import Flask, Response
from redis import RedisError

from ..errors import Problem
from ..extensions.db import db
from . import protocol
from .client import Client, Listener
from .hub import Hub, hub_for
from .opening import Opening, Wish
from .ring import Fallen

log = structlog.get_logger(__name__)

SEND_SECONDS = 10.0  # for one of the first messages: the server's thread waits for the reader
OPENING_SECONDS = 120.0  # for all of them
SILENCE_MS = 30_000  # unacknowledged bytes: the other machine is gone
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}


def serve(
    app: Flask, environ: Mapping[str, Any], wish: Wish, listener: Listener, headers: Mapping[str, str]
) -> Response:
    """Start a stream on the connection behind the WSGI `environ`; `headers` go beside our own.

    Raises Problem: 429 over a limit, 503 while the feed was never reached, both before the stream starts.
    """
    hub = hub_for(app)
    if not hub.ready():
        raise Problem(503, "feed-away", "The feed cannot be reached; try again.", headers={"Retry-After": "2"})
    leave = hub.limits.admit(listener.user_id, listener.address)
    try:
        opening = Opening(hub, wish, db.engine)
        told = {**HEADERS, **headers, "X-Feed-Position": str(opening.position)}
        stream = _Stream(hub, opening, listener, leave)
        if environ["REQUEST_METHOD"] == "HEAD":
            leave()
            return Response(headers=told)
        server = server_socket(environ)
        return stream.detached(server, told) if server else stream.generated(told)
    except BaseException:
        leave()
        raise


class _Stream:
    """A stream between admission and the hub."""

    def __init__(self, hub: Hub, opening: Opening, listener: Listener, leave: Callable[[], None]) -> None:
        self._hub, self._opening, self._listener, self._leave = hub, opening, listener, leave

    def detached(self, server: socket.socket, headers: Mapping[str, str]) -> Response:
        """Send the first messages on the server's socket, hand it to the hub, and give the server an empty reply."""
        connection, release = detach(server)
        response = Response()
        response.call_on_close(release)
        try:
            connection.settimeout(SEND_SECONDS)
            connection.sendall(_head(headers))
            latest = time.monotonic() + OPENING_SECONDS
            with contextlib.closing(self._frames()) as frames:
                for chunk in frames:
                    connection.settimeout(max(0.001, min(SEND_SECONDS, latest - time.monotonic())))
                    connection.sendall(chunk)
            self._attach(connection)
        except OSError:  # the reader left, or does not read
            self._abandon(connection)
        except BaseException:
            self._abandon(connection)
            raise
        return response

    def generated(self, headers: Mapping[str, str]) -> Response:
        """The same stream for a server without a socket, through a pair of sockets. It holds a thread of the server."""
        response = Response(self._pipe(), headers=dict(headers))
        response.call_on_close(self._leave)
        return response

    def _pipe(self) -> Iterator[bytes]:
        ours, theirs = socket.socketpair()
        with contextlib.closing(theirs):
            try:
                yield from self._frames()
                self._attach(ours)
            except BaseException:
                self._abandon(ours)
                raise
            while chunk := theirs.recv(65536):
                yield chunk

    def _frames(self) -> Generator[bytes]:
        try:
            yield from self._opening.frames()
        except (Fallen, RedisError):
            yield protocol.lost(self._hub.ring.last, protocol.RETRY_MS)
            raise ConnectionAbortedError("the feed outran the reader") from None

    def _attach(self, connection: socket.socket) -> None:
        opening = self._opening
        client = Client(
            connection, self._listener, opening.wish.topics, opening.cursor, after=opening.after, close=self._leave
        )
        self._hub.attach(client)

    def _abandon(self, connection: socket.socket) -> None:
        connection.close()
        self._leave()


def server_socket(environ: Mapping[str, Any]) -> socket.socket | None:
    """The connection a WSGI server exposes, if it may be taken over: plain, and this request's alone."""
    found = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    shared = environ.get("HTTP_VERSION") == "2" or environ.get("SERVER_PROTOCOL", "").startswith("HTTP/2")
    plain = isinstance(found, socket.socket) and not isinstance(found, ssl.SSLSocket)
    return found if plain and not shared else None


def detach(server: socket.socket) -> tuple[socket.socket, Callable[[], None]]:
    """Take the connection from the server: a socket of ours, and what must be called when the server has replied.

    Behind the server's descriptor now stands a dummy, which swallows its reply.
    """
    connection = server.dup()
    dummy, peer = socket.socketpair()
    os.dup2(dummy.fileno(), server.fileno(), inheritable=False)
    dummy.close()
    if connection.family in (socket.AF_INET, socket.AF_INET6):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENCE_MS)
    return connection, peer.close


def _head(headers: Mapping[str, str]) -> bytes:
    lines = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in headers.items()), "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")
