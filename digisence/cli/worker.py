"""`digisence worker` and `digisence scheduler`: single processes, for `up`, supervisors and containers."""

import gc
from typing import TYPE_CHECKING

import click
from redis import Redis

from .. import logs
from ..changes import Context
from ..config import settings
from ..extensions.redis import connect
from ..extensions.telling import tell
from .console import leave_at_once
from .output import log_option

if TYPE_CHECKING:
    from ..jobs.scheduler import Scheduler


@click.command("worker")
@log_option
def worker(as_json: bool) -> None:
    """Work off the job queue. SIGTERM lets the running job end first."""
    from ..integrity.catalogue import register
    from ..jobs.worker import Worker

    _log(as_json)
    connection = Redis.from_url(settings().redis_url, health_check_interval=15)
    connection.ping()
    register(Context("system:worker"))
    gc.freeze()  # to look for garbage in all that it is made of takes a work-horse half a second, perhaps amid a lock
    Worker(connection, chore=_revive).work(logging_level="WARNING")
    leave_at_once()


def _revive() -> None:
    """Let what died go on: runs of checks, imports."""
    from ..integrity import process, revival
    from ..records.transfer import revival as imports

    revival.revive(Context("system:worker"))
    imports.revive(process.gone)


@click.command("scheduler")
@log_option
def scheduler(as_json: bool) -> None:
    """Put periodic jobs on the queue when they are due."""
    _log(as_json)
    ticking = made()
    ticking.install_signal_handlers()
    ticking.run()
    leave_at_once()


def made() -> "Scheduler":
    """The scheduler of this installation, which tells the feed. Needs an app context, as it does to tick."""
    from ..jobs.schedule import intervals
    from ..jobs.scheduler import Scheduler

    chosen = settings()
    return Scheduler(connect(chosen.redis_url), lambda: intervals(chosen), told=tell, declared=_tell_service)


def _tell_service(name: str) -> None:
    """When the sweep comes next is known only now, not when it was switched on."""
    from ..integrity import feed, runner, schedule

    if name == runner.SWEEP:
        feed.publish("sync", schedule.status())


def _log(as_json: bool) -> None:
    chosen = as_json or settings().log_format == "json"
    logs.use(as_json=chosen)
    logs.libraries(as_json=chosen)


commands = [worker, scheduler]
