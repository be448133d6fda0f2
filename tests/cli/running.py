"""`digisence up` in a process of its own, for tests that start, kill and stop the whole product."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

SHELL = [sys.executable, "-m", "digisence"]
READY_SECONDS = 60.0
UNSET = ("DATABASE_URL", "REDIS_URL", "DIGISENCE_PORT", "DIGISENCE_HOST")


def environment(instance: Path, **more: str) -> dict[str, str]:
    """What the product sees: its own folder, none of this machine's servers."""
    kept = {name: value for name, value in os.environ.items() if name not in UNSET}
    return {**kept, "DIGISENCE_INSTANCE": str(instance), **more}


class Running:
    """The product on a free port. `lines` grows as it talks."""

    def __init__(self, instance: Path, *arguments: str, **more: str) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [*SHELL, "up", "--port", "0", *arguments],
            env=environment(instance, **more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.family: list[psutil.Process] = []

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    def wait(self, pattern: str, seconds: float = READY_SECONDS) -> re.Match[str]:
        """The first place in what it said that matches."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.said)):
            assert time.monotonic() < end, f"{pattern!r} was never said:\n{self.said}"
            assert self.process.poll() is None, self.said
            time.sleep(0.02)
        return found

    def ready(self) -> str:
        """Wait until it serves; returns its address."""
        address = self.wait(r"is ready:\s+(http\S+)")[1]
        self.family = psutil.Process(self.process.pid).children(recursive=True)
        return address

    def part(self, name: str) -> psutil.Process:
        """The process of a part, by its command line."""
        [found] = [
            child
            for child in psutil.Process(self.process.pid).children()
            if name in " ".join(child.cmdline()[:4] + child.cmdline()[-1:])
        ]
        return found

    def interrupt(self) -> tuple[int, float]:
        """Ctrl-C; returns the exit code and how many seconds the end took."""
        self.family = psutil.Process(self.process.pid).children(recursive=True)
        begun = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(15)
        self._reader.join(5)
        return code, time.monotonic() - begun

    def left(self) -> list[psutil.Process]:
        """Processes of its tree that still run."""
        return [child for child in self.family if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]

    def end(self) -> None:
        """SIGKILL, if it still runs."""
        self.process.kill()
        self.process.wait()
        self._reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()


def until(condition: Callable[[], object], seconds: float) -> None:
    """Wait for `condition`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)
