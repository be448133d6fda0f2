"""Whether anything may be repaired at all: not on a database that is not ours, nor where a table has just lost much."""

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
    """Why a run may only observe now; None when it may repair."""
    return _other_schema(connection) or _much_lost(connection)


def _other_schema(connection: Connection) -> str | None:
    ours = ScriptDirectory(str(files("digisence").joinpath("migrations"))).get_heads()
    found = MigrationContext.configure(connection).get_current_heads()
    if set(found) == set(ours):
        return None
    return (
        f"the database is at the revision {', '.join(found) or 'none'}, this program is made for {', '.join(ours)}; "
        "run `digisence db upgrade`, or the other version"
    )


def _much_lost(connection: Connection) -> str | None:
    """Compared with the most that a run of the last 24 hours counted, less what is in quarantine since."""
    for name, model in PARENTS.items():
        most = _most(connection, name)
        if most is None:
            continue
        at, before = most
        now = connection.scalar(select(func.count()).select_from(table(model))) or 0
        lost = before - now - _set_aside(connection, name, at)
        if lost > FEW and lost * 100 > LOST_PERCENT * before:
            return (
                f"{lost} of {before} {name} are gone since {to_wire(at)}, and not to quarantine; nothing is repaired "
                f"for {LOOKS_BACK.total_seconds() / 3600:.0f} hours, so that nothing follows them by mistake"
            )
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
