"""How gunicorn runs the web part: settings it reads by name, and hooks that leave no stream and no process behind."""

import gc
import os
import sys
from typing import Any

from ..jobs.tether import tether
from .console import leave_at_once

worker_class = "gthread"
graceful_timeout = 3
timeout = 60
keepalive = 5
limit_request_line = 8190  # the longest that gunicorn allows: a filter may name many records
control_socket_disable = True  # gunicorn 27 would open one in the user's home folder
errorlog = "-"
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {"gunicorn.error": {"level": "WARNING", "handlers": ["stderr"], "propagate": False}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
}


def post_fork(_server: Any, _worker: Any) -> None:
    """In a new web process: never outlive gunicorn's master; load the application without looking for garbage."""
    tether(os.getppid())
    gc.disable()


def post_worker_init(_worker: Any) -> None:
    """In a web process that has loaded the application: what it consists of is no garbage, and not looked at."""
    gc.freeze()
    gc.enable()


def worker_exit(_server: Any, _worker: Any) -> None:
    """In a web process that ends: tell its streams goodbye, and end at once if all is well."""
    from ..realtime import drain

    drain()
    if getattr(sys.exception(), "code", None) == 0:
        leave_at_once()


def command(handle: int, processes: int, threads: int) -> list[str]:
    """How to start gunicorn on a listening socket that the caller opened."""
    return [
        sys.executable, "-P", "-m", "gunicorn", "--config", f"python:{__name__}",
        "--bind", f"fd://{handle}", "--workers", str(processes), "--threads", str(threads), "digisence:create_app()",
    ]  # fmt: skip
