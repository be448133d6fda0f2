"""Files on their way in: kept in the database piece by piece, looked at before anybody waits for them."""

import codecs
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

from sqlalchemy import delete, insert, select

from ...changes import Context, unit_of_work
from ...config import settings
from ...errors import Invalid, Problem
from ...extensions.db import db
from ...models import Import, ImportPiece, Record, new_id
from ...models.transfer import QUEUED
from . import files, imports
from .entry import columns

PIECE = 1_000_000  # bytes

Read = Callable[[int], bytes]


def receive(
    model: type[Record], form: str, read: Read, context: Context, *, dry_run: bool = False, file_name: str | None = None
) -> Import:
    """Keep what `read(bytes)` gives as a file in `form` (csv, json, ndjson), and make an import of it that waits.

    Problem 413 `too-large`; 422 `not-utf8`, `empty`, `unreadable`, `unknown-columns` naming them.
    """
    upload_id = new_id()
    try:
        size = _keep(upload_id, read, context)
        _look(model, form, upload_id)
    except files.Unreadable as error:
        forget(upload_id, context)
        raise Problem(422, "unreadable", f"The file cannot be read. {error}.") from error
    except BaseException:
        forget(upload_id, context)
        raise
    about = {"resource": model.__resource__, "format": form, "file_name": file_name, "size": size, "dry_run": dry_run}
    return imports.create(context, {**about, "upload_id": upload_id, "state": QUEUED})


def _keep(upload_id: str, read: Read, context: Context) -> int:
    decoder, size = codecs.getincrementaldecoder("utf-8")(), 0
    for number in count():
        piece = read(PIECE)
        size += len(piece)
        if size > settings().import_bytes:
            most = settings().import_bytes
            raise Problem(413, "too-large", f"The file has more than {most:,} bytes; split it, or raise import_bytes.")
        try:
            decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            at = size - len(piece) + error.start
            detail = f"The file is not UTF-8 (about byte {at:,}): save it as UTF-8."
            raise Problem(422, "not-utf8", detail) from error
        if not piece:
            return size
        with unit_of_work(context, patience=None) as session:
            row = {"upload_id": upload_id, "number": number, "content": piece}
            session.connection().execute(insert(ImportPiece), [row])
    raise AssertionError("unreachable")


def _look(model: type[Record], form: str, upload_id: str) -> None:
    """Refuse a file that holds nothing, or a table with columns that the resource has not."""
    first = next((line for line in files.lines(files.text(pieces(upload_id))) if line.strip()), "")
    if not first:
        raise Problem(422, "empty", "The file holds nothing.")
    if form == "csv":
        names, _between = files.header(first)
        if not any(names):
            raise Problem(422, "empty", "The first line names no column.")
        if wrong := _wrong(names, columns(model)):
            raise Invalid(wrong, "Some columns cannot be imported.", code="unknown-columns")


def _wrong(names: list[str], known: Mapping[str, Any]) -> dict[str, str]:
    offered = ", ".join(known)
    wrong = {
        files.printable(name): f"is no column of this resource; choose from {offered}"
        for name in names
        if name and name not in known
    }
    return wrong | {name: "stands in the header twice" for name in names if names.count(name) > 1 and name in known}


def pieces(upload_id: str) -> Iterator[bytes]:
    """The pieces of a kept file, each read when it is asked for, outside any unit of work."""
    for number in count():
        query = select(ImportPiece.content).where(ImportPiece.upload_id == upload_id, ImportPiece.number == number)
        piece = db.session.execute(query).scalar()
        db.session.rollback()
        if piece is None:
            return
        yield bytes(piece)


def forget(upload_id: str, context: Context) -> None:
    """Drop a kept file."""
    with unit_of_work(context, patience=None) as session:
        session.execute(delete(ImportPiece).where(ImportPiece.upload_id == upload_id))
