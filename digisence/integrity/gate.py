"""Whether anything may be repaired at all: not on a database that is not ours, nor unasked where a table lost much."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from ..clock import to_wire
from ..extensions.migrate import heads, standing
from ..models import Business, Professional, QuarantineEntry, Record, Run, User
from ..records.tables import table
from .breaker import FEW
from .reading import database_now

PARENTS: dict[str, type[Record]] = {"users": User, "businesses": Business, "professionals": Professional}
LOST_PERCENT = 10
LOOKS_BACK = timedelta(hours=24)


def closed(connection: Connection) -> str | None:
    """Why a run may only observe now, on a schema that is not this program's; None when it may repair."""
    found, ours = standing(connection), heads()
    if found == ours:
        return None
    return (
        f"the database is at the revision {', '.join(sorted(found)) or 'none'}, "
        f"this program is made for {', '.join(sorted(ours))}; run `digisence db upgrade`, or the other version"
    )


def alarm(connection: Connection) -> str | None:
    """Why no check may touch more than a few records without a superadmin's word: a table that the others refer to lost
    much, compared with the most that a run of the last 24 hours counted, less what is in quarantine since. Or None.
    """
    counted = _counted(connection)
    if not counted:
        return None
    for name, model in PARENTS.items():
        at, before = max(((at, int(told.get(name, 0))) for at, told in counted), key=lambda one: one[1])
        now = connection.scalar(select(func.count()).select_from(table(model))) or 0
        lost = before - now - _set_aside(connection, name, at)
        if lost > FEW and lost * 100 > LOST_PERCENT * before:
            return f"{lost} of {before} {name} are gone since {to_wire(at)}, and not to quarantine"
    return None


def _counted(connection: Connection) -> list[tuple[datetime, Mapping[str, Any]]]:
    """When each run of the last 24 hours ended, and what it counted."""
    runs = table(Run).c
    since = database_now(connection) - LOOKS_BACK
    rows = connection.execute(
        select(runs.finished_at, runs.result).where(runs.finished_at >= since, runs.result.is_not(None))
    )
    return [(row.finished_at, row.result.get("statistics", {})) for row in rows]


def _set_aside(connection: Connection, name: str, since: datetime) -> int:
    held = table(QuarantineEntry).c
    mine = (held.resource == name, held.placed_at >= since, held.restored_at.is_(None))
    return connection.scalar(select(func.count()).select_from(table(QuarantineEntry)).where(*mine)) or 0
