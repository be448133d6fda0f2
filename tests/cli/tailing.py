"""`digisence stream tail --json` in a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any


class Tail:
    """The program, following; `said` is what it reads from its standard input."""

    def __init__(self, environment: Mapping[str, str], *arguments: str, said: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "digisence", "stream", "tail", "--json", *arguments],
            env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdin is not None
        with self.process.stdin as stdin:
            stdin.write(said)

    def told(self) -> Any:
        """The next message."""
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def noted(self) -> str:
        """The next line on stderr."""
        assert self.process.stderr is not None
        return self.process.stderr.readline()

    def end(self, *, interrupt: bool = True) -> tuple[int, str]:
        """Ctrl-C, or wait for its end; its exit code, and what else it said on stderr."""
        if interrupt:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        with self.process.stdout, self.process.stderr:  # not communicate(): it forgets what readline() has read ahead
            return code, self.process.stderr.read()
