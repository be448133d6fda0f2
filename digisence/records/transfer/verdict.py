"""What becomes of a row: created, updated, left as it is, or refused with what is wrong in it."""

from dataclasses import dataclass, field
from typing import Any

from ...models import Record, new_id
from ...models.types import UtcTime
from ...models.wire import Field, by_name
from ..bulk import encoded
from ..tables import memory, references
from .entry import Entry

CREATED, UPDATED, UNCHANGED, REFUSED = "created", "updated", "unchanged", "failed"
Values = dict[str, Any]


@dataclass(slots=True)
class Verdict:
    """`values` by outer name: the whole new record, or what changes; `before` what that replaces."""

    entry: Entry
    kind: str
    record_id: str | None = None
    version: int = 0
    values: Values = field(default_factory=dict)
    before: Values = field(default_factory=dict)
    code: str = "invalid"
    faults: dict[str, str] = field(default_factory=dict)

    def refuse(self, faults: dict[str, str], code: str = "invalid") -> None:
        """Refuse it after all."""
        self.kind, self.code, self.faults = REFUSED, code, faults


def changes(model: type[Record], entry: Entry, current: Values) -> Values:
    """What a row changes of the record it means. What is not for writing is not looked at."""
    known = by_name(model)
    return {
        name: value
        for name, value in entry.values.items()
        if known[name].wire.write == "yes" and _differs(current[name], value)
    }


def _differs(one: Any, other: Any) -> bool:
    if one != other:
        return True
    # In JSON 1, 1.0 and true are three values; to Python they are one
    return isinstance(one, dict | list | int | float) and one is not other and encoded(one) != encoded(other)


def cleared(model: type[Record], values: Values) -> Values:
    """`values`, and with each reference that they empty its memory emptied."""
    further: Values = {}
    for reference in references(model):
        twin = memory(model, reference.attribute)
        if twin is not None and reference.name in values and values[reference.name] is None:
            further[twin.name] = None
    return {**values, **further}


def whole(model: type[Record], values: Values, now: str) -> Values:
    """A new record by outer name: `values`, and defaults for what they leave out."""
    made = {name: values[name] if name in values else _default(column, now) for name, column in by_name(model).items()}
    for name, column in by_name(model).items():
        if column.wire.follows:
            followed = made[_outer(model, column.wire.follows)]
            made[name] = made[name] if followed is None else followed
    return made


def _outer(model: type[Record], attribute: str) -> str:
    return next(name for name, column in by_name(model).items() if column.attribute == attribute)


def _default(column: Field, now: str) -> Any:
    if column.name == "id":
        return new_id()
    if isinstance(column.type, UtcTime):
        return None if column.column.nullable else now
    default: Any = column.column.default
    return default.arg if default is not None and default.is_scalar else None
