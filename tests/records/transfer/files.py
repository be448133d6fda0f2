"""Records out to a file and in again, without a web server or a worker."""

import io
from typing import Any

from digisence.changes import Context
from digisence.extensions import db
from digisence.models import RECORDS, Import, ImportFault
from digisence.records.transfer import execution, export, imports, undoing, uploads
from tests.records.conftest import ME


def written(resource: str, form: str = "csv", **filters: str) -> str:
    """A resource as a file."""
    model = RECORDS[resource]
    _form, query = export.asked(model, {"format": [form], **{name: [value] for name, value in filters.items()}})
    return b"".join(export.export(model, form, query, ME)).decode()


def sent(resource: str, text: str | bytes, form: str = "csv", *, dry_run: bool = False, asker: Context = ME) -> Import:
    """A file that waits to be imported. A worker goes on only while `asker` may use the panel."""
    content = text.encode() if isinstance(text, str) else text
    return uploads.receive(RECORDS[resource], form, io.BytesIO(content).read, asker, dry_run=dry_run)


def brought(resource: str, text: str | bytes, form: str = "csv", *, dry_run: bool = False) -> dict[str, Any]:
    """A file imported; what became of it."""
    done = execution.execute(sent(resource, text, form, dry_run=dry_run).id, "here")
    assert done is not None
    return done


def undone(import_id: str) -> dict[str, Any]:
    """An import taken back; what became of it."""
    imports.ask_undo(import_id, ME)
    done = undoing.undo(import_id, "here")
    assert done is not None
    return done


def counts(done: dict[str, Any]) -> tuple[int, int, int, int]:
    """created, updated, unchanged, failed."""
    return done["created"], done["updated"], done["unchanged"], done["failed"]


def faults(done: dict[str, Any]) -> list[tuple[int, int, str, dict[str, str]]]:
    """Each refused row: number, line, code, message by field."""
    found = [
        (fault.number, fault.line, fault.code, {error["field"]: error["message"] for error in fault.errors})
        for fault in all_faults(done)
    ]
    db.session.rollback()
    return found


def all_faults(done: dict[str, Any]) -> list[ImportFault]:
    return list(imports.all_faults(done["id"]))
