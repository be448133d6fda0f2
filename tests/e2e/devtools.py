"""Chromium by its own protocol: Playwright keeps every page in the foreground, and what is hidden or asleep is the point."""

import json
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

from tests.proxy import until

PLAIN_HOST = "plain.test"  # as on another machine of the house, by plain HTTP: no secure context, so no locks
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--no-first-run",
    f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1", "about:blank",
]  # fmt: skip

# What the browser tells unasked waits, unread, until the next command: neither that nor its pings may stop the connection
UNBOUNDED: dict[str, Any] = {"max_size": None, "max_queue": None, "ping_interval": None}


class Window:
    """One Chromium with one window, whose tabs hide each other as on a screen."""

    def __init__(self, profile: Path) -> None:
        path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        assert path, "no Chromium here: `make test` installs it"
        self._process = subprocess.Popen([path, f"--user-data-dir={profile}", *FLAGS], stderr=subprocess.DEVNULL)
        port = profile / "DevToolsActivePort"
        until(lambda: port.exists() and port.read_text().count("\n") == 1, 30)
        number, place = port.read_text().split()
        self._exit = ExitStack()
        self._socket = self._exit.enter_context(connect(f"ws://127.0.0.1:{number}{place}", **UNBOUNDED))
        self._count = 0

    def ask(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """One command and its result."""
        self._count += 1
        command = {"id": self._count, "method": method, "params": parameters}
        self._socket.send(json.dumps(command | ({"sessionId": session} if session else {})))
        while True:
            told = json.loads(self._socket.recv(timeout=30))
            if told.get("id") == self._count:
                assert "result" in told, told
                return dict(told["result"])

    def evaluate(self, session: str, expression: str) -> Any:
        """The value of a JavaScript expression in a tab; a promise is waited for."""
        told = self.ask("Runtime.evaluate", session, expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def close(self) -> None:
        """Make sure that nothing is left."""
        self._exit.close()
        self._process.kill()
        self._process.wait()
