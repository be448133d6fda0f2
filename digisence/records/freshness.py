"""How a reader knows whether what it has is still true: tags, times, positions, read in the answer's snapshot."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, tuple_

from ..changes.context import Unit
from ..clock import utcnow
from ..config import settings
from ..errors import Problem
from ..extensions.sse import Position
from ..models import WAITING, Change, Outbox, Publication, Record
from ..models.change import OF_RECORD
from ..models.wire import dump
from .tables import portions, table

SETTLED = timedelta(seconds=2)
LOOKED_AT = 1_000  # publications that are searched for the newest of a resource
CLOCKS_APART = timedelta(minutes=1)
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Delta:
    """What changed after a position: the records as they are, the ids that are gone, the position to ask from next."""

    items: list[dict[str, Any]]
    deleted: list[str]
    position: str


def tag(session: Unit, question: Mapping[str, Any], rights: str) -> str:
    """The ETag of an answer that depends on any record: question, asker's rights, last publication, what waits."""
    # Until the last publication changes, events left out, the outbox only grows: its size and last id stand for its ids
    waiting = session.execute(select(func.count(), func.max(Outbox.change_id)).where(Outbox.silent.is_(False))).one()
    content = json.dumps([sorted(question.items()), rights, str(_newest(session)), *waiting], default=list)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def last_modified(session: Unit, resource: str) -> datetime | None:
    """When `resource` changed last, deletions included, by the time it was published; None while that cannot be told.

    It cannot while a change waits for publication, when nothing was published yet, and for 2 s after the last one: the
    header counts whole seconds. A resource without a change among the last publications is told the oldest of those.
    """
    waits = select(Outbox.change_id).join(Change, Change.id == Outbox.change_id).where(Change.resource == resource)
    waits = waits.where(Outbox.silent.is_(False))
    if session.execute(waits.limit(1)).first():
        return None
    recent = (
        select(Publication.change_id, Publication.milliseconds)
        .order_by(Publication.milliseconds.desc(), Publication.counter.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    newest = (
        select(func.max(recent.c.milliseconds))
        .join(Change, Change.id == recent.c.change_id)
        .where(Change.resource == resource)
    )
    oldest = select(func.min(recent.c.milliseconds))
    stamp = session.execute(newest).scalar() or session.execute(oldest).scalar()
    if stamp is None:
        return None
    moment = datetime.fromtimestamp(stamp / 1000, UTC)
    return moment if utcnow() - moment >= SETTLED else None


def since(session: Unit, model: type[Record], position: str) -> Delta:
    """What changed among the records of `model` after `position`. Problem 410 `position-lost` when nobody can tell.

    What waits for its publication is among it: a reader who was told of many changes by one message asks before the
    last of them is noted as published.
    """
    after = _known(session, position)
    published = select(Change.record_id).join(Publication, Publication.change_id == Change.id).where(_later(after))
    waiting = select(Change.record_id).select_from(WAITING).where(Outbox.silent.is_(False))
    changed = [each.where(Change.resource == model.__resource__).distinct() for each in (published, waiting)]
    ids = sorted({record_id for each in changed for record_id in session.execute(each).scalars()})
    items: list[dict[str, Any]] = []
    for portion in portions(ids):
        rows = session.execute(select(table(model)).where(table(model).c.id.in_(portion)).order_by(table(model).c.id))
        items.extend(dump(model, row) for row in rows)
    living = {item["id"] for item in items}
    newest = _newest(session)
    return Delta(items, [record_id for record_id in ids if record_id not in living], str(max(after, newest or after)))


def _known(session: Unit, text: str) -> Position:
    try:
        position = Position.parse(text)
    except ValueError as error:
        raise _lost(f"{text!r} is not a position of this feed.") from error
    ahead = datetime.now(UTC) + CLOCKS_APART
    if position > (_newest(session) or position) and position.milliseconds > ahead.timestamp() * 1000:
        raise _lost("This position is from the future; it belongs to another feed.")
    published = select(Publication.change_id).where(_later(position))
    far = [each.offset(settings().stream_history).limit(1) for each in (published, select(Outbox.change_id))]
    if any(session.execute(each).first() for each in far) or _forgotten(session, position):
        raise _lost("This position is older than what is kept.")
    return position


def _forgotten(session: Unit, position: Position) -> bool:
    """Whether publications after `position` may be gone: it is before the first kept, and that was not the first."""
    first = session.execute(_positions().order_by(Publication.milliseconds, Publication.counter).limit(1)).first()
    if first is None or position >= Position(*first):
        return False
    eldest = session.execute(select(Change.id).where(OF_RECORD).order_by(Change.id).limit(1)).scalar()
    kept = select(Publication.change_id).where(Publication.change_id == eldest)
    waits = select(Outbox.change_id).where(Outbox.change_id == eldest)
    return session.execute(kept.union_all(waits)).first() is None


def _positions() -> Any:
    return select(Publication.milliseconds, Publication.counter)


def _newest(session: Unit) -> Position | None:
    newest = _positions().order_by(Publication.milliseconds.desc(), Publication.counter.desc()).limit(1)
    found: Sequence[int] | None = session.execute(newest).first()
    return Position(*found) if found else None


def _later(position: Position) -> Any:
    bounded = (min(position.milliseconds, LARGEST), min(position.sequence, LARGEST))
    return tuple_(Publication.milliseconds, Publication.counter) > bounded


def _lost(detail: str) -> Problem:
    return Problem(410, "position-lost", f"{detail} Load the list, and go on from the X-Feed-Position of that reply.")
