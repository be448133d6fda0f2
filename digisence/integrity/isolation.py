"""Asking a third-party rule: in a process apart, stopped when it takes too long, without our secrets or our database.

One sandbox serves this process: started when first asked, started anew when it ended. It answers each question in a
child of its own; see `sandbox`.
"""

import atexit
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")
COMMAND = (sys.executable, "-m", "digisence.integrity.sandbox")
START_SECONDS = 20.0  # what starting the sandbox may take; a rule's time is its own
SLACK_SECONDS = 3.0  # the sandbox stops a rule in time; one that does not answer so much later is stopped itself
TAIL = 300  # characters of stderr that are worth telling


class RuleBroken(Exception):
    """A rule did not load, hung, raised, or returned what it must not; the message says which, for its health."""

    def __init__(self, why: str) -> None:
        super().__init__(writable(why))


def writable(text: str) -> str:
    """A stranger's words as any database can hold them: half a surrogate pair and NUL are told by their codes."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


class SandboxLost(Exception):
    """The sandbox ended, or does not answer."""


def ask(question: Mapping[str, Any], seconds: float) -> Any:
    """A rule's answer to `question`. RuleBroken when it raises, ends early or takes longer than `seconds`."""
    reply = _reply({**question, "seconds": seconds, "path": [path for path in sys.path if path]}, seconds)
    if "late" in reply:
        raise RuleBroken(f"it took longer than {seconds:g} s and was stopped")
    if "ended" in reply:
        said = str(reply["said"]).strip()[-TAIL:]
        raise RuleBroken(f"its process ended {_end_of(reply['ended'])}: {said or 'it said nothing'}")
    if "fault" in reply:
        raise RuleBroken(str(reply["fault"]))
    return reply["answer"]


def _end_of(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"with code {code}"


class Sandbox:
    """The process that runs rules for this one."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 our own module by our own interpreter
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
            env=environment(), start_new_session=True,
        )  # fmt: skip
        self._read = b""
        self.receive(START_SECONDS)

    def send(self, question: Mapping[str, Any]) -> None:
        """Put a question. SandboxLost when it is not there any more."""
        assert self._process.stdin is not None  # noqa: S101
        left = memoryview(json.dumps(question).encode() + b"\n")
        try:
            while left:
                left = left[self._process.stdin.write(left) or 0 :]
        except BrokenPipeError as error:
            raise SandboxLost("it ended") from error

    def receive(self, seconds: float) -> Any:
        """Its next line. SandboxLost when it ends first, or lets us wait for longer."""
        assert self._process.stdout is not None  # noqa: S101
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._read:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise SandboxLost(f"it does not answer within {seconds:g} s")
                received = os.read(self._process.stdout.fileno(), 1 << 20)
                if not received:
                    raise SandboxLost(f"it ended: {self._last_words()}")
                self._read += received
        line, _, self._read = self._read.partition(b"\n")
        return json.loads(line)

    def _last_words(self) -> str:
        assert self._process.stderr is not None  # noqa: S101
        return self._process.stderr.read().decode(errors="replace").strip()[-TAIL:]

    def close(self) -> None:
        """End it with its children."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()


_boxes: dict[int, Sandbox] = {}  # by process: a forked child must not talk to its parent's
_turn = threading.Lock()


def _reply(question: Mapping[str, Any], seconds: float) -> Any:
    """One answer; a sandbox that had gone since, idle or with its last rule, is started anew, once."""
    with _turn:
        for last in (False, True):
            try:
                box = _boxes.get(os.getpid()) or _boxes.setdefault(os.getpid(), Sandbox())
                box.send(question)
                return box.receive(seconds + SLACK_SECONDS)
            except SandboxLost as error:
                _close()
                if last:
                    raise RuleBroken(f"the process that runs it is lost: {error}") from None
        raise AssertionError


def _close() -> None:
    box = _boxes.pop(os.getpid(), None)
    if box is not None:
        box.close()


atexit.register(_close)


def environment() -> dict[str, str]:
    """What the child may know of ours: how to find Python's modules, and the locale."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONDONTWRITEBYTECODE": "1"}
