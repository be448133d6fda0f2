"""One connection and one request on it, with an end to every wait: HTTP is h11's matter, time is ours.

The libraries that do both fix a read's patience before the reply begins; here the reply itself says how long to wait.
"""

import contextlib
import math
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from http.cookies import SimpleCookie
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

import h11

from .errors import Refused

CONNECT_SECONDS = 10.0
LEAST_SECONDS = 0.001
LONGEST_REPLY = 1 << 20
DEFAULT_PORTS = {"http": 80, "https": 443}


class Place(NamedTuple):
    """Where a server is. `prefix` stands before every path."""

    scheme: str
    host: str
    port: int
    authority: str
    prefix: str


def place(url: str) -> Place:
    """From `https://panel.example.org`; Refused when that is no address."""
    try:
        parts: SplitResult = urlsplit(url)
        port = parts.port or DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise Refused(f"{url!r} is no address; one looks like https://panel.example.org") from error
    if not parts.hostname:
        raise Refused(f"{url!r} names no machine; an address looks like https://panel.example.org")
    authority = parts.netloc.rpartition("@")[2]
    return Place(parts.scheme, parts.hostname, port, authority, parts.path.rstrip("/"))


class Line:
    """A request that was sent. `status` and `headers` are the reply's. `close` may be called from any thread."""

    def __init__(
        self, where: Place, path: str, headers: Mapping[str, str], *, method: str = "GET", body: bytes = b"",
        context: ssl.SSLContext | None = None, wait: float = CONNECT_SECONDS,
    ) -> None:  # fmt: skip
        """Raises OSError (TimeoutError when no reply begins within `wait` seconds), Refused."""
        self._http = h11.Connection(h11.CLIENT)
        self._socket = _connected(where, context)
        try:
            length = {"Content-Length": str(len(body))} if body else {}
            told = {"Host": where.authority, **headers, **length, "Connection": "close"}
            request = h11.Request(method=method, target=where.prefix + path, headers=list(told.items()))
            parts = [request, *([h11.Data(data=body)] if body else []), h11.EndOfMessage()]
            self._socket.sendall(b"".join(self._http.send(part) or b"" for part in parts))
            self.status, told_back = self._reply(time.monotonic() + wait)
        except BaseException:
            self._socket.close()
            raise
        self.headers, self.cookies = dict(told_back), SimpleCookie()
        for name, value in told_back:
            if name == "set-cookie":
                self.cookies.load(value)

    def _reply(self, deadline: float) -> tuple[int, list[tuple[str, str]]]:
        while True:
            event = self._next(deadline)
            if event is None:
                raise TimeoutError("no answer")
            if isinstance(event, h11.Response):
                return event.status_code, [(name.decode(), value.decode("latin-1")) for name, value in event.headers]
            if isinstance(event, h11.ConnectionClosed):
                raise ConnectionResetError("closed without an answer")

    def read(self, wait: float) -> bytes | None:
        """Some of the body; nothing at its end, None when none comes in `wait` seconds. Raises as the constructor."""
        event = self._next(time.monotonic() + wait)
        if isinstance(event, h11.Data):
            return bytes(event.data)
        return None if event is None else b""

    def rest(self, wait: float = CONNECT_SECONDS) -> bytes:
        """The whole body of a short reply."""
        return b"".join(self._parts(time.monotonic() + wait))

    def _parts(self, deadline: float) -> Iterator[bytes]:
        size = 0
        while part := self.read(max(LEAST_SECONDS, deadline - time.monotonic())):
            size += len(part)
            if size > LONGEST_REPLY:
                raise Refused("The server's answer has no end: this is no digisence.")
            yield part

    def _next(self, deadline: float) -> h11.Event | None:
        """The next event; None when there is none before the deadline."""
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise ConnectionResetError(str(error)) from error
            if event is h11.PAUSED:
                return h11.EndOfMessage()
            if event is not h11.NEED_DATA:
                return event  # type: ignore[return-value]
            self._socket.settimeout(max(LEAST_SECONDS, deadline - time.monotonic()))
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                return None
            self._http.receive_data(data)

    def abort(self) -> None:
        """Wake whoever reads; for another thread."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def _connected(where: Place, context: ssl.SSLContext | None) -> socket.socket:
    plain = socket.create_connection((where.host, where.port), timeout=CONNECT_SECONDS)
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if where.scheme == "http":
            return plain
        return (context or ssl.create_default_context()).wrap_socket(plain, server_hostname=where.host)
    except ssl.SSLCertVerificationError as error:
        plain.close()
        said = f"The certificate of {where.authority} is not to be trusted: {error.verify_message}."
        raise Refused(f"{said} SSL_CERT_FILE may name a file with your own authority.") from error
    except BaseException:
        plain.close()
        raise


def seconds(retry_after: str | None) -> float | None:
    """What a Retry-After header says, in either of its forms; None where it says nothing."""
    from email.utils import parsedate_to_datetime

    if retry_after is None:
        return None
    try:
        found = float(retry_after)
        return max(0.0, found) if math.isfinite(found) else None
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except ValueError:
        return None
