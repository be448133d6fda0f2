"""Everything that happened, to be searched and taken along: changes of records and events, each with its seal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, Select, Text, and_, cast, func, or_, select

from ..clock import to_wire
from ..models import Change, Seal
from ..models.change import ACTIONS
from .history import changes

PORTION = 500  # rows read at a time for an export
SEARCHED = (Change.actor, Change.address, Change.request_id, Change.resource, Change.record_id, Change.action)
CONTENT = (Change.before, Change.after)
ROWS = select(Change.__table__, Seal.seq.label("seal")).join(Seal, Seal.change_id == Change.id, isouter=True)


@dataclass(frozen=True)
class Question:
    """What is looked for; `start` belongs to the time asked for, `end` no longer. Each word of `search` must occur."""

    actor: str = ""
    resource: str = ""
    record_id: str = ""
    action: str = ""
    start: datetime | None = None
    end: datetime | None = None
    search: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same as SQL."""
        named = {
            Change.actor: self.actor, Change.resource: self.resource, Change.record_id: self.record_id,
            Change.action: self.action,
        }  # fmt: skip
        found: list[ColumnElement[bool]] = [column == value for column, value in named.items() if value]
        if self.start is not None:
            found.append(Change.committed_at >= self.start)
        if self.end is not None:
            found.append(Change.committed_at < self.end)
        return [*found, *(_anywhere(word) for word in self.search.split())]


def _anywhere(word: str) -> ColumnElement[bool]:
    columns = [*SEARCHED, *(cast(column, Text) for column in CONTENT)]
    return or_(*(column.icontains(word, autoescape=True) for column in columns))


def page(engine: Engine, question: Question, number: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """One page, the newest first, and how many there are in all."""
    chosen = question.conditions()
    query = ROWS.where(*chosen).order_by(Change.id.desc()).limit(limit).offset((number - 1) * limit)
    with engine.connect() as connection:
        total = connection.scalar(select(func.count()).select_from(Change).where(*chosen)) or 0
        return [to_json(row) for row in connection.execute(query)], total


def after(engine: Engine, question: Question, change_id: int) -> list[dict[str, Any]]:
    """What came after a change, in order, at most a portion."""
    with engine.connect() as connection:
        return [to_json(row) for row in connection.execute(_portion(question, change_id))]


def newest(engine: Engine) -> int:
    """The id of the newest change; 0 without any."""
    with engine.connect() as connection:
        return connection.scalar(select(func.max(Change.id))) or 0


def export(engine: Engine, question: Question) -> Iterator[dict[str, Any]]:
    """Everything up to now, the oldest first, with before and after in full; a portion in memory at a time."""
    return _export(engine, question, newest(engine))


def _export(engine: Engine, question: Question, until: int) -> Iterator[dict[str, Any]]:
    last = 0
    while True:
        with engine.connect() as connection:
            rows: Sequence[Row[Any]] = connection.execute(_portion(question, last).where(Change.id <= until)).all()
        if not rows:
            return
        yield from ({**to_json(row), "before": row.before, "after": row.after} for row in rows)
        last = rows[-1].id


def _portion(question: Question, last: int) -> Select[Any]:
    return ROWS.where(and_(Change.id > last, *question.conditions())).order_by(Change.id).limit(PORTION)


def to_json(row: Any) -> dict[str, Any]:
    """A line of the audit trail. `detail` is an event's; `fields` are the names of what a change changed."""
    event = row.action not in ACTIONS
    return {
        "id": row.id,
        "at": to_wire(row.committed_at),
        "actor": row.actor,
        "address": row.address,
        "requestId": row.request_id,
        "mutationId": row.mutation_id,
        "action": row.action,
        "resource": row.resource,
        "recordId": row.record_id or None,
        "version": None if event else row.version,
        "fields": [] if event else [change["field"] for change in changes(row.before, row.after)],
        "secrets": sorted(row.secrets or {}),
        "detail": row.after if event else None,
        "compacted": bool(row.before_digest or row.after_digest),
        "seal": row.seal,
    }
