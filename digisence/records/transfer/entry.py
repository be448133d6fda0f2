"""A row made ready outside any transaction: each value checked as the API would, and in the form that is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from marshmallow import ValidationError, fields

from ...models import Record
from ...models.types import to_json
from ...models.wire import Field, by_name
from ..schema import input_of
from .files import Row

NATURAL_KEYS = ("email", "slug")  # what finds a record where a row has no id; only where no two may share it


@dataclass(slots=True)
class Entry:
    """A row by outer name: `values` in wire form, `faults` what is wrong with which. `place`: its number, its line."""

    row: Row
    values: dict[str, Any]
    faults: dict[str, str]
    place: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.place = (self.row.number, self.row.line)

    @property
    def id(self) -> str | None:
        """The id it asks for; None for none, or one that cannot be."""
        return None if "id" in self.faults else self.values.get("id")

    @property
    def exact(self) -> bool:
        """Whether it was exported, and so is to be what it was: empty slugs and lost references included."""
        return self.values.get("version") is not None

    def says(self, place: tuple[int, int]) -> str:
        """Where another row stands: its line, or its number where that is the line of this one too."""
        number, line = place
        return f"row {number}" if line == self.row.line else f"line {line}"

    def left_by(self, place: tuple[int, int]) -> str:
        """What to say of the record that it names, when the row that brings that did not go in."""
        return f"{self.says(place)}, which brings this record, was refused"


def columns(model: type[Record]) -> Mapping[str, Field]:
    """What a file may hold: what an export holds."""
    return by_name(model)


def prepare(model: type[Record], row: Row) -> Entry:
    """`row`, checked."""
    values, faults = dict(row.values), dict(row.faults)
    known, readers = by_name(model), inputs(model)
    for name, raw in row.values.items():
        if raw is None and readers[name].allow_none:
            continue
        try:
            values[name] = to_json(known[name].type, readers[name].deserialize(raw))
        except ValidationError as error:
            faults[name] = str(error.messages[0])
    return Entry(row, values, faults)


@cache
def inputs(model: type[Record]) -> Mapping[str, fields.Field[Any]]:
    """What reads each column: the API's own schema, and the like of it for what the API does not let write."""
    return {field.name: input_of(field) for field in by_name(model).values()}


@cache
def natural_key(model: type[Record]) -> str | None:
    """The column that finds a record where a row has no id: `email` of users, `slug`; None where there is none."""
    from ..tables import unique_fields

    unique = {field.name for field in unique_fields(model)}
    return next((name for name in NATURAL_KEYS if name in unique), None)


@cache
def needed(model: type[Record]) -> tuple[str, ...]:
    """What a new record cannot be without, references apart."""
    return tuple(name for name, field in by_name(model).items() if field.wire.required and not field.wire.reference)
