"""A resource as a file: every record that a list would show, from one snapshot, a portion at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from tempfile import TemporaryFile
from threading import Lock, Timer
from typing import IO, Any

from sqlalchemy import Connection, select
from sqlalchemy.engine import Result

from ... import sheets
from ...changes import Context, events, unit_of_work
from ...errors import Invalid
from ...extensions.db import db
from ...models import Record
from ...models.types import to_json
from ...models.wire import public
from ..bulk import encoded
from ..listing import conditions, ordered
from ..query import Query, parse, single
from . import cells

PORTION = 500
PIECE = 64_000  # bytes
HELD = 20.0  # seconds
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "ndjson": "application/x-ndjson"}
NOT_HERE = ("page", "limit", "since")

Rows = Iterator[Sequence[Any]]


class Export(Iterator[bytes]):
    """A file on its way out. It holds a connection until it is read to its end, or closed, or HELD seconds are over:
    whoever reads so slowly gets the rest from a file, for the database keeps all that a snapshot may still see.
    """

    def __init__(self, connection: Connection, pieces: Iterator[str]) -> None:
        self._connection, self._pieces = connection, pieces
        self._lock = Lock()
        self._rest: IO[bytes] | None = None
        self._fault: Exception | None = None
        self._watch = Timer(HELD, self._put_by)
        self._watch.daemon = True
        self._watch.start()

    def __next__(self) -> bytes:
        with self._lock:
            if self._fault:
                raise self._fault
            portion = self._rest.read(PIECE) if self._rest else "".join(islice(self._pieces, PORTION)).encode()
        if not portion:
            self.close()
            raise StopIteration
        return portion

    @property
    def reads(self) -> bool:
        """Whether it still holds a connection."""
        return not self._connection.closed

    def close(self) -> None:
        """Give the connection back."""
        self._watch.cancel()
        with self._lock:
            self._pieces = iter(())
            self._connection.close()
            if self._rest:
                self._rest.close()
                self._rest = None

    def _put_by(self) -> None:
        with self._lock:
            if self._connection.closed:
                return
            rest = TemporaryFile()  # noqa: SIM115 closed with the export
            try:
                rest.writelines(piece.encode() for piece in self._pieces)
                rest.seek(0)
                self._rest = rest
            except Exception as error:  # noqa: BLE001 raised where the export is read
                self._fault = error
                rest.close()
            self._connection.close()


def asked(model: type[Record], arguments: Mapping[str, Sequence[str]]) -> tuple[str, Query]:
    """The format and the Query that URL parameters mean: a list's, without its pages. Invalid names each at fault."""
    rest = dict(arguments)
    wrong = {name: "is no parameter here: an export has all that the filters find" for name in NOT_HERE if name in rest}
    form = single(rest, "format", "csv", wrong)
    if form not in TYPES:
        wrong["format"] = f"must be one of {', '.join(TYPES)}"
    try:
        query = parse(model, {name: values for name, values in rest.items() if name not in NOT_HERE})
    except Invalid as error:
        wrong = {**error.fields, **wrong}
    if wrong:
        raise Invalid(wrong, "Some parameters are not valid.")
    return form, query


def export(
    model: type[Record], form: str, query: Query, context: Context, told: Mapping[str, Any] | None = None
) -> Export:
    """The file, in portions. That it was asked for is an event, which `told` describes."""
    with unit_of_work(context) as session:
        events.record(session, "exported", resource=model.__resource__, detail={"format": form, **(told or {})})
    connection = db.engine.connect()
    try:
        rows = _read(connection, model, query)
    except BaseException:
        connection.close()
        raise
    return Export(connection, FORMS[form](model, iter(rows)))


def _read(connection: Connection, model: type[Record], query: Query) -> Result[Any]:
    dialect = connection.dialect.name
    shown = [field.column for field in public(model)]
    statement = ordered(select(*shown).where(*conditions(model, query, dialect)), model, query)
    # SQLite's read transaction is a snapshot by itself
    level = {"isolation_level": "REPEATABLE READ"} if dialect == "postgresql" else {}
    connection.execution_options(yield_per=PORTION, **level)
    return connection.execute(statement)


def _table(model: type[Record], rows: Rows) -> Iterator[str]:
    columns = public(model)
    head = [column.name for column in columns]
    told = (zip(columns, row, strict=True) for row in rows)
    body = ([cells.write(to_json(column.type, value), column) for column, value in row] for row in told)
    return sheets.lines(chain([head], body))


def _lines(model: type[Record], rows: Rows) -> Iterator[str]:
    columns = public(model)
    for row in rows:
        told = zip(columns, row, strict=True)
        yield encoded({column.name: to_json(column.type, value) for column, value in told}) + "\n"


def _array(model: type[Record], rows: Rows) -> Iterator[str]:
    """One record a line, within brackets."""
    before = "[\n"
    for line in _lines(model, rows):
        yield before + line.rstrip("\n")
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


FORMS: Mapping[str, Callable[[type[Record], Rows], Iterator[str]]] = {"csv": _table, "json": _array, "ndjson": _lines}
