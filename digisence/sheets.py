"""Tables as CSV, a line at a time, in which no cell is a formula to the spreadsheet that opens it."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

# What a spreadsheet would calculate, or drop: it does not show what stands before it
ODD = r"(?:[\t\r\n]|[\s\ufeff\u200b]*[=+\-@\uff1d\uff0b\uff0d\uff20]|\Z)"
FORMULA = re.compile(f"'*{ODD}")
MARKED = re.compile(f"'+{ODD}")


def lines(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Each row as a line of CSV (RFC 4180); None is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow(row)
        yield text.getvalue()
        text.seek(0)
        text.truncate()


def mark(text: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula: behind an apostrophe if need be."""
    return f"'{text}" if FORMULA.match(text) else text


def unmark(cell: str) -> str:
    """The text that `mark` made a cell of."""
    return cell[1:] if MARKED.match(cell) else cell
