"""An export of the audit trail as text: JSON, a line each, or CSV for a spreadsheet."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import orjson

from .. import sheets

COLUMNS = (
    "id", "at", "actor", "address", "requestId", "mutationId", "action", "resource", "recordId", "version", "fields",
    "secrets", "detail", "before", "after", "compacted", "seal",
)  # fmt: skip
TYPES = {"csv": "text/csv", "ndjson": "application/x-ndjson"}
Rows = Iterable[Mapping[str, Any]]


def json_lines(rows: Rows) -> Iterator[bytes]:
    """Each row as a line of JSON."""
    for row in rows:
        yield orjson.dumps(row) + b"\n"


def csv_lines(rows: Rows) -> Iterator[bytes]:
    """A head and a line each; lists and objects as JSON, a text that looks like a formula behind an apostrophe."""
    cells = ([_cell(row[name]) for name in COLUMNS] for row in rows)
    for line in sheets.lines(chain([COLUMNS], cells)):
        yield line.encode()


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return sheets.mark(value) if isinstance(value, str) and value else value


FORMATS: Mapping[str, Callable[[Rows], Iterator[bytes]]] = {"csv": csv_lines, "ndjson": json_lines}
