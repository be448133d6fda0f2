"""A worker in a process of its own.

`python -m tests.jobs.labour URL MONITORING SLACK MAINTENANCE [burst] [tardy]`. A tardy one is held up after a fork."""

import logging
import os
import sys
import time

from redis import Redis

from digisence import create_app
from digisence.jobs.worker import Worker
from tests.jobs.beats import declare


def tardy() -> None:
    """Hold the parent up for a second after each fork, as a busy machine may."""
    fork = os.fork

    def held_up() -> int:
        child = fork()
        if child:
            time.sleep(1.0)
        return child

    os.fork = held_up


def main() -> None:
    url, monitoring, slack, maintenance = sys.argv[1], *map(int, sys.argv[2:5])
    logging.basicConfig(stream=sys.stdout, level=logging.INFO)
    if "tardy" in sys.argv:
        tardy()
    app = create_app(redis_url=url)
    declare(3, 600)
    with app.app_context():
        worker = Worker(Redis.from_url(url), monitoring=monitoring, slack=slack, maintenance=maintenance)
        worker.work(burst="burst" in sys.argv, logging_level="INFO")


main()
