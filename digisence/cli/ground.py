"""What must hold before anything is started: a folder of our own, a free port, a Redis and a database that answer."""

import fcntl
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from ..config import Settings
from ..extensions.db import db
from .output import Failure

BACKLOG = 1024
SILENCE = 30  # seconds in which a peer must send or take something; else it would hold a thread for as long as it likes


@contextmanager
def sole_owner(instance: Path) -> Iterator[None]:
    """Hold the instance folder's lock; it goes with the process. Failure when another `up` has it."""
    path = instance / "up.lock"
    try:
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        cure = "Make it writable, or set DIGISENCE_INSTANCE."
        raise Failure(f"Cannot write to {instance}: {error.strerror}. {cure}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        owner = os.read(handle, 32).decode() or "unknown"
        raise Failure(
            f"digisence is up already on {instance} (process {owner}). "
            "Stop that one, or set DIGISENCE_INSTANCE to another folder."
        ) from error
    else:
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        os.close(handle)


class Door:
    """A listening socket for the web part. It outlives each of its processes, so that a restart refuses nobody.

    Failure, with the cure, when the port is taken or the address is not ours.
    """

    def __init__(self, host: str, port: int, public_url: str = "") -> None:
        self.host, self._public = host, public_url
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            self._socket = socket.socket(family, kind, protocol)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            for way in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):  # every connection that it accepts has them too
                self._socket.setsockopt(socket.SOL_SOCKET, way, struct.pack("ll", SILENCE, 0))
            self._socket.bind(address)
            self._socket.listen(BACKLOG)
        except OSError as error:
            raise Failure(
                f"Cannot listen on {host} port {port}: {error.strerror}. "
                "Stop what holds it, or choose another with --port (0 takes any free one) or --host."
            ) from error
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self) -> "Door":
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()

    @property
    def handle(self) -> int:
        """The socket's file descriptor."""
        return self._socket.fileno()

    @property
    def local(self) -> tuple[str, int]:
        """Where this machine reaches it."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host), self.port  # noqa: S104

    @property
    def url(self) -> str:
        """The address to open in a browser."""
        name = "localhost" if self.local[0] in ("127.0.0.1", "::1") else self.host
        return f"{self._public.rstrip('/')}/" if self._public else f"http://{name}:{self.port}/"


def require_database(settings: Settings) -> None:
    """Failure when the database cannot be opened."""
    url = make_url(settings.database_url)
    try:
        with db.engine.connect():
            return
    except DBAPIError as error:
        said = str(error.orig).strip().partition("\n")[0]
        raise Failure(
            f"The database {url.render_as_string(hide_password=True)} cannot be opened ({said}). "
            "Start it, or set DATABASE_URL; unset, it is a SQLite file in the instance folder."
        ) from error


def wait_for(condition: Callable[[], bool], turn: Callable[[], object], seconds: float) -> bool:
    """True when `condition` holds within `seconds`; calls `turn` meanwhile."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        turn()
    return True
