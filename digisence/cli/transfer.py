"""`digisence export` and `digisence import records`: records in files, out and in, and imports taken back."""

import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

import click

from ..errors import Invalid
from ..integrity import process
from ..jobs.transfer import sign_out
from ..models import RECORDS
from ..models.transfer import DONE, FORMATS, UNDONE
from ..records.transfer import execution, export, imports, undoing, uploads
from .integrity import OPERATOR
from .legacy import group
from .output import FINDINGS, OK, USAGE, Failure, counted, emit, json_option, leave, progress, table

SHOWN = 20  # refused rows that are named one by one
COLUMNS = ("line", "recordId", "field", "message")
SEEN = ("id", "createdAt", "resource", "dryRun", "state", "created", "updated", "unchanged", "failed", "undone", "kept")
RESOURCE = click.argument("resource", type=click.Choice(tuple(RECORDS)))
FORMAT = click.option(
    "--format", "form", type=click.Choice(FORMATS), help="Default: what the file's name ends in, or csv."
)


@click.command("export")
@RESOURCE
@FORMAT
@click.option("--filter", "filters", multiple=True, metavar="NAME=VALUE", help="As in a list's address: status=NEW.")
@click.option("--search", default="", help="Words that must all occur.")
@click.option("--sort", default="", help="Comma list of fields, - from the end.")
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="The file; default the screen.")
def export_records(
    resource: str, form: str | None, filters: tuple[str, ...], search: str, sort: str, output: Path | None
) -> None:
    """Write all records of RESOURCE, or those that the filters find, as CSV, JSON or one JSON a line.

    `digisence import records` reads it back exactly. Secrets are never in it.
    """
    arguments: dict[str, list[str]] = {"format": [form or _form(output)]}
    for text in filters:
        name, equals, value = text.partition("=")
        if not equals:
            raise Failure(f"Write a filter as NAME=VALUE, not {text!r}.", USAGE)
        arguments.setdefault(name, []).append(value)
    arguments |= {name: [value] for name, value in (("search", search), ("sort", sort)) if value}
    chosen, query = export.asked(RECORDS[resource], arguments)
    stream = export.export(RECORDS[resource], chosen, query, OPERATOR, {"output": str(output or "-")})
    if output is None:
        for portion in stream:
            sys.stdout.buffer.write(portion)
        sys.stdout.flush()
        return
    _write(output, stream)


def _write(output: Path, stream: export.Export) -> None:
    """Write the whole file or none: what stands there is replaced when the new one is complete."""
    draft = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            for portion in stream:
                file.write(portion)
        draft.replace(output)
    except OSError as error:
        raise Failure(f"{output} cannot be written: {error.strerror}.", USAGE) from error
    finally:
        stream.close()
        draft.unlink(missing_ok=True)
    click.echo(f"{output}: {output.stat().st_size:,} bytes.", err=True)


def _form(path: Path | None) -> str:
    ending = path.suffix.lower().lstrip(".") if path else ""
    return {"json": "json", "ndjson": "ndjson", "jsonl": "ndjson"}.get(ending, "csv")


@group.command("records")
@RESOURCE
@click.argument("file", type=click.File("rb"))
@FORMAT
@click.option("--dry-run", is_flag=True, help="A preview: tell what would happen, write nothing.")
@json_option
def import_records(resource: str, file: BinaryIO, form: str | None, dry_run: bool, as_json: bool) -> None:
    """Create and update records of RESOURCE from FILE (- for what is piped in), as an export writes it.

    A row means the record of its `id`; without one, of its `email` (users) or `slug`; else it is new. Refused rows are
    named, the others go in. Exit code 1 when a row was refused.
    """
    name = Path(file.name).name if file.name != "<stdin>" else None
    chosen = form or _form(Path(name) if name else None)
    one = uploads.receive(RECORDS[resource], chosen, file.read, OPERATOR, dry_run=dry_run, file_name=name)
    done = _carry_out(one.id)
    _tell(done, as_json)
    leave(FINDINGS if done["failed"] or done["state"] != DONE else OK)


def _carry_out(import_id: str) -> dict[str, Any]:
    try:
        with progress("Importing", None) as advance:
            done = execution.execute(import_id, process.here(), watch=lambda _found: advance(1), deprived=sign_out)
    except KeyboardInterrupt as error:
        imports.cancel(import_id, OPERATOR)
        cure = f"What is in stays; `digisence import undo {import_id}` takes it back."
        raise Failure(f"Stopped half-way. {cure}", 130) from error
    return done or imports.to_json(imports.read(import_id))  # a worker may have been quicker


def _tell(done: dict[str, Any], as_json: bool) -> None:
    faults, total = imports.faults(done["id"], 1, SHOWN)
    named = [(fault, error) for fault in faults for error in fault.errors]
    if as_json:
        listed = [{"line": fault.line, "recordId": fault.record_id, **error} for fault, error in named]
        emit({**done, "errors": listed})
        return
    if named:
        rows = [(fault.line, fault.record_id, error["field"], error["message"]) for fault, error in named]
        table(COLUMNS, rows, "Refused")
    if total > len(faults):
        click.echo(f"… and {counted(total - len(faults), 'row')} more: `digisence import errors {done['id']}`.")
    figures = ", ".join(f"{done[name]:,} {name}" for name in ("created", "updated", "unchanged", "failed"))
    click.echo(f"{'Would be: ' if done['dryRun'] else ''}{figures}. {done['error'] or ''}".rstrip())
    if not done["dryRun"] and done["created"] + done["updated"]:
        click.echo(f"`digisence import undo {done['id']}` takes it back.")


@group.command("list")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="At most so many.")
@json_option
def list_imports(limit: int, as_json: bool) -> None:
    """List the imports of records, the newest first."""
    found, total = imports.page(1, limit, {})
    told = [imports.to_json(one) for one in found]
    if as_json:
        emit({"items": told, "total": total})
        return
    table(SEEN, [[one[name] for name in SEEN] for one in told])
    click.echo(f"{len(told)} of {total}.")


@group.command("errors")
@click.argument("import_id")
@json_option
def errors(import_id: str, as_json: bool) -> None:
    """Every row that an import refused, or that could not be taken back, with what is wrong."""
    imports.read(import_id)
    rows = [
        (fault.line, fault.record_id, error["field"], error["message"])
        for fault in imports.all_faults(import_id)
        for error in fault.errors
    ]
    if as_json:
        emit([dict(zip(COLUMNS, row, strict=True)) for row in rows])
    else:
        table(COLUMNS, rows)


@group.command("undo")
@click.argument("import_id")
@json_option
def undo(import_id: str, as_json: bool) -> None:
    """Take an import back: what it made goes to quarantine, what it changed is put back, where unchanged since."""
    imports.ask_undo(import_id, OPERATOR)
    done = undoing.undo(import_id, process.here(), deprived=sign_out)
    if done is None:
        raise Invalid({"id": "somebody else is at it"}, "This import is being undone already.")
    if as_json:
        emit(done)
    else:
        back = counted(done["undone"], "row")
        click.echo(f"{back} taken back, {done['kept']:,} kept. {done['error'] or ''}".rstrip())
        if done["kept"]:
            click.echo(f"`digisence import errors {import_id}` names those that were kept, with the reason.")
        if done["keptForGood"]:
            click.echo(f"{done['keptForGood']:,} of them changed or deleted since: that stays so.")
        if done["undoable"]:
            click.echo("Once what keeps the others is out of the way, ask again: what is taken back stays so.")
    leave(FINDINGS if done["kept"] or done["state"] != UNDONE else OK)


commands: list[click.Command] = [export_records]
