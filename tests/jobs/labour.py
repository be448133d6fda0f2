"""A worker in a process of its own.

`python -m tests.jobs.labour URL MONITORING SLACK MAINTENANCE [burst]`."""

import logging
import sys

from redis import Redis

from digisence import create_app
from digisence.jobs.worker import Worker
from tests.jobs.beats import declare


def main() -> None:
    url, monitoring, slack, maintenance = sys.argv[1], *map(int, sys.argv[2:5])
    logging.basicConfig(stream=sys.stdout, level=logging.INFO)
    app = create_app(redis_url=url)
    declare(3, 600)
    with app.app_context():
        worker = Worker(Redis.from_url(url), monitoring=monitoring, slack=slack, maintenance=maintenance)
        worker.work(burst="burst" in sys.argv, logging_level="INFO")


main()
