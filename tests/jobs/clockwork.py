"""A scheduler that is killed again and again: `python -m tests.jobs.clockwork URL BEATS INTERVAL SECONDS SEED`.

Forks a scheduler, ends it shortly after something was due, by SIGKILL or SIGTERM, and starts the next at once.
"""

import os
import random
import signal
import sys
import time

from digisence.extensions.redis import connect
from digisence.jobs.scheduler import Scheduler
from tests.jobs.beats import declare

TICK = 0.02


def work(url: str, plan: dict[str, int]) -> None:
    scheduler = Scheduler(connect(url), lambda: plan, TICK)
    scheduler.lock_milliseconds = 50  # the dead must not shield the next from the blow
    scheduler.install_signal_handlers()
    scheduler.run()
    os._exit(0)


def moment(interval: int, chance: random.Random) -> float:
    """Seconds until shortly after the next due time, so that the blow falls into the middle of a tick."""
    now = time.time()
    return interval - now % interval + chance.uniform(0.0, 0.15)


def main() -> None:
    url, beats, interval, seconds, seed = sys.argv[1], *map(int, sys.argv[2:])
    plan, chance, until = declare(beats, interval), random.Random(seed), time.monotonic() + seconds
    rounds = 0
    while time.monotonic() < until:
        child = os.fork()
        if child == 0:
            work(url, plan)
        time.sleep(moment(interval, chance))
        os.kill(child, chance.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM)))
        os.waitpid(child, 0)
        rounds += 1
    sys.stdout.write(f"{rounds}\n")


main()
