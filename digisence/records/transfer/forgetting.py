"""Imports that are too old to be taken back: their files and what they replaced are dropped, their counts stay."""

from datetime import timedelta

from sqlalchemy import delete, exists, func, or_, select

from ...changes import Context, unit_of_work
from ...clock import utcnow
from ...config import settings
from ...extensions.db import db
from ...models import Import, ImportedRow, ImportFault, ImportPiece
from ..pace import paced
from .imports import OVER, change


def forget(context: Context) -> int:
    """Drop files and what was replaced of imports that ended long ago; returns how many. The rows and counts stay."""
    limit = utcnow() - timedelta(days=settings().import_days)
    left = (exists().where(kept.import_id == Import.id) for kept in (ImportedRow, ImportFault))  # half forgotten
    fresh = or_(Import.forgotten_at.is_(None), *left)
    old = (Import.created_at < limit, fresh, Import.state.in_(OVER))
    ids = db.session.scalars(select(Import.id).where(*old)).all()
    for import_id in ids:
        _forget(import_id, context)
    eldest = f"{int(limit.timestamp() * 1000):012x}"  # ids of uploads begin with their time
    with unit_of_work(context, patience=None) as session:
        kept = select(Import.upload_id).where(Import.forgotten_at.is_(None))
        before = ImportPiece.upload_id < f"{eldest[:8]}-{eldest[8:]}"
        session.execute(delete(ImportPiece).where(before, ImportPiece.upload_id.not_in(kept)))
    return len(ids)


def _forget(import_id: str, context: Context) -> None:
    """First that it is forgotten, so that no undoing begins; then its rows, a portion at a time."""
    ended = (Import.state.in_(OVER),)
    with unit_of_work(context, patience=None) as session:
        taken = change(session, import_id, ended, {"forgotten_at": func.coalesce(Import.forgotten_at, utcnow())})
    for kept in (ImportedRow, ImportFault) if taken else ():
        with db.engine.connect() as connection:
            last = connection.scalar(select(func.max(kept.number)).where(kept.import_id == import_id)) or 0
        for numbers in paced(range(last + 1), gentle=True):
            with unit_of_work(context, patience=None) as session:
                some = (kept.import_id == import_id, kept.number.between(numbers[0], numbers[-1]))
                session.execute(delete(kept).where(*some).execution_options(synchronize_session=False))
