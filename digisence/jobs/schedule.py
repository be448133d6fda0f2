"""When periodic jobs are due: JOBS says what and how often, the table `schedules` whether and how often now.

Due times lie on a grid: the multiples of the interval since 1970, UTC. So every scheduler, on any machine, after any
restart, names the same occurrence by the same time.
"""

import math

from sqlalchemy import select

from ..config import Settings
from ..extensions.db import db
from ..models import Schedule
from . import JOBS


def intervals(settings: Settings) -> dict[str, int]:
    """Seconds between two occurrences of each periodic job that is switched on. Needs an app context."""
    wanted = {name: every for name, row in JOBS.items() if row.every and (every := row.every(settings))}
    with db.engine.connect() as connection:
        rows = connection.execute(select(Schedule.name, Schedule.enabled, Schedule.interval_seconds)).all()
    for name, enabled, seconds in rows:
        if not enabled:
            wanted.pop(name, None)
        elif name in wanted and seconds:
            wanted[name] = seconds
    return wanted


def current(now: float, interval: int) -> int:
    """The newest due time that is not after `now`: Unix seconds."""
    return math.floor(now / interval) * interval


def following(now: float, interval: int) -> int:
    """The first due time after `now`: Unix seconds."""
    return current(now, interval) + interval


def occurrence(name: str, due: float) -> str:
    """The name of one occurrence, and the id of its job: `sweep-1763892000`."""
    return f"{name}-{int(due)}"
