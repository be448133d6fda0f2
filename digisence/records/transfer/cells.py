"""A value as a CSV cell and back, exactly; no cell is a formula to the spreadsheet that opens it.

An empty cell is null, `'` an empty text. A text that begins with `=`, `+`, `-`, `@` (after spaces, too), a tab or a
line break gets a `'` before it, and so does one that begins with such marks followed by one of these: so each has one
way back.
"""

import json
import re
from typing import Any

from ...models.types import Boolean, Integer, Json
from ...models.wire import Field
from ...sheets import mark, unmark
from ..bulk import encoded

FLAGS = {"true": True, "false": False}


class Malformed(ValueError):
    """A cell that cannot be read; the message says why."""


def write(value: Any, column: Field) -> str:
    """The cell of a value in its wire form."""
    if value is None:
        return ""
    if isinstance(column.type, Boolean):
        return "true" if value else "false"
    return mark(encoded(value) if isinstance(column.type, Json) else str(value))


def read(cell: str, column: Field) -> Any:
    """The wire form of a cell's value. Malformed."""
    if not cell:
        return None
    text = unmark(cell)
    if isinstance(column.type, Boolean):
        return _flag(text)
    if isinstance(column.type, Integer):
        return _whole(text)
    if isinstance(column.type, Json):
        return parse(text)
    return text


def parse(text: str) -> Any:
    """The value of a JSON text. Malformed, also for what is no JSON but for Python."""
    try:
        return DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"is not JSON: {said(error)}") from error


def said(error: Exception) -> str:
    """What is wrong with a JSON text, in a few words."""
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    return f"{error.msg} at its character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else str(error)


def _flag(text: str) -> bool:
    if text.lower() not in FLAGS:
        raise Malformed("must be true or false")
    return FLAGS[text.lower()]


def _whole(text: str) -> int:
    if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        raise Malformed("must be a whole number")
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if number - number != 0:
        raise ValueError(f"{text[:40]} is too large a number")
    return number


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


DECODER = json.JSONDecoder(parse_float=_number, parse_constant=_no_number)
