"""`digisence worker` and `digisence scheduler`: single processes, for `up`, supervisors and containers."""

import logging
import sys

import click
from redis import Redis

from ..changes import Context
from ..config import settings
from ..extensions.redis import connect
from ..extensions.telling import tell
from .console import leave_at_once


@click.command("worker")
def worker() -> None:
    """Work off the job queue. SIGTERM lets the running job end first."""
    from ..integrity.catalogue import register
    from ..jobs.worker import Worker

    _plain_log()
    connection = Redis.from_url(settings().redis_url, health_check_interval=15)
    connection.ping()
    register(Context("system:worker"))
    Worker(connection, chore=_revive).work(logging_level="WARNING")
    leave_at_once()


def _revive() -> None:
    """Let what died go on: runs of checks, imports."""
    from ..integrity import process, revival
    from ..records.transfer import revival as imports

    revival.revive(Context("system:worker"))
    imports.revive(process.gone)


@click.command("scheduler")
def scheduler() -> None:
    """Put periodic jobs on the queue when they are due."""
    from ..jobs.schedule import intervals
    from ..jobs.scheduler import Scheduler

    _plain_log()
    chosen = settings()
    ticking = Scheduler(connect(chosen.redis_url), lambda: intervals(chosen), told=tell)
    ticking.install_signal_handlers()
    ticking.run()
    leave_at_once()


def _plain_log() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(message)s")


commands = [worker, scheduler]
