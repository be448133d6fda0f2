"""What an uploaded file holds: its rows, each with the line it begins on, however it is written."""

import codecs
import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...models.wire import Field
from .cells import DECODER, Malformed, parse, read, said

LONGEST = 8_000_000  # characters of one row
SEPARATORS = ",;\t"

Columns = Mapping[str, Field]


class Unreadable(Exception):
    """The file cannot be read from `line` on; the message says why."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"Line {line}: {message}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its number, the line it begins on, its values in wire form, and what cannot be read, by column."""

    number: int
    line: int
    values: dict[str, Any]
    faults: dict[str, str] = field(default_factory=dict)


def kept(row: Row) -> str:
    """A row as a text, to be `restored`."""
    try:
        return json.dumps([row.number, row.line, row.values, row.faults])
    except RecursionError as error:
        return json.dumps([row.number, row.line, {}, {"row": f"is not JSON: {said(error)}"}])


def restored(text: str) -> Row:
    """The row that was `kept`."""
    return Row(*json.loads(text))


def rows(form: str, pieces: Iterable[bytes], columns: Columns) -> Iterator[Row]:
    """The rows of a file in `form` (csv, json, ndjson). Unreadable where the rest of it has no meaning."""
    readers = {"csv": _table, "json": _array, "ndjson": _lines_of_json}
    return readers[form](text(pieces), columns)


def text(pieces: Iterable[bytes]) -> Iterator[str]:
    """UTF-8 pieces as text, without a byte order mark."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    first = True
    for piece in pieces:
        if found := decoder.decode(piece):
            yield found.removeprefix("\ufeff") if first else found
            first = False


def lines(pieces: Iterable[str]) -> Iterator[str]:
    """Text by lines, each with its end."""
    rest: list[str] = []
    size, number = 0, 1
    for piece in pieces:
        *whole, last = piece.split("\n")
        for line in whole:
            yield "".join((*rest, line, "\n"))
            rest, size, number = [], 0, number + 1
        rest.append(last)
        size += len(last)
        if size > LONGEST:
            raise Unreadable(number, f"is longer than {LONGEST:,} characters")
    if size:
        yield "".join(rest)


def header(first: str) -> tuple[list[str], str]:
    """The names in a CSV's first line, and what stands between them: a comma, or what spreadsheets put there.

    Unreadable.
    """
    between = max(SEPARATORS, key=first.count)
    try:
        names = next(csv.reader([first.rstrip("\r\n")], delimiter=between), [])
    except csv.Error as error:
        raise Unreadable(1, _told(str(error))) from error
    return [name.strip() for name in names], between


def _table(pieces: Iterable[str], columns: Columns) -> Iterator[Row]:
    csv.field_size_limit(LONGEST)
    source = lines(pieces)
    names, between = header(next(source, ""))
    known = [columns.get(name) for name in names]
    reader, number = csv.reader(source, strict=True, delimiter=between), 0
    while True:
        line = reader.line_num + 2  # counted after the header
        try:
            cells = next(reader, None)
        except csv.Error as error:
            number += 1
            yield Row(number, line, {}, {"row": _told(str(error))})
            continue
        if cells is None:
            return
        if any(cells):  # spreadsheets end a table with rows and columns of nothing
            number += 1
            yield _row(number, line, names, known, cells)


def _told(error: str) -> str:
    if "unexpected end of data" in error:
        return "a quoted cell is never closed"
    if "new-line character" in error:
        return "a line break stands outside quotes"
    return f"is no CSV: {error}"


def _row(number: int, line: int, names: list[str], known: list[Field | None], cells: list[str]) -> Row:
    if len(cells) != len(names):
        return Row(number, line, {}, {"row": f"has {len(cells)} cells; the header has {len(names)}"})
    values, faults = {}, {}
    for name, column, cell in zip(names, known, cells, strict=True):
        if column is None and not name and not cell:
            continue
        if column is None:
            faults[name or "(no name)"] = "is no column of this resource"
            continue
        try:
            value = read(cell, column)
        except Malformed as error:
            faults[name] = str(error)
            continue
        if value is None and not column.column.nullable:
            continue  # not given: as it is, or the default
        values[name] = value
    return Row(number, line, values, faults)


def _lines_of_json(pieces: Iterable[str], columns: Columns) -> Iterator[Row]:
    number = 0
    for position, line in enumerate(lines(pieces), 1):
        if not line.strip():
            continue
        number += 1
        try:
            found = parse(line.strip())
        except Malformed as error:
            yield Row(number, position, {}, {"row": str(error)})
            continue
        yield _object(number, position, found, columns)


def _object(number: int, line: int, found: Any, columns: Columns) -> Row:
    if not isinstance(found, dict):
        return Row(number, line, {}, {"row": "is no JSON object"})
    unknown = [name for name in found if name not in columns]
    values = {name: value for name, value in found.items() if name in columns}
    return Row(number, line, values, dict.fromkeys(map(printable, unknown), "is no field of this resource"))


def printable(name: str) -> str:
    """A name from a file, so that it can be told."""
    return name[:200].encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _array(pieces: Iterable[str], columns: Columns) -> Iterator[Row]:
    elements = Elements(iter(pieces))
    for number, (line, found) in enumerate(elements.read(), 1):
        yield _object(number, line, found, columns)


class Elements:
    """The elements of a JSON array, one after another, without ever holding the whole."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces, self._text, self._at, self._line = pieces, "", 0, 1

    def read(self) -> Iterator[tuple[int, Any]]:
        """Each element with the line it begins on. Unreadable."""
        self._expect("[", "expected an array: [{…}, {…}]")
        if self._next() == "]":
            self._at += 1
        else:
            while True:
                yield self._line, self._element()
                if self._next() == "]":
                    self._at += 1
                    break
                self._expect(",", "expected , or ] after an element")
                self._next()
        if self._next():
            raise Unreadable(self._line, "something follows the end of the array")

    def _next(self) -> str:
        """The next character that is no space; '' at the end."""
        while True:
            begin = self._at
            while self._at < len(self._text) and self._text[self._at] in " \t\r\n":
                self._at += 1
            self._line += self._text.count("\n", begin, self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _more(self) -> bool:
        piece = next(self._pieces, None)
        if piece is None:
            return False
        self._text, self._at = self._text[self._at :] + piece, 0
        return True

    def _expect(self, letter: str, otherwise: str) -> None:
        if self._next() != letter:
            raise Unreadable(self._line, otherwise)
        self._at += 1

    def _element(self) -> Any:
        while True:
            try:
                found, end = DECODER.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                # Perhaps only cut: look again with more of the text
                if len(self._text) - self._at > LONGEST or not self._more():
                    raise Unreadable(self._line + _lines_to(error, self._at), f"not JSON: {said(error)}") from error
                continue
            self._line += self._text.count("\n", self._at, end)
            self._at = end
            return found


def _lines_to(error: Exception, begin: int) -> int:
    return error.doc.count("\n", begin, error.pos) if isinstance(error, json.JSONDecodeError) else 0
