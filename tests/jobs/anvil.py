"""A scheduler that is killed at every instruction, one after another: `python -m tests.jobs.anvil URL SIGNAL`.

Each time a child begins with an occurrence that is due, and gets SIGNAL at the next instruction of what takes and
stores it; then a tick of a fresh scheduler. Prints how many instructions there were, and what went wrong.
"""

import json
import os
import signal
import sys
import time
from types import CodeType, FrameType
from typing import Any

from redis import Redis

from digisence.extensions.queue import DUE_KEY, NAME, definition_id
from digisence.extensions.redis import connect
from digisence.jobs import scheduler as ours
from digisence.jobs.schedule import current, following
from tests.jobs.beats import declare

INTERVAL = 600
TRACED = {ours.Scheduler.enqueue_job.__code__, ours.Scheduler._push.__code__}


class Blow:
    """Counts the instructions of the traced functions; at number `at` this process gets the signal."""

    def __init__(self, at: int, number: int) -> None:
        self.at, self.number, self.count = at, number, 0

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> Any:
        code: CodeType = frame.f_code
        if code not in TRACED:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.count += 1
            if self.count == self.at:
                os.kill(os.getpid(), self.number)
        return self


def struck(url: str, plan: dict[str, int], at: int, number: int) -> bool:
    """Let a child tick until it is struck; False when it ended before."""
    child = os.fork()
    if child == 0:
        scheduler = ours.Scheduler(connect(url), lambda: plan)
        scheduler.install_signal_handlers()
        blow = Blow(at, number)
        sys.settrace(blow)
        scheduler.run(burst=True)
        sys.settrace(None)
        os._exit(10 if blow.count < at else 0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 10


def wrong(client: Redis, late: int) -> str:
    """What is not as it must be after the tick that follows: the occurrence once, the next due time on the grid."""
    pushed = [told.decode() for told in client.lrange(f"rq:queue:{NAME}", 0, -1)]
    due = client.zscore(DUE_KEY, definition_id("beat-0"))
    right = pushed == [f"beat-0-{late}"] and due == following(time.time(), INTERVAL)
    return "" if right and client.exists(f"rq:job:beat-0-{late}") else f"{pushed}, next {due}"


def main() -> None:
    url, number = sys.argv[1], int(sys.argv[2])
    plan, client, faults, at = declare(1, INTERVAL), Redis.from_url(url), [], 0
    declared = ours.Scheduler(connect(url), lambda: plan)
    goes_on = True
    while goes_on:
        at += 1
        late = current(time.time(), INTERVAL) - 6_000
        client.flushall()
        declared._seen = {definition_id("beat-0"): float(late)}
        declared.planned = plan
        declared.reconcile()
        goes_on = struck(url, plan, at, number)
        client.delete(ours.Scheduler.scheduler_lock_key)  # as if its 2 s were over
        ours.Scheduler(connect(url), lambda: plan).tick()
        if said := wrong(client, late):
            faults.append(f"{at}: {said}")
    sys.stdout.write(json.dumps({"instructions": at - 1, "faults": faults}) + "\n")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    main()
