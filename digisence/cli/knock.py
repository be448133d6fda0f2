"""Asks the web part whether it is ready, without ever waiting for the answer."""

import socket
import time
from collections.abc import Callable

from .supervisor import Supervisor

EVERY_SECONDS = 0.25
ANSWER_BYTES = 65536


class Knock:
    """Knocks on `/readyz` until the answer is 200, then calls `ready` once; `late` once when that takes too long."""

    def __init__(
        self,
        supervisor: Supervisor,
        address: tuple[str, int],
        ready: Callable[[], object],
        late: Callable[[str], object],
        patience: float = 20.0,
    ) -> None:
        self._supervisor, self._address = supervisor, address
        self._ready, self._late = ready, late
        self._due, self._patience = 0.0, time.monotonic() + patience
        self._open: socket.socket | None = None
        self._heard = b""
        self._said = "no answer"
        self.done = False

    def turn(self) -> None:
        """Call it often."""
        now = time.monotonic()
        if self.done or (self._open and now < self._patience):
            return
        if now > self._patience:
            self._patience = float("inf")
            self._late(self._said)
        if self._open is None and now >= self._due:
            self._knock()

    def _knock(self) -> None:
        self._due = time.monotonic() + EVERY_SECONDS
        try:
            self._open = socket.create_connection(self._address, timeout=1.0)
            self._open.sendall(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        except OSError as error:
            self._said = str(error)
            self._hang_up()
            return
        self._heard = b""
        self._supervisor.watch(self._open, self._listen)

    def _listen(self) -> None:
        assert self._open is not None  # noqa: S101
        try:
            chunk = self._open.recv(ANSWER_BYTES)
        except OSError:
            chunk = b""
        self._heard += chunk
        if chunk:
            return
        self._supervisor.unwatch(self._open)
        self._hang_up()
        status, _, rest = self._heard.partition(b"\r\n")
        self._said = (rest.partition(b"\r\n\r\n")[2] or status).decode(errors="replace")[:500]
        if b" 200 " in status + b" ":
            self.done = True
            self._ready()

    def _hang_up(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open = None
