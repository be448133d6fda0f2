"""A server that says what it was told to, byte by byte, and remembers what it was asked."""

import socket
import threading
import time
from collections.abc import Iterable

HELLO = 'data: {"type":"hello","timestamp":"t","position":"%s","heartbeatSeconds":%s,"retryMs":%d}\n\n'
STREAM = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n"
HOLD = ""  # say nothing more, and keep the connection


def stream(*events: str, position: str = "1-0", heartbeat: float = 15, retry: int = 0) -> list[str]:
    """A reply that greets and then says these."""
    return [STREAM + HELLO % (position, heartbeat, retry), *events]


def change(number: int) -> str:
    """A change at position `number-0`."""
    return f'id: {number}-0\ndata: {{"type":"change","resource":"users","recordId":"u","action":"updated","version":{number}}}\n\n'


def bye(reason: str, retry: int = 1) -> str:
    """The end, as the server says it."""
    return f'data: {{"type":"bye","reason":"{reason}","retryMs":{retry}}}\n\n'


def problem(status: int, code: str = "code", *headers: str) -> list[str]:
    """A refusal."""
    body = f'{{"detail":"Because of {code}.","code":"{code}"}}'
    head = [f"HTTP/1.1 {status} X", "Content-Type: application/problem+json", f"Content-Length: {len(body)}", *headers]
    return ["\r\n".join([*head, "", body])]


class Script:
    """Answers one connection after another with the replies; each is cut where its parts are, and closed at its end."""

    def __init__(self, replies: Iterable[list[str]]) -> None:
        self._replies = list(replies)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.asked: list[dict[str, str]] = []  # the headers of each request, its first line as ""
        self.times: list[float] = []
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for parts in self._replies:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.times.append(time.monotonic())
            self._hear(connection)
            for part in parts:
                connection.sendall(part.encode())
            if parts and parts[-1] == HOLD:
                self._held.append(connection)
            else:
                connection.close()

    def _hear(self, connection: socket.socket) -> None:
        heard = b""
        while b"\r\n\r\n" not in heard:
            heard += connection.recv(65536)
        first, *lines = heard.decode().partition("\r\n\r\n")[0].split("\r\n")
        self.asked.append({"": first, **dict(line.split(": ", 1) for line in lines)})

    def close(self) -> None:
        """Listen no more."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(5)
        for connection in self._held:
            connection.close()
