"""Asking a third-party rule: in a child process of ours, killed when it takes too long, without our secrets."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")
COMMAND = (sys.executable, "-m", "digisence.integrity.sandbox")
START_SECONDS = 20.0  # what starting the child may take besides
TAIL = 300  # characters of stderr that are worth telling


class RuleBroken(Exception):
    """A rule did not load, hung, raised, or returned what it must not; the message says which, for its health."""


def ask(question: Mapping[str, Any], seconds: float) -> Any:
    """The sandbox's answer to `question`. RuleBroken when it raises, ends early or takes longer than `seconds`.

    The child ends itself by alarm after `seconds`; one that has disarmed that is killed from here.
    """
    child = subprocess.Popen(  # noqa: S603 our own module by our own interpreter
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        start_new_session=True,
    )
    try:
        asked = json.dumps({**question, "seconds": seconds}).encode()
        out, err = child.communicate(asked, timeout=seconds + START_SECONDS)
    except subprocess.TimeoutExpired:
        raise RuleBroken(f"it took longer than {seconds:g} s and was stopped") from None
    finally:
        _end(child)
    if child.returncode == -signal.SIGALRM:
        raise RuleBroken(f"it took longer than {seconds:g} s and was stopped")
    try:
        reply = json.loads(out)
    except ValueError:
        said = err.decode(errors="replace").strip()[-TAIL:]
        raise RuleBroken(f"its process ended with code {child.returncode}: {said or 'it said nothing'}") from None
    if "fault" in reply:
        raise RuleBroken(str(reply["fault"]))
    return reply["answer"]


def environment() -> dict[str, str]:
    """What the child may know of ours: how to find Python's modules, and the locale."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONDONTWRITEBYTECODE": "1"}


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the child with all it started."""
    with suppress(ProcessLookupError):  # it ended by itself, and left nobody
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe:
            pipe.close()
