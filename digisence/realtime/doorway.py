"""How a stream leaves the web server: its socket is taken over, so that it costs no thread; else it is a generator."""

import contextlib
import os
import socket
import ssl
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

from flask import Flask, Response
from redis import RedisError
from werkzeug.http import parse_accept_header

from ..errors import Problem
from ..extensions.db import db
from . import protocol
from .backlog import Outlet
from .client import Client, Listener
from .conversation import Conversation
from .dialects import Dialect, event_stream
from .hub import Hub, hub_for
from .opening import Opening, Wish
from .ring import Fallen, view
from .websocket import WEBSOCKET, accept

SILENCE_MS = 60_000  # unacknowledged bytes: the other machine is gone
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    "Pragma": "no-cache",
    "Vary": "Accept-Encoding",
    "X-Accel-Buffering": "no",
}


def serve(
    app: Flask, environ: Mapping[str, Any], wish: Wish, listener: Listener, headers: Mapping[str, str]
) -> Response:
    """Start a stream of events on the connection behind the WSGI `environ`; `headers` go beside our own.

    Raises Problem: 429 over a limit, 503 while the feed was never reached, both before the stream starts.
    """
    with _admitted(app, wish, listener) as stream:
        server, compressed = server_socket(environ), wish.initial == "full" and _takes_gzip(environ)
        chunked = server is not None and environ.get("SERVER_PROTOCOL") != "HTTP/1.0"
        dialect = event_stream(chunked=chunked, compressed=compressed)
        told = {**HEADERS, **dialect.headers, **headers, "X-Feed-Position": str(stream.position)}
        if environ["REQUEST_METHOD"] == "HEAD":
            stream.leave()
            return Response(headers={**HEADERS, **headers, "X-Feed-Position": str(stream.position)})
        if server is None:
            return stream.generated(dialect, told)
        return stream.detached(server, dialect, _head(told))


def converse(
    app: Flask, environ: Mapping[str, Any], wish: Wish, listener: Listener, headers: Mapping[str, str]
) -> Response:
    """The same stream over a WebSocket, `headers` in its handshake.

    Raises Problem as `serve`, 400, 426, and 501 where the server has no socket.
    """
    handshake, server = accept(environ), server_socket(environ)
    if server is None:
        raise Problem(501, "no-websocket", "This server cannot hand over its sockets; use /api/admin/sse.")
    with _admitted(app, wish, listener) as stream:
        reply = handshake({**headers, "X-Feed-Position": str(stream.position)})
        return stream.detached(server, WEBSOCKET, reply, Conversation(listener.role))


@contextlib.contextmanager
def _admitted(app: Flask, wish: Wish, listener: Listener) -> Iterator["_Stream"]:
    """A place among the streams, given back when opening fails."""
    hub = hub_for(app)
    if not hub.ready():
        raise Problem(503, "feed-away", "The feed cannot be reached; try again.", headers={"Retry-After": "2"})
    leave = hub.limits.admit(listener)
    try:
        yield _Stream(hub, Opening(hub, wish, db.engine), listener, leave)
    except BaseException:
        leave()
        raise


class _Stream:
    """A stream between admission and the hub."""

    def __init__(self, hub: Hub, opening: Opening, listener: Listener, leave: Callable[[], None]) -> None:
        self._hub, self._opening, self._listener, self.leave = hub, opening, listener, leave
        self.position = opening.position

    def detached(
        self, server: socket.socket, dialect: Dialect, head: bytes, conversation: Conversation | None = None
    ) -> Response:
        """Send the first messages on the server's socket, hand it to the hub, and give the server an empty reply."""
        connection, release = detach(server)
        response = Response()
        response.call_on_close(release)
        outlet = Outlet(connection)
        try:
            outlet.write(head)
            with contextlib.closing(self._frames(dialect)) as frames:
                for chunk in frames:
                    outlet.write(chunk)
            self._attach(connection, dialect, outlet, conversation)
        except BaseException as error:
            outlet.close()
            connection.close()
            self.leave()
            if not isinstance(error, ConnectionError):  # the reader left
                raise
        return response

    def generated(self, dialect: Dialect, headers: Mapping[str, str]) -> Response:
        """The same stream for a server without a socket, through a pair of sockets. It holds a thread of the server."""
        response = Response(self._pipe(dialect), headers=dict(headers))
        response.call_on_close(self.leave)
        return response

    def _pipe(self, dialect: Dialect) -> Iterator[bytes]:
        ours, theirs = socket.socketpair()
        with contextlib.closing(theirs):
            try:
                yield from self._frames(dialect)
                self._attach(ours, dialect, None, None)
            except BaseException:
                ours.close()
                self.leave()
                raise
            while chunk := theirs.recv(65536):
                yield chunk

    def _frames(self, dialect: Dialect) -> Generator[bytes]:
        encode = dialect.opening()
        try:
            for events in self._opening.events():
                yield encode(events)
        except (Fallen, RedisError):
            yield encode([protocol.lost(self._hub.ring.last, protocol.RETRY_MS)]) + dialect.end
            raise ConnectionAbortedError("the feed outran the reader") from None

    def _attach(
        self, connection: socket.socket, dialect: Dialect, outlet: Outlet | None, conversation: Conversation | None
    ) -> None:
        opening = self._opening
        client = Client(
            connection, self._listener, view(opening.wish.topics, dialect), opening.cursor, after=opening.after,
            backlog=outlet.backlog if outlet else None, conversation=conversation, sent=outlet.sent if outlet else 0,
            close=self.leave,
        )  # fmt: skip
        self._hub.attach(client)


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


def _takes_gzip(environ: Mapping[str, Any]) -> bool:
    return parse_accept_header(environ.get("HTTP_ACCEPT_ENCODING")).quality("gzip") > 0
