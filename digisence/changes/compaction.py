"""What becomes of old changes: that they happened stays, and their seal; what they held gives way to its digest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

import structlog
from sqlalchemy import Row, bindparam, null, select, update

from ..clock import to_wire, utcnow
from ..config import settings
from ..extensions.db import db
from ..models import Change, Seal
from . import events
from .context import Context, target, unit_of_work
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


@dataclass
class Compaction:
    """How many changes gave way, how many stay because their seal is of the older form, or is broken."""

    compacted: int = 0
    older: int = 0
    broken: int = 0


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
        target(session, OWN, ["compaction"], COMPACTED)  # the door that the triggers keep
        session.connection().execute(PUT, [{"change": row.id, **digests(row)} for row in chosen])
        told = {
            "first": chosen[0].id, "last": ripe[-1].id, "count": len(chosen),
            "until": to_wire(max(row.committed_at for row in chosen)),
        }  # fmt: skip
        events.record(session, COMPACTED, resource=OWN, detail=told)
    done.compacted += len(chosen)
    return True


def _reached() -> int:
    """The last change that an earlier compaction looked at."""
    told = select(Change.after).where(Change.resource == OWN, Change.record_id == "", Change.action == COMPACTED)
    with db.engine.connect() as connection:
        newest = connection.scalar(told.order_by(Change.id.desc()).limit(1))
    return int(newest["last"]) if newest else 0


def _ripe(last: int, before: datetime) -> list[Row[Any]]:
    """The next sealed changes after `last` that are old enough: in order, so that none is passed over."""
    query = (
        select(Change.__table__, Seal.previous, Seal.digest.label("sealed"), Seal.form)
        .join(Seal, Seal.change_id == Change.id, isouter=True)
        .where(Change.id > last)
        .order_by(Change.id)
        .limit(BATCH)
    )
    with db.engine.connect() as connection:
        rows = connection.execute(query).all()
    return list(takewhile(lambda row: row.sealed is not None and row.committed_at < before, rows))


def _may_go(row: Row[Any], done: Compaction) -> bool:
    if row.resource == OWN or (row.before is None and row.after is None):
        return False
    if row.form != DIGESTS:
        done.older += 1
        return False
    if digest(row.previous, row, row.form) != row.sealed:
        done.broken += 1
        log.warning("a change does not fit its seal and is kept as it is", change=row.id)
        return False
    return True
