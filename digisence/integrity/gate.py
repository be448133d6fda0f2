"""Whether anything may be repaired at all: not on a database that is not ours, nor unasked where a table lost much."""

from datetime import datetime, timedelta
from importlib.resources import files

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

from ..clock import to_wire
from ..models import Business, Professional, QuarantineEntry, Record, Run, User
from ..records.tables import table
from .breaker import FEW
from .reading import database_now

PARENTS: dict[str, type[Record]] = {"users": User, "businesses": Business, "professionals": Professional}
LOST_PERCENT = 10
LOOKS_BACK = timedelta(hours=24)


def closed(connection: Connection) -> str | None:
    """Why a run may only observe now, on a schema that is not this program's; None when it may repair."""
    ours = ScriptDirectory(str(files("digisence").joinpath("migrations"))).get_heads()
    found = MigrationContext.configure(connection).get_current_heads()
    if set(found) == set(ours):
        return None
    return (
        f"the database is at the revision {', '.join(found) or 'none'}, this program is made for {', '.join(ours)}; "
        "run `digisence db upgrade`, or the other version"
    )


def alarm(connection: Connection) -> str | None:
    """Why no check may touch more than a few records without a superadmin's word: a table that the others refer to lost
    much, compared with the most that a run of the last 24 hours counted, less what is in quarantine since. Or None.
    """
    for name, model in PARENTS.items():
        most = _most(connection, name)
        if most is None:
            continue
        at, before = most
        now = connection.scalar(select(func.count()).select_from(table(model))) or 0
        lost = before - now - _set_aside(connection, name, at)
        if lost > FEW and lost * 100 > LOST_PERCENT * before:
            return f"{lost} of {before} {name} are gone since {to_wire(at)}, and not to quarantine"
    return None


def _most(connection: Connection, name: str) -> tuple[datetime, int] | None:
    runs = table(Run).c
    since = database_now(connection) - LOOKS_BACK
    rows = connection.execute(
        select(runs.finished_at, runs.result).where(runs.finished_at >= since, runs.result.is_not(None))
    )
    counted = [(row.finished_at, int(row.result.get("statistics", {}).get(name, 0))) for row in rows]
    return max(counted, key=lambda one: one[1], default=None)


def _set_aside(connection: Connection, name: str, since: datetime) -> int:
    held = table(QuarantineEntry).c
    mine = (held.resource == name, held.placed_at >= since, held.restored_at.is_(None))
    return connection.scalar(select(func.count()).select_from(table(QuarantineEntry)).where(*mine)) or 0
