"""Who comes through nginx: over HTTP/1.1 or HTTP/2, from an address of choice; and one browser tab that is closed."""

import contextlib
import socket
import ssl
import time
from typing import Self

import h2.config
import h2.connection
import h2.events
import httpx
import httpx_sse

from tests.guide.certificate import NAME

SSE = "/api/admin/sse"


class Stream:
    """A stream of events that has begun."""

    def __init__(self, reply: httpx.Response) -> None:
        self.reply = reply
        self._events = httpx_sse.EventSource(reply).iter_sse()

    def event(self) -> httpx_sse.ServerSentEvent:
        """The next event. httpx.ReadTimeout when none comes for 10 seconds, StopIteration at the end."""
        return next(self._events)

    def until(self, kind: str) -> httpx_sse.ServerSentEvent:
        """The first event of a kind, within 20 seconds."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            event = self.event()
            if kind == (event.event if event.event == "hb" else event.json()["type"]):
                return event
        raise AssertionError(f"no {kind}")

    def ended(self) -> bool:
        """True when nothing follows."""
        return next(self._events, None) is None


class Visitor:
    """One browser's connections to nginx on `port`."""

    def __init__(self, port: int, trust: ssl.SSLContext, http2: bool = False, address: str = "127.0.0.1") -> None:
        transport = httpx.HTTPTransport(verify=trust, http2=http2, local_address=address)
        self.http = httpx.Client(
            transport=transport, base_url=f"https://127.0.0.1:{port}", headers={"Host": NAME}, timeout=10
        )
        self._open, self._streams = contextlib.ExitStack(), list[Stream]()  # httpx closes a stream that nobody holds

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.leave()

    def sign(self, token: str) -> Self:
        """Be whom the token says."""
        self.http.headers["Authorization"] = f"Bearer {token}"
        return self

    def stream(self, query: str = "initial=none", **headers: str) -> Stream:
        """Open a stream; headers by name with `_` for `-`."""
        told = {"Accept-Encoding": "identity"} | {name.replace("_", "-"): value for name, value in headers.items()}
        reply = self._open.enter_context(self.http.stream("GET", f"{SSE}?{query}", headers=told))
        self._streams.append(Stream(reply))
        return self._streams[-1]

    def leave(self) -> None:
        """Close every connection."""
        self.http.close()
        self._open.close()


class Tab:
    """A connection of HTTP/2 which stays when a stream in it is closed: what a browser does with a tab."""

    def __init__(self, port: int, trust: ssl.SSLContext, address: str) -> None:
        trust.set_alpn_protocols(["h2"])
        plain = socket.create_connection(("127.0.0.1", port), 10, source_address=(address, 0))
        self._socket = trust.wrap_socket(plain, server_hostname=NAME)
        self._http = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self._http.initiate_connection()
        self._number = 0

    def open(self, path: str, token: str) -> None:
        """Ask for a page."""
        self._number = self._http.get_next_available_stream_id()
        head = {
            ":method": "GET",
            ":scheme": "https",
            ":authority": NAME,
            ":path": path,
            "authorization": f"Bearer {token}",
        }
        self._http.send_headers(self._number, list(head.items()), end_stream=True)
        self._socket.sendall(self._http.data_to_send())

    def until(self, mark: bytes) -> None:
        """Read until the body of the last page holds `mark`."""
        heard, deadline = b"", time.monotonic() + 10
        while mark not in heard:
            assert time.monotonic() < deadline, heard
            for event in self._http.receive_data(self._socket.recv(65536)):
                if isinstance(event, h2.events.DataReceived) and event.stream_id == self._number:
                    heard += event.data
        self._socket.sendall(self._http.data_to_send())

    def reset(self) -> None:
        """Close the last page."""
        self._http.reset_stream(self._number)
        self._socket.sendall(self._http.data_to_send())

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()
