"""gunicorn with threads, as a test starts, asks and stops it."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.realtime.reader import Reader

ROOT = Path(__file__).parents[2]
CONFIGURATION = "def worker_exit(server, worker):\n    from digisence.realtime import drain\n    drain()\n"


class Web:
    """gunicorn with threads before an application."""

    def __init__(self, folder: Path, application: str, environment: Mapping[str, str], processes: int, threads: int) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address: tuple[str, int] = probe.getsockname()
        (folder / "gunicorn.py").write_text(CONFIGURATION)
        self.log = folder / f"web-{self.address[1]}.log"
        command = [sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", str(processes), "--threads", str(threads)]
        command += ["-b", f"127.0.0.1:{self.address[1]}", "-c", str(folder / "gunicorn.py"), "--no-control-socket"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, application], cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=log
            )
        self._readers: list[Reader] = []

    def reader(self, path: str = "/stream", **options: Any) -> Reader:
        """Open a stream."""
        reader = Reader(self.address, path, **options)
        self._readers.append(reader)
        return reader

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
        """Status and JSON of a reply; None where it has no body."""
        connection = http.client.HTTPConnection(*self.address, timeout=10)
        told = {"Connection": "close", "Content-Type": "application/json", **(headers or {})}
        with contextlib.closing(connection):
            connection.request(method, path, None if body is None else json.dumps(body), told)
            reply = connection.getresponse()
            content = reply.read()
        return reply.status, json.loads(content) if content else None

    def get(self, path: str) -> Any:
        """The JSON of a page."""
        return self.ask("GET", path)[1]

    def eventually(self, test: Callable[[dict[str, Any]], bool], wait: float = 10) -> dict[str, Any]:
        """The first `/page` that passes the test."""
        deadline = time.monotonic() + wait
        while not test(page := self.get("/page")):
            assert time.monotonic() < deadline, page
            time.sleep(0.02)
        return page

    def begin(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(self.address):
                return
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def leave(self) -> None:
        """Close the readers."""
        while self._readers:
            self._readers.pop().close()

    def stop(self) -> None:
        """Close the readers; SIGTERM and wait."""
        self.leave()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(15)
