"""What becomes of old changes: that they happened stays, and their seal; what they held gives way to its digest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

import structlog
from sqlalchemy import Row, Select, bindparam, null, or_, select, update

from ..clock import to_wire, utcnow
from ..config import settings
from ..extensions.db import db
from ..models import Change, Seal
from ..models.change import OF_RECORD
from . import events
from .context import Context, Unit, target, unit_of_work
from .seals import DIGESTS, digest, digests

log = structlog.get_logger(__name__)

COMPACTOR = Context("system:compaction")
BATCH = 500
COMPACTED = "compacted"
OWN = "changes"  # the resource of what a compaction tells of itself
PUT = (
    update(Change.__table__)  # type: ignore[arg-type]
    .where(Change.id == bindparam("change"), Change.before_digest.is_(None), Change.after_digest.is_(None))
    .values(
        before=null(), after=null(), before_digest=bindparam("before_digest"), after_digest=bindparam("after_digest")
    )
)


FOUND = select(Change.__table__, Seal.previous, Seal.digest.label("sealed"), Seal.form).join(
    Seal, Seal.change_id == Change.id, isouter=True
)


@dataclass
class Compaction:
    """How many changes gave way, how many stay: their seal is of the older form, or broken, or is yet to come."""

    compacted: int = 0
    older: int = 0
    broken: int = 0
    unsealed: int = 0


def compact(context: Context = COMPACTOR, days: int | None = None) -> Compaction:
    """Compact what is older than `days` (default: the setting; 0 keeps everything), a batch a transaction.

    Each batch has its event `compacted`. A change that waits for its seal, or does not fit it, is left as it is.
    """
    kept = settings().history_days if days is None else days
    done = Compaction()
    if not kept:
        return done
    before, last, noted = utcnow() - timedelta(days=kept), *[_reached()] * 2
    while ripe := _ripe(last, before):
        last = ripe[-1].id
        if _batch(ripe, context, done):
            noted = last
    if last != noted:
        with unit_of_work(context, patience=0) as session:
            events.record(session, COMPACTED, resource=OWN, detail={"last": last, "count": 0})
    return done


def _batch(ripe: Sequence[Row[Any]], context: Context, done: Compaction) -> bool:
    chosen = [row for row in ripe if _may_go(row, done)]
    if not chosen:
        return False
    with unit_of_work(context, patience=0) as session:
        _put(session, chosen)
        told = {
            "first": chosen[0].id, "last": ripe[-1].id, "count": len(chosen),
            "until": to_wire(max(row.committed_at for row in chosen)),
        }  # fmt: skip
        events.record(session, COMPACTED, resource=OWN, detail=told)
    done.compacted += len(chosen)
    return True


def _put(session: Unit, chosen: Sequence[Row[Any]]) -> None:
    target(session, OWN, ["compaction"], COMPACTED)  # the door that the triggers keep
    session.connection().execute(PUT, [{"change": row.id, **digests(row)} for row in chosen])


def forget(session: Unit, resource: str, records: Mapping[str, int]) -> Compaction:
    """Within a unit of work: let all that the changes of these records held give way now, however young they are.

    `records` gives each record the last version that is to be forgotten: a later life of its id keeps its own. What
    cannot give way without breaking the chain stays, and is counted. An event `compacted` tells of it.
    """
    done = Compaction()
    first = last = 0
    while rows := session.execute(_held(resource, records, last)).all():
        last = rows[-1].id
        chosen = [row for row in rows if row.version <= records[row.record_id] and _may_go(row, done)]
        if chosen:
            _put(session, chosen)
            done.compacted += len(chosen)
            first = first or chosen[0].id
    if first:
        told = {"first": first, "last": last, "count": done.compacted, "of": resource, "records": len(records)}
        events.record(session, COMPACTED, resource=OWN, record_id="purge", detail=told)
    return done


def _held(resource: str, records: Mapping[str, int], last: int) -> Select[Any]:
    content = or_(Change.before.is_not(None), Change.after.is_not(None))
    mine = (Change.resource == resource, Change.record_id.in_(list(records)), OF_RECORD, Change.id > last)
    return FOUND.where(*mine, content).order_by(Change.id).limit(BATCH)


def _reached() -> int:
    """The last change that an earlier compaction looked at."""
    told = select(Change.after).where(Change.resource == OWN, Change.record_id == "", Change.action == COMPACTED)
    with db.engine.connect() as connection:
        newest = connection.scalar(told.order_by(Change.id.desc()).limit(1))
    return int(newest["last"]) if newest else 0


def _ripe(last: int, before: datetime) -> list[Row[Any]]:
    """The next sealed changes after `last` that are old enough: in order, so that none is passed over."""
    query = FOUND.where(Change.id > last).order_by(Change.id).limit(BATCH)
    with db.engine.connect() as connection:
        rows = connection.execute(query).all()
    return list(takewhile(lambda row: row.sealed is not None and row.committed_at < before, rows))


def _may_go(row: Row[Any], done: Compaction) -> bool:
    if row.resource == OWN or (row.before is None and row.after is None):
        return False
    if row.sealed is None:
        done.unsealed += 1
        return False
    if row.form != DIGESTS:
        done.older += 1
        return False
    if digest(row.previous, row, row.form) != row.sealed:
        done.broken += 1
        log.warning("a change does not fit its seal and is kept as it is", change=row.id)
        return False
    return True
