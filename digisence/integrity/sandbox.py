"""Where a third-party rule's code runs: this process imports no rule itself, it forks a child for each question.

The child has so many seconds, whatever it does with its signals; what it started is ended with it. Questions and
answers are one JSON object a line, on stdin and stdout; the first line says that we are ready. Without a question for
a while, or without anybody who asks, the process ends.
"""

import json
import os
import resource
import selectors
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from . import answering

IDLE_SECONDS = 60.0
MEMORY, FILE, ANSWER = 1 << 30, 1 << 26, 1 << 25  # bytes a rule may take, write to one file, and answer with
LIMITS = ((resource.RLIMIT_DATA, MEMORY), (resource.RLIMIT_FSIZE, FILE), (resource.RLIMIT_CORE, 0))
TAIL = 2000


def serve(questions: int, answers: int) -> None:
    """Answer until nobody asks any more."""
    read = b""
    os.write(answers, b'{"ready": true}\n')
    while True:
        while b"\n" not in read:
            received = _next(questions)
            if not received:
                return
            read += received
        line, _, read = read.partition(b"\n")
        _say(answers, json.dumps(consult(json.loads(line))).encode() + b"\n")


def _next(questions: int) -> bytes:
    with selectors.DefaultSelector() as selector:
        selector.register(questions, selectors.EVENT_READ)
        return os.read(questions, 1 << 20) if selector.select(IDLE_SECONDS) else b""


def _say(target: int, text: bytes) -> None:
    while text:
        text = text[os.write(target, text) :]


def consult(question: Mapping[str, Any]) -> dict[str, Any]:
    """What a child says: `answer` or `fault`; `late`; or `ended`, its exit code, with what it `said` on stderr."""
    answers, theirs = os.pipe()
    words, theirs_too = os.pipe()
    child = os.fork()
    if not child:
        _be_child(question, theirs, theirs_too, (answers, words))
    for pipe in (theirs, theirs_too):
        os.close(pipe)
    late = True
    try:
        said, told, late = _listen(answers, words, time.monotonic() + question["seconds"])
    finally:
        code = _end(child, 0.0 if late else 0.2)
        for pipe in (answers, words):
            os.close(pipe)
    if said.endswith(b"\n"):
        found: dict[str, Any] = json.loads(said)
        return found
    if len(said) > ANSWER:
        return {"fault": f"it answers with more than {ANSWER >> 20} MB"}
    return {"late": True} if late else {"ended": code, "said": told.decode(errors="replace")}


def _listen(answers: int, words: int, deadline: float) -> tuple[bytes, bytes, bool]:
    """The answer, as far as it came; the last of what else was printed; whether time was up."""
    heard = {answers: bytearray(), words: bytearray()}
    with selectors.DefaultSelector() as selector:
        for pipe in heard:
            selector.register(pipe, selectors.EVENT_READ)
        while not heard[answers].endswith(b"\n") and len(heard[answers]) <= ANSWER:
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                return bytes(heard[answers]), bytes(heard[words]), True
            for key, _ in ready:
                received = os.read(key.fd, 1 << 16)
                heard[key.fd] += received
                if not received:
                    selector.unregister(key.fd)
            del heard[words][:-TAIL]
            if answers not in selector.get_map():
                break
    return bytes(heard[answers]), bytes(heard[words]), False


def _end(child: int, patience: float) -> int:
    """Kill it with all it started; its exit code, negative for a signal."""
    ended, status = _reap(child, time.monotonic() + patience)
    with suppress(ProcessLookupError, PermissionError):  # nobody is left of its group
        os.killpg(child, signal.SIGKILL)
    if not ended:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _reap(child: int, deadline: float) -> tuple[int, int]:
    """The child's own end, where it comes within a moment: a pipe closes a little before its process is gone."""
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended or time.monotonic() > deadline:
            return ended, status
        time.sleep(0.002)


def _be_child(question: Mapping[str, Any], answers: int, words: int, others: tuple[int, ...]) -> None:
    """Answer one question and be gone. What the rule itself prints is kept apart."""
    try:
        os.setpgid(0, 0)
        signal.setitimer(signal.ITIMER_REAL, question["seconds"] + 1)  # should the sandbox be lost meanwhile
        for pipe in others:
            os.close(pipe)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for given, wanted in ((nothing, 0), (words, 1), (words, 2)):
            os.dup2(given, wanted)
        sys.path[:] = question["path"]
        _limit()
        _say(answers, json.dumps(answering.reply(question)).encode() + b"\n")
        os._exit(0)  # threads and exit handlers that the rule left behind shall not hold us
    except BaseException:  # noqa: BLE001 it must not go on as a second sandbox
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)


def _limit() -> None:
    for kind, most in LIMITS:
        _, hard = resource.getrlimit(kind)
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (limit, limit))


if __name__ == "__main__":
    serve(0, 1)
