"""/api/admin/R/export and /R/import of every resource; /api/admin/imports: what imports did, and taking them back."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flask import Response, jsonify, make_response, request, stream_with_context
from marshmallow import fields

from .. import sheets
from ..clock import utcnow
from ..config import settings
from ..errors import Invalid, Problem
from ..integrity.shapes import Shape, maybe, paged, text, word
from ..models import RECORDS, Import, ImportFault, Record
from ..models.transfer import FORMATS, IMPORT_STATES
from ..records.query import filtered, single
from ..records.schema import sample
from ..records.transfer import export, imports, uploads
from . import bodies, guard
from .conditional import answer_of
from .integrity import PAGING, WRONG, asked, bodiless, only, page_of
from .resource import Door, list_parameters, refusals

blp = Door("imports", __name__, url_prefix="/api/admin/imports", description="Files brought in, and taken back")

MULTIPART = "multipart/form-data"
KINDS = {
    "text/csv": "csv",
    "application/csv": "csv",
    "application/vnd.ms-excel": "csv",  # what browsers on Windows call a .csv
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "application/jsonl": "ndjson",
}
ENDINGS = {".csv": "csv", ".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson"}
AROUND = 64_000  # bytes of a multipart body that are not the file's
REFUSED = {
    413: "The file is larger than DIGISENCE_IMPORT_BYTES",
    415: "Neither CSV nor JSON",
    422: "Not UTF-8, empty, or with columns that the resource has not, each named",
}
FORMAT = {"in": "query", "name": "format", "schema": {"type": "string", "enum": [*export.TYPES], "default": "csv"}}
DRY_RUN = {"in": "query", "name": "dryRun", "schema": {"type": "boolean", "default": False}}
DRY_RUN["description"] = "A preview: say what would happen, write nothing"
KNOWN = {"resource": tuple(RECORDS), "state": IMPORT_STATES}
FILTERS = [
    {"in": "query", "name": name, "schema": {"type": "string", "enum": [*words]}} for name, words in KNOWN.items()
]
FAULTS_AS = {
    "application/json": {"schema": {"$ref": "#/components/schemas/ImportFaultList"}},
    "text/csv": {"schema": {"type": "string"}},
}
FAULT_COLUMNS = ("line", "row", "recordId", "code", "field", "message", "undo")


class ImportSeen(Shape):
    """An import, and how far it is. A `dryRun` is a preview: its counts say what would be."""

    id = text()
    resource = word(tuple(RECORDS))
    format = word(FORMATS)
    fileName = maybe(fields.String)
    size = fields.Integer(required=True, metadata={"description": "Bytes"})
    dryRun = fields.Boolean(required=True)
    state = word(IMPORT_STATES)
    rows = fields.Integer(required=True, metadata={"description": "Rows dealt with so far"})
    rowsKnown = maybe(fields.Integer, metadata={"description": "Rows there are; null until they have been counted"})
    created = fields.Integer(required=True)
    updated = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    undone = fields.Integer(required=True)
    kept = fields.Integer(required=True, metadata={"description": "Rows that could not be undone"})
    keptForGood = fields.Integer(required=True, metadata={"description": "Of these: changed or deleted since"})
    undoable = fields.Boolean(required=True, metadata={"description": "Whether `undo` may take anything back (still)"})
    error = maybe(fields.String)
    actor = text()
    undoActor = maybe(fields.String, metadata={"description": "Who asked for its undoing"})
    createdAt = fields.DateTime(required=True)
    startedAt = maybe(fields.DateTime)
    finishedAt = maybe(fields.DateTime)
    keptUntil = maybe(fields.DateTime, metadata={"description": "Until then it can be undone, a preview be applied"})
    forgottenAt = maybe(fields.DateTime)


class ImportError(Shape):  # noqa: A001 the name in the document
    """What is wrong with one column of a row."""

    field = text(metadata={"example": "email"})
    message = text()


class ImportFaultSeen(Shape):
    """A row that could not be imported (or, with `undo`, not be undone)."""

    row = fields.Integer(required=True, metadata={"description": "Its number among the rows, from 1"})
    line = fields.Integer(required=True, metadata={"description": "The line of the file on which it begins"})
    recordId = maybe(fields.String)
    code = text(metadata={"example": "invalid"})
    errors = fields.List(fields.Nested(ImportError), required=True)
    undo = fields.Boolean(required=True)


def add(door: Door, model: type[Record]) -> None:
    """Give a resource its two doors for files."""
    _add_export(door, model)
    _add_import(door, model)


def _add_export(door: Door, model: type[Record]) -> None:
    listed = [told for told in list_parameters(model) if told["name"] not in export.NOT_HERE]
    content: dict[str, Any] = {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in export.TYPES.values()}
    content["application/json"] = {"schema": {"type": "array", "items": {"type": "object"}}}
    file = {"description": "All that the filters find, from one moment", "content": content}

    @door.route("/export", endpoint="export", parameters=None)
    @guard.superadmin
    @door.doc(parameters=[FORMAT, *listed], summary=f"The {model.__resource__} as a file", responses={"200": file})
    @refusals(door, WRONG)
    def download() -> Response:
        arguments = request.args.to_dict(flat=False)
        form, query = export.asked(model, arguments)
        told = {"parameters": {name: ",".join(values) for name, values in arguments.items() if name != "format"}}
        stream = export.export(model, form, query, guard.context(), told)
        name = f"{model.__resource__}-{utcnow():%Y%m%dT%H%M%SZ}.{form}"
        return Response(
            stream, content_type=export.TYPES[form], headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )


def _add_import(door: Door, model: type[Record]) -> None:
    row = sample(model)
    told = {"text/csv": f"{','.join(row)}\n{','.join(row.values())}\n", "application/x-ndjson": json.dumps(row)}
    kinds: dict[str, Any] = {kind: {"schema": {"type": "string", "example": text}} for kind, text in told.items()}
    kinds["application/json"] = {"schema": {"type": "array", "items": {"type": "object"}, "example": [row]}}
    file = {"file": {"type": "string", "format": "binary"}}
    form = {"type": "object", "properties": file, "required": ["file"], "additionalProperties": False}
    kinds[MULTIPART] = {"schema": form}

    @door.route("/import", endpoint="import", methods=["POST"], parameters=None)
    @guard.superadmin
    @door.doc(
        parameters=[DRY_RUN],
        requestBody={"required": True, "content": kinds},
        summary=f"Create and update {model.__resource__} from a file",
    )
    @door.response(202, ImportSeen, headers={"Location": {"schema": {"type": "string"}}})
    @refusals(door, REFUSED)
    @bodies.files
    @guard.parameters
    def upload() -> Response:
        dry_run = _dry_run()
        kind, read, name = _file()
        made = uploads.receive(model, kind, read, guard.context(), dry_run=dry_run, file_name=name)
        imports.enqueue(imports.IMPORT, made.id)
        return _begun(made)


def _dry_run() -> bool:
    if (asked := only("dryRun").get("dryRun", "false")) not in ("true", "false"):
        raise Invalid({"dryRun": "must be true or false"}, "Some parameters are not valid.")
    return asked == "true"


def _file() -> tuple[str, Callable[[int], bytes], str | None]:
    """The format of the file that comes, what reads it, and its name where it has one."""
    most = settings().import_bytes
    multipart = request.mimetype == MULTIPART
    request.max_content_length = most + AROUND if multipart else most
    if (request.content_length or 0) > request.max_content_length:
        raise Problem(413, "too-large", f"The file has more than {most:,} bytes; split it, or raise import_bytes.")
    if not multipart:
        return _kind(request.mimetype, ""), bodies.read, None
    with bodies.arriving():
        strange = [name or "" for name in (*request.form, *request.files) if name != "file"]
    sent = request.files.getlist("file")
    if strange or len(sent) != 1:
        told = dict.fromkeys(strange, "is not known here") or {"file": "send one file"}
        raise Invalid(told, "Send the file as `file`, and nothing else.")
    name = (sent[0].filename or "")[:200].replace("\0", "")
    return _kind(sent[0].mimetype, name), sent[0].stream.read, name or None


def _kind(mimetype: str, name: str) -> str:
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    ending = next((kind for ending, kind in ENDINGS.items() if name.lower().endswith(ending)), None)
    kind = ending or KINDS.get(mimetype)
    if kind is None or charset not in ("utf-8", "utf8", "us-ascii"):
        detail = "Send text/csv, application/json or application/x-ndjson in UTF-8, as it is or as `file` of a form."
        raise Problem(415, "unsupported-media-type", detail)
    return kind


@blp.route("")
@guard.superadmin
@blp.doc(parameters=[*PAGING, *FILTERS])
@blp.response(200, paged(ImportSeen, "ImportList"))
@refusals(blp, WRONG)
def index() -> Response:
    """The imports, the newest first."""
    number, limit, chosen = filtered(request.args.to_dict(flat=False), [*KNOWN], KNOWN)
    found, total = imports.page(number, limit, {name: value for name, value in chosen.items() if value})
    return page_of(found, total, number, limit, imports.to_json)


@blp.route("/<import_id>")
@guard.superadmin
@blp.response(200, ImportSeen)
@refusals(blp, {404: "No such import", **WRONG})
def read(import_id: str) -> Response:
    """One import: how far it is, and what became of its rows."""
    only()
    return answer_of(imports.to_json(imports.read(import_id)))


@blp.route("/<import_id>/errors")
@guard.superadmin
@guard.parameters
@blp.doc(
    parameters=[*PAGING, {**FORMAT, "schema": {"type": "string", "enum": ["json", "csv"], "default": "json"}}],
    responses={"200": {"content": FAULTS_AS}},
)
@blp.response(200, paged(ImportFaultSeen, "ImportFaultList"))
@refusals(blp, {404: "No such import", **WRONG})
def errors(import_id: str) -> Response:
    """The rows that could not be imported or undone, each with what is wrong; `format=csv` gives all as a file."""
    arguments: dict[str, Sequence[str]] = dict(request.args.to_dict(flat=False))
    wrong: dict[str, str] = {}
    form = single(arguments, "format", "json", wrong)
    if wrong or form not in ("json", "csv") or (form == "csv" and arguments):
        wrong = wrong or {"format": "must be json, or csv without page and limit"}
        raise Invalid(wrong, "Some parameters are not valid.")
    imports.read(import_id)
    if form == "csv":
        headers = {"Content-Disposition": f'attachment; filename="errors-{import_id}.csv"'}
        return Response(stream_with_context(_sheet(import_id)), content_type=export.TYPES["csv"], headers=headers)
    number, limit, _ = asked("format")
    found, total = imports.faults(import_id, number, limit)
    return page_of(found, total, number, limit, _fault)


def _fault(fault: ImportFault) -> dict[str, Any]:
    return {
        "row": fault.number, "line": fault.line, "recordId": fault.record_id, "code": fault.code,
        "errors": fault.errors, "undo": fault.undo,
    }  # fmt: skip


def _sheet(import_id: str) -> Iterator[str]:
    return sheets.lines(_cells(import_id))


def _cells(import_id: str) -> Iterator[Sequence[str]]:
    yield FAULT_COLUMNS
    for fault in imports.all_faults(import_id):
        for error in fault.errors:
            values = {**_fault(fault), **error, "undo": "true" if fault.undo else "false"}
            yield ["" if values[name] is None else sheets.mark(str(values[name])) for name in FAULT_COLUMNS]


@blp.route("/<import_id>/apply", methods=["POST"])
@guard.superadmin
@blp.response(202, ImportSeen)
@refusals(blp, {404: "No such import", 409: "No preview that has ended, or its file is gone", **WRONG})
def apply(import_id: str) -> Response:
    """Do what a preview showed, with the same file. The answer is a new import."""
    bodiless()
    made = imports.apply(import_id, guard.context())
    imports.enqueue(imports.IMPORT, made.id)
    return _begun(made)


@blp.route("/<import_id>/cancel", methods=["POST"])
@guard.superadmin
@blp.response(200, ImportSeen)
@refusals(blp, {404: "No such import", 409: "It has ended", **WRONG})
def cancel(import_id: str) -> Response:
    """Call an import off. What is in stays; `undo` takes it back."""
    bodiless()
    return jsonify(imports.to_json(imports.cancel(import_id, guard.context())))


@blp.route("/<import_id>/undo", methods=["POST"])
@guard.superadmin
@blp.response(202, ImportSeen)
@refusals(blp, {404: "No such import", 409: "Under way, a preview, too old, or nothing is left", **WRONG})
def undo(import_id: str) -> Response:
    """Take an import back: what it made goes to quarantine, what it changed is put back, where unchanged since.

    Asked again, it tries what it kept for a reason that may have passed; what is taken back stays so.
    """
    bodiless()
    one = imports.ask_undo(import_id, guard.context())
    imports.enqueue(imports.UNDO, import_id)
    return _begun(one)


def _begun(one: Import) -> Response:
    return make_response(imports.to_json(one), 202, {"Location": f"/api/admin/imports/{one.id}"})
