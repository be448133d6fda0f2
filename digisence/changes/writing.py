"""An export of the audit trail as text: JSON, a line each, or CSV for a spreadsheet."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import orjson

COLUMNS = (
    "id", "at", "actor", "address", "requestId", "mutationId", "action", "resource", "recordId", "version", "fields",
    "secrets", "detail", "before", "after", "compacted", "seal",
)  # fmt: skip
TYPES = {"csv": "text/csv", "ndjson": "application/x-ndjson"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would calculate
Rows = Iterable[Mapping[str, Any]]


def json_lines(rows: Rows) -> Iterator[bytes]:
    """Each row as a line of JSON."""
    for row in rows:
        yield orjson.dumps(row) + b"\n"


def csv_lines(rows: Rows) -> Iterator[bytes]:
    """A head and a line each; lists and objects as JSON, a text that looks like a formula behind an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in COLUMNS])
        yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    found = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return found


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


FORMATS: Mapping[str, Callable[[Rows], Iterator[bytes]]] = {"csv": csv_lines, "ndjson": json_lines}
