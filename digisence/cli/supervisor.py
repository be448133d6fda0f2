"""A process tree in one terminal: starts parts, starts them again when they die, and leaves none behind.

One thread: pipes, signals and a knock on the web server's door all end in one `select`.
"""

import os
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..jobs.tether import tether
from .console import Console

GRACE_SECONDS = 3.6  # from SIGTERM to SIGKILL
LAST_GRACE_SECONDS = 0.7  # the same for the parts that others lean on
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY_SECONDS = 30.0  # who lived so long may die again without being told off
OFTEN = 5
READ_BYTES = 65536
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Part:
    """One supervised process. `last` marks what others lean on: it is stopped after them. Lines with a word of `hushed`
    are not shown."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        handles: Sequence[int] = (),
        last: bool = False,
        hushed: Sequence[bytes] = (),
    ) -> None:
        self.name, self.command, self.environment = name, list(command), dict(environment or os.environ)
        self.handles, self.last, self.hushed = tuple(handles), last, tuple(hushed)
        self.process: subprocess.Popen[bytes] | None = None
        self.started = self.due = 0.0
        self.deaths: deque[float] = deque(maxlen=OFTEN)
        self.rest = b""

    @property
    def running(self) -> bool:
        """True while the process lives."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the process, tied to this one's life."""
        supervisor = os.getpid()
        self.process = subprocess.Popen(  # noqa: S603 our own programs
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=self.handles,
            preexec_fn=lambda: tether(supervisor),  # noqa: PLW1509 it makes two system calls
        )
        self.started = time.monotonic()

    def kill(self, number: signal.Signals) -> None:
        """Send a signal: SIGKILL to the whole group, else to the process, which looks after its own."""
        if self.process is None:
            return
        try:
            if number == signal.SIGKILL:
                os.killpg(self.process.pid, number)
            elif self.running:
                self.process.send_signal(number)
        except ProcessLookupError:
            return

    def pause(self) -> float:
        """Seconds to wait before the next start: twice as long for each recent death."""
        now = time.monotonic()
        if now - self.started > STEADY_SECONDS:
            self.deaths.clear()
        self.deaths.append(now)
        return min(FIRST_PAUSE * 2.0 ** (len(self.deaths) - 1), LONGEST_PAUSE)


class Supervisor:
    """Runs parts until a signal. SIGINT, SIGTERM and SIGHUP stop all; a second one at once."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.parts: list[Part] = []
        self.stopping = self.hurried = False
        self._selector = selectors.DefaultSelector()
        self._wake, wake = os.pipe()
        for handle in (self._wake, wake):
            os.set_blocking(handle, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, self._on_signal)
        self.watch(self._wake, lambda: os.read(self._wake, READ_BYTES))

    def _on_signal(self, *_signal: Any) -> None:
        self.hurried, self.stopping = self.stopping, True

    def watch(self, source: Any, call: Callable[[], object]) -> None:
        """Call `call` whenever `source` can be read."""
        self._selector.register(source, selectors.EVENT_READ, call)

    def unwatch(self, source: Any) -> None:
        """Watch it no more."""
        self._selector.unregister(source)

    def start(self, part: Part) -> None:
        """Start `part` now and look after it from now on."""
        if part not in self.parts:
            self.parts.append(part)
        part.start()
        assert part.process is not None  # noqa: S101
        assert part.process.stdout is not None  # noqa: S101
        os.set_blocking(part.process.stdout.fileno(), False)
        stream = part.process.stdout
        self.watch(stream, lambda: self._read(part, stream))

    def turn(self, seconds: float = 0.2) -> None:
        """Handle what has happened; wait for it at most `seconds`."""
        for key, _ in self._selector.select(seconds):
            key.data()

    def run(self, each_turn: Callable[[], object] = lambda: None) -> None:
        """Look after all parts until a signal comes."""
        while not self.stopping and not self.console.broken:
            self.turn()
            each_turn()
            for part in self.parts:
                self._revive(part)

    def _revive(self, part: Part) -> None:
        if part.running or self.stopping:
            return
        now = time.monotonic()
        if part.process is not None:
            self._mourn(part, part.process.wait())
            part.due = now + part.pause()
            if len(part.deaths) == OFTEN:
                wait = f"{part.due - now:.0f} s"
                self.console.say(f"{part.name} keeps dying; its last lines above say why. Next try in {wait}.")
            part.process = None
        elif now >= part.due:
            self.start(part)
            self.console.say(f"{part.name} is started again")

    def _mourn(self, part: Part, code: int) -> None:
        assert part.process is not None  # noqa: S101
        assert part.process.stdout is not None  # noqa: S101
        self._read(part, part.process.stdout)
        part.kill(signal.SIGKILL)  # what is left of its group
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        self.console.say(f"{part.name} died ({how})")

    def _read(self, part: Part, stream: Any) -> None:
        if stream.closed:
            return
        while chunk := _available(stream):
            *lines, part.rest = (part.rest + chunk).split(b"\n")
            self._print(part, lines)
        if chunk == b"":  # the other end is closed
            self._print(part, [part.rest] if part.rest else [])
            part.rest = b""
            self.unwatch(stream)
            stream.close()

    def _print(self, part: Part, lines: Sequence[bytes]) -> None:
        for line in lines:
            if not any(word in line for word in part.hushed):
                self.console.line(part.name, line.decode(errors="replace").rstrip())

    def stop(self) -> None:
        """End all parts: those that lean on others first, politely, then by force. At most 5 s."""
        self.stopping = True
        for lasting, grace in ((False, GRACE_SECONDS), (True, LAST_GRACE_SECONDS)):
            group = [part for part in self.parts if part.last is lasting]
            for part in group:
                part.kill(signal.SIGTERM)
            until = time.monotonic() + grace
            while any(part.running for part in group) and time.monotonic() < until and not self.hurried:
                self.turn(0.05)
            for part in group:
                if part.running:
                    self.console.say(f"{part.name} did not end in time and is killed")
                part.kill(signal.SIGKILL)
        self._bury()

    def _bury(self) -> None:
        for part in self.parts:
            if part.process is not None:
                part.process.wait()
                assert part.process.stdout is not None  # noqa: S101
                self._read(part, part.process.stdout)
        signal.set_wakeup_fd(-1)


def _available(stream: Any) -> bytes | None:
    """What can be read now; b"" at the end, None when nothing is there yet."""
    try:
        return os.read(stream.fileno(), READ_BYTES)
    except BlockingIOError:
        return None
