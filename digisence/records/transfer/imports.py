"""The rows of imports: made, claimed by one worker at a time, called off, read, forgotten in time."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import InterfaceError, OperationalError

from ...changes import Context, events, unit_of_work
from ...changes.context import Unit
from ...clock import utcnow
from ...config import settings
from ...errors import Conflict, NotFound, Problem
from ...extensions import queue
from ...extensions.db import db
from ...extensions.queue import JobTimeout
from ...models import RECORDS, Import, ImportFault
from ...models.transfer import CANCELLED, DONE, FAILED, GONE, QUEUED, RUNNING, UNDOING, UNDONE, UPLOADING
from ...models.wire import camel
from ..guards import PanelLost
from ..tables import table

log = structlog.get_logger(__name__)

IMPORT, UNDO = "import", "import-undo"  # the jobs
ENDED = (DONE, FAILED, CANCELLED)
OVER = (*ENDED, UNDONE)
SHOWN = (
    "id", "resource", "format", "file_name", "size", "dry_run", "state", "rows", "created", "updated", "unchanged",
    "failed", "undone", "kept", "kept_for_good", "error", "actor", "undo_actor", "created_at", "started_at",
    "finished_at", "forgotten_at",
)  # fmt: skip

Values = Mapping[str, Any]


class TurnLost(Exception):
    """Another worker goes on with this import, or it was called off: this one may not write any more."""


def create(context: Context, values: Values) -> Import:
    """A new import; that it was asked for is an event."""
    with unit_of_work(context) as session:
        return _create(session, context, values)


def _create(session: Unit, context: Context, values: Values) -> Import:
    made = Import(actor=context.actor, request_id=context.request_id, **values)
    session.add(made)
    session.flush()
    session.refresh(made)
    if not made.dry_run:
        told = {"importId": made.id, "format": made.format, "fileName": made.file_name, "bytes": made.size}
        events.record(session, "imported", resource=made.resource, record_id="", detail=told)
    session.expunge(made)
    return made


def enqueue(name: str, import_id: str) -> None:
    """Put it before the workers. Without Redis it waits until a worker looks for what was lost."""
    attempt = read(import_id).attempt
    try:
        queue.enqueue(name, {"import_id": import_id}, job_id=job_of(name, import_id, attempt))
    except Problem as problem:
        log.warning("an import waits for Redis", id=import_id, why=problem.detail)


def job_of(name: str, import_id: str, attempt: int) -> str:
    """The id of the job that makes this attempt."""
    return f"{name}-{import_id}-{attempt}"


def read(import_id: str) -> Import:
    """One import, as it is now and stays in the caller's hand. NotFound."""
    found = db.session.get(Import, import_id, populate_existing=True)
    if found is None:
        raise NotFound("imports", import_id)
    db.session.expunge(found)
    return found


def page(number: int, limit: int, conditions: Values) -> tuple[Sequence[Import], int]:
    """Imports, the newest first, and how many there are; `conditions` by column."""
    chosen = [getattr(Import, name) == value for name, value in conditions.items()]
    query = select(Import).where(*chosen).order_by(Import.created_at.desc(), Import.id.desc())
    found = db.session.scalars(
        query.offset((number - 1) * limit).limit(limit).execution_options(populate_existing=True)
    )
    return found.all(), db.session.scalar(select(func.count()).select_from(Import).where(*chosen)) or 0


def to_json(found: Import) -> dict[str, Any]:
    """Its public form, with how many rows there are where that is known, and whether it can be undone. `keptUntil`:
    till then that can be, a preview be applied.
    """
    until = None if found.forgotten_at else found.created_at + timedelta(days=settings().import_days)
    more = {"rowsKnown": _rows_known(found), "keptUntil": until, "undoable": _undoable(found)}
    return {**{camel(name): getattr(found, name) for name in SHOWN}, **more}


def _undoable(found: Import) -> bool:
    """Whether an undoing may take anything of it back (still)."""
    if found.dry_run or found.forgotten_at or found.state not in OVER:
        return False
    if found.created + found.updated > found.undone + found.kept_for_good:
        return True
    return found.kept_for_good > 0 and bool(db.session.scalar(select(_there(found.resource, found.id, GONE))))


def _rows_known(found: Import) -> int | None:
    """An import that ended knows itself, one under way what its preview counted."""
    if found.state not in (QUEUED, RUNNING, UPLOADING, FAILED, CANCELLED):
        return found.rows
    seen = (Import.upload_id == found.upload_id, Import.dry_run, Import.state == DONE)
    return db.session.scalar(select(func.max(Import.rows)).where(*seen))


def claim(import_id: str, host: str, *, undo: bool = False) -> Import | None:
    """Take a waiting import, or its undoing, for this process; None when it waits no more."""
    now = utcnow()
    waits = (Import.state == UNDOING, Import.host.is_(None)) if undo else (Import.state == QUEUED,)
    mine: dict[str, Any] = {"host": host, "attempt": Import.attempt + 1, "heartbeat_at": now}
    if not undo:
        mine |= {"state": RUNNING, "started_at": func.coalesce(Import.started_at, now)}
    with unit_of_work(Context("system:worker"), patience=None) as session:
        if not change(session, import_id, waits, mine):
            return None
    return read(import_id)


def advance(session: Unit, one: Import, state: str, **more: int) -> None:
    """Within a unit of work, first of all: add `more` to the figures, still being the one at work. TurnLost."""
    values = {name: getattr(Import, name) + number for name, number in more.items()}
    held = (Import.attempt == one.attempt, Import.state == state)
    if not change(session, one.id, held, {**values, "heartbeat_at": utcnow()}):
        raise TurnLost(one.id)


def finish(one: Import, was: str, state: str, error: str | None = None) -> None:
    """Close it, unless it is another's by now."""
    values = {"state": state, "error": error and error[:2000], "finished_at": utcnow(), "host": None}
    with unit_of_work(Context("system:worker"), patience=None) as session:
        change(session, one.id, (Import.attempt == one.attempt, Import.state == was), values)


@contextmanager
def at_work(one: Import, was: str, otherwise: str, prefix: str = "") -> Iterator[None]:
    """Around the work on a claimed import: what breaks it is written into it, which is then `otherwise`, and raised.

    TurnLost is no fault. Where who asked for it lost the panel, it is `cancelled`. With the database away, or past
    its time, it is raised only: the import goes on later.
    """
    try:
        yield
    except TurnLost:
        pass
    except PanelLost as stop:
        finish(one, was, CANCELLED if was == RUNNING else otherwise, f"{prefix}{stop}")
    except (OperationalError, InterfaceError, JobTimeout):
        raise
    except Exception as error:
        finish(one, was, otherwise, f"{prefix}{type(error).__name__}: {error}")
        raise


def cancel(import_id: str, context: Context) -> Import:
    """Call an import off: what is in stays, nothing more comes. Conflict `import-ended`."""
    with unit_of_work(context) as session:
        open_still = (Import.state.in_((QUEUED, RUNNING)),)
        values = {"state": CANCELLED, "finished_at": utcnow(), "host": None, "error": f"cancelled by {context.actor}"}
        if not change(session, import_id, open_still, values):
            state = read(import_id).state
            raise Conflict("import-ended", f"This import is {state}; there is nothing to cancel.")
    return read(import_id)


def apply(import_id: str, context: Context) -> Import:
    """The import that a preview showed, from the same file. Conflict `no-preview`, `forgotten`; `applied` when that was
    begun already, and not undone: rows without an id would come twice.
    """
    seen = read(import_id)
    if not seen.dry_run or seen.state not in ENDED:
        raise Conflict("no-preview", "Only a preview that has ended can be applied.")
    _remembered(seen)
    shared = {name: getattr(seen, name) for name in ("upload_id", "resource", "format", "file_name", "size")}
    with unit_of_work(context) as session:
        change(session, seen.id, (), {"upload_id": seen.upload_id})  # whoever applies it too waits here
        same = (Import.upload_id == seen.upload_id, Import.dry_run.is_(False))
        stands = or_(Import.state != UNDONE, _there(seen.resource))
        if found := session.scalar(select(Import).where(*same, stands).limit(1)):
            cure = "undo all of that first." if _undoable(found) else "delete what stands of that first."
            raise Conflict("applied", f"This preview was applied already, as import {found.id}; {cure}")
        return _create(session, context, {**shared, "state": QUEUED})


def ask_undo(import_id: str, context: Context) -> Import:
    """Let an import be undone; once more, where rows were kept that may go back. Conflict `no-undo`, `forgotten`."""
    seen = read(import_id)
    _remembered(seen)
    with unit_of_work(context) as session:
        still = Import.created + Import.updated > Import.undone + Import.kept_for_good
        ready = (Import.state.in_(OVER), Import.dry_run.is_(False), or_(still, _there(seen.resource, import_id, GONE)))
        values = {
            "state": UNDOING, "host": None, "heartbeat_at": utcnow(), "finished_at": None,
            "attempt": Import.attempt + 1,  # a job of its own: the last one's may have been called off
            "undo_actor": context.actor, "undo_request_id": context.request_id,
        }  # fmt: skip
        if not change(session, import_id, ready, values):
            raise Conflict("no-undo", _why_not(read(import_id)))
        found = session.get_one(Import, import_id, populate_existing=True)
        events.record(session, "import-undone", resource=found.resource, detail={"importId": import_id})
    return read(import_id)


def _why_not(found: Import) -> str:
    if found.dry_run:
        return "This is a preview, which wrote nothing."
    if found.state not in OVER:
        return f"This import is {found.state}; only one that has ended can be undone."
    if found.kept_for_good:
        stay = "1 of its records was" if found.kept_for_good == 1 else f"{found.kept_for_good:,} of its records were"
        return f"Nothing more of this import can be undone: {stay} changed or deleted since."
    return "This import is undone already." if found.undone else "This import wrote nothing."


def _there(resource: str, import_id: Any = Import.id, *codes: str) -> ColumnElement[bool]:
    """Whether records that an undoing kept, for one of `codes` if any are given, are there."""
    source = table(RECORDS[resource])
    kept = (ImportFault.import_id == import_id, ImportFault.undo, ImportFault.record_id == source.c.id)
    return exists().where(*kept, *([ImportFault.code.in_(codes)] if codes else []))


def _remembered(found: Import) -> None:
    if found.forgotten_at is not None:
        raise Conflict("forgotten", "This import is too old: its file and what it replaced are kept no longer.")


def faults(import_id: str, number: int, limit: int) -> tuple[Sequence[ImportFault], int]:
    """The rows that could not be imported or undone, in the file's order, and how many they are."""
    chosen = ImportFault.import_id == import_id
    query = select(ImportFault).where(chosen).order_by(ImportFault.undo, ImportFault.number)
    found = db.session.scalars(query.offset((number - 1) * limit).limit(limit)).all()
    return found, db.session.scalar(select(func.count()).select_from(ImportFault).where(chosen)) or 0


def all_faults(import_id: str) -> Iterator[ImportFault]:
    """All of them, a portion at a time."""
    portion = 500
    for number in range(1, 1_000_000):
        found, _total = faults(import_id, number, portion)
        yield from found
        db.session.expunge_all()
        if len(found) < portion:
            return


def open_ones() -> Sequence[Import]:
    """Imports that wait or are worked at."""
    chosen = Import.state.in_((QUEUED, RUNNING, UNDOING))
    found = db.session.scalars(select(Import).where(chosen).execution_options(populate_existing=True)).all()
    db.session.expunge_all()
    db.session.rollback()
    return found


def again(one: Import) -> bool:
    """Let an import whose process died wait for another; False when another has it already."""
    waiting = {"attempt": Import.attempt + 1, "host": None} | ({"state": QUEUED} if one.state == RUNNING else {})
    held = (Import.attempt == one.attempt, Import.state == one.state)
    with unit_of_work(Context("system:worker"), patience=None) as session:
        return change(session, one.id, held, waiting)


def change(session: Unit, import_id: str, conditions: Sequence[Any], values: Values) -> bool:
    """Within a unit of work: give an import `values`, if the conditions hold; whether they did."""
    changed = update(Import).where(Import.id == import_id, *conditions).values(**values)
    done = session.execute(changed.execution_options(synchronize_session=False))
    assert isinstance(done, CursorResult)  # noqa: S101
    return done.rowcount == 1
