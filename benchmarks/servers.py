"""The servers that are measured: ours and its peers, started, spoken to and stopped alike."""

import http.client
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import orjson
from redis import Redis

from tests.servers import RedisServer

from . import processes

ROOT = Path(__file__).parents[1]
BACKLOG = 4096
STOP_SECONDS = 15
MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
NGINX = """
load_module {module};
daemon off; worker_processes {processes}; worker_rlimit_nofile 20000; user {user};
pid {folder}/nginx.pid; error_log {folder}/error.log error;
events {{ worker_connections 16384; }}
http {{
  access_log off; nchan_shared_memory_size 128m; client_body_temp_path {folder}/body;
  keepalive_requests 1000000000;
  server {{
    listen 127.0.0.1:{port} backlog={backlog};
    location = /publish {{ nchan_publisher; nchan_channel_id benchmark; }}
    location = /stream {{
      nchan_subscriber eventsource; nchan_channel_id benchmark; nchan_subscriber_first_message newest;
    }}
  }}
}}
"""


class Missing(Exception):
    """What a server needs is not here; says the cure."""


class Server:
    """A web server with streams. `pid` is its first process; Redis is its own."""

    name = ""
    note = ""

    def __init__(self, folder: Path, web_processes: int, clients: int) -> None:
        self.folder, self.web_processes, self.clients = folder, web_processes, clients
        self.redis = RedisServer(folder)
        self.address = ("127.0.0.1", 0)
        self.process: subprocess.Popen[bytes] | None = None

    @classmethod
    def require(cls) -> None:
        """Raise Missing when this cannot be started here."""

    def start(self) -> None:
        """Start, and wait for the first answer."""
        self.redis.start()
        self.client = Redis.from_url(self.redis.url)
        self.begin()
        self.await_answer()

    def begin(self) -> None:
        """Start the web server; sets `address` and `process`."""
        raise NotImplementedError

    def requests(self, count: int) -> list[bytes]:
        """What so many streams ask for."""
        return [b"GET /stream HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n"] * count

    def publish(self, message: dict[str, Any]) -> None:
        """Publish; returns when it has been handed over, not when it has been delivered."""
        raise NotImplementedError

    def settle(self) -> None:
        """After a phase: raise when a publication was refused."""

    def spawn(self, command: Sequence[str], environment: dict[str, str], listening: socket.socket | None) -> None:
        """Start `command`, which inherits the listening socket."""
        if listening is not None:
            self.address = listening.getsockname()
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=log,
                pass_fds=[listening.fileno()] if listening else [],
            )  # fmt: skip

    def await_answer(self) -> None:
        """Wait until it answers, be it with an error."""
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        with closing(connection):
            try:
                connection.request("GET", "/nothing", headers={"Connection": "close"})
                connection.getresponse()
            except OSError as error:
                raise RuntimeError((self.folder / "server.log").read_text()) from error

    @property
    def pids(self) -> list[int]:
        """All processes of the web server."""
        assert self.process is not None
        return processes.tree(self.process.pid)

    @property
    def redis_pid(self) -> int:
        """The Redis server's process."""
        return int(self.client.info("server")["process_id"])

    def redis_connections(self) -> int:
        """Connections of others than this process to Redis."""
        own = self.client.connection_pool
        return int(self.client.info("clients")["connected_clients"]) - len(getattr(own, "_available_connections", "."))

    def stop(self) -> None:
        """SIGTERM, wait; SIGKILL what stays."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                for pid in reversed(self.pids):
                    os.kill(pid, signal.SIGKILL)
                self.process.wait()
        self.client.close()
        self.redis.kill()


def listen() -> socket.socket:
    """A listening socket that a server inherits: nobody can take the port, no connection is refused."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    listening.set_inheritable(True)
    return listening


def _need(*modules: str) -> None:
    gone = [module for module in modules if importlib.util.find_spec(module) is None]
    if gone:
        raise Missing(f"{', '.join(gone)} not installed: pip install -c constraints.txt '.[bench]'")


class Stock(Server):
    """flask-sse as published, on its best server."""

    name = "flask-sse (gunicorn gevent)"

    @classmethod
    def require(cls) -> None:
        _need("flask_sse", "gevent")

    def begin(self) -> None:
        with listen() as listening:
            command = [
                sys.executable, "-m", "gunicorn", "-k", "gevent", "-w", str(self.web_processes), "--no-control-socket",
                "--worker-connections", str(self.clients + 100), "-b", f"fd://{listening.fileno()}",
                "--graceful-timeout", "1", "benchmarks.peers.stock:app",
            ]  # fmt: skip
            self.spawn(command, {"REDIS_URL": self.redis.url}, listening)

    def publish(self, message: dict[str, Any]) -> None:
        # Without flask-sse's own publisher, which opens a connection each time
        self.client.publish("sse", orjson.dumps({"data": message}))


class Asgi(Server):
    """sse-starlette on uvicorn."""

    name = "sse-starlette (uvicorn)"

    @classmethod
    def require(cls) -> None:
        _need("sse_starlette", "uvicorn", "uvloop", "httptools")

    def begin(self) -> None:
        with listen() as listening:
            command = [
                sys.executable, "-m", "uvicorn", "--fd", str(listening.fileno()), "--loop", "uvloop",
                "--http", "httptools", "--log-level", "warning", "--no-access-log",
                "--workers", str(self.web_processes), "--timeout-graceful-shutdown", "1", "benchmarks.peers.asgi:app",
            ]  # fmt: skip
            self.spawn(command, {"REDIS_URL": self.redis.url}, listening)

    def publish(self, message: dict[str, Any]) -> None:
        self.client.publish("benchmark", orjson.dumps(message))


class Nchan(Server):
    """nginx with nchan, in C; messages are POSTed to it, without Redis."""

    name = "nchan (nginx)"

    @classmethod
    def require(cls) -> None:
        if shutil.which("nginx") is None or not MODULE.exists():
            raise Missing("no nginx with nchan: apt-get install nginx libnginx-mod-nchan")

    def begin(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address = free.getsockname()
        values = {"folder": self.folder, "port": self.address[1], "processes": self.web_processes, "module": MODULE}
        text = NGINX.format(**values, user=pwd.getpwuid(os.getuid()).pw_name, backlog=BACKLOG)
        (self.folder / "nginx.conf").write_text(text)
        self.spawn(["nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")], {}, None)
        self._posts: socket.socket | None = None
        self._asked = self._taken = 0

    def await_answer(self) -> None:
        for _ in range(500):
            try:
                return super().await_answer()
            except RuntimeError:
                assert self.process is not None
                if self.process.poll() is not None:
                    raise
        raise RuntimeError("nginx does not answer")

    def publish(self, message: dict[str, Any]) -> None:
        # Pipelined, so that the publisher's wait for an answer never idles the server
        if self._posts is None:
            self._posts = socket.create_connection(self.address)
        body = orjson.dumps(message)
        head = b"POST /publish HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
        self._posts.sendall(head + body)
        self._asked += 1
        self._answers(socket.MSG_DONTWAIT)

    def _answers(self, flags: int) -> None:
        assert self._posts is not None
        try:
            data = self._posts.recv(65536, flags)
        except BlockingIOError:
            return
        self._taken += data.count(b"HTTP/1.1 20")
        if not data or b"HTTP/1.1 4" in data or b"HTTP/1.1 5" in data:
            raise RuntimeError(f"nchan refused a message: {data[:200]!r}")

    def settle(self) -> None:
        while self._taken < self._asked:
            self._answers(0)

    def stop(self) -> None:
        if self._posts is not None:
            self._posts.close()
        super().stop()


S = TypeVar("S", bound=Server)


@contextmanager
def running(kind: Callable[[Path, int, int], S], web_processes: int, clients: int) -> Iterator[S]:
    """A server with a Redis and a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        Path(name).chmod(0o755)
        server = kind(Path(name), web_processes, clients)
        try:
            server.start()
            yield server
        finally:
            server.stop()
