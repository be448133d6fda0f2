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
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.realtime.reader import Reader

ROOT = Path(__file__).parents[2]
CONFIGURATION = "from digisence.cli.web import post_fork, post_worker_init, worker_exit\n"


class Web:
    """gunicorn before an application, with threads unless `options` say otherwise."""

    def __init__(
        self, folder: Path, application: str, environment: Mapping[str, str], processes: int, threads: int,
        options: Sequence[str] = (),
    ) -> None:  # fmt: skip
        (folder / "gunicorn.py").write_text(CONFIGURATION)
        command = [sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", str(processes), "--threads", str(threads)]
        command += ["-c", str(folder / "gunicorn.py"), "--no-control-socket", *options]
        # The server inherits a socket that listens already: nobody can take the port, no connection is refused
        with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
            self.address: tuple[str, int] = listening.getsockname()
            self.log = folder / f"web-{self.address[1]}.log"
            with self.log.open("w") as log:
                self.process = subprocess.Popen(
                    [*command, "-b", f"fd://{listening.fileno()}", application],
                    cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=log, pass_fds=[listening.fileno()],
                )  # fmt: skip
        self._readers: list[Reader] = []

    def reader(self, path: str = "/stream", **options: Any) -> Reader:
        """Open a stream."""
        reader = Reader(self.address, path, **options)
        self._readers.append(reader)
        return reader

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
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
        """Wait until it answers, be it with an error."""
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        connection.request("HEAD", "/", headers={"Connection": "close"})
        with contextlib.closing(connection):
            try:
                connection.getresponse()
            except OSError as error:
                raise AssertionError(self.log.read_text()) from error

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
