"""What becomes of a row: created, updated, left as it is, or refused with what is wrong in it."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ...models import Record, new_id
from ...models.types import UtcTime
from ...models.wire import Field, by_name
from ..bulk import encoded
from ..tables import memory, references
from .entry import Entry

CREATED, UPDATED, UNCHANGED, REFUSED = "created", "updated", "unchanged", "failed"
Values = dict[str, Any]
OF_SECRETS = {"totpSince"}  # tells of a secret; no file brings that, and sign-in would not ask for it


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
    known = _newborn(model)
    made = {**known.constant, **dict.fromkeys(known.times, now), **values}
    made["id"] = values.get("id") or new_id()
    made |= dict.fromkeys(made.keys() & OF_SECRETS)
    for twin, reference in known.followers:
        made[twin] = made[twin] if made[reference] is None else made[reference]
    return made


@dataclass(frozen=True)
class _Newborn:
    """What a record without a word about it is like."""

    constant: Values
    times: tuple[str, ...]
    followers: tuple[tuple[str, str], ...]


@cache
def _newborn(model: type[Record]) -> _Newborn:
    outer = {column.attribute: name for name, column in by_name(model).items()}
    return _Newborn(
        {name: _default(column) for name, column in by_name(model).items() if name != "id"},
        tuple(name for name, column in by_name(model).items() if _is_clock(column)),
        tuple((name, outer[column.wire.follows]) for name, column in by_name(model).items() if column.wire.follows),
    )


def _is_clock(column: Field) -> bool:
    return isinstance(column.type, UtcTime) and not column.column.nullable


def _default(column: Field) -> Any:
    default: Any = column.column.default
    return default.arg if default is not None and default.is_scalar else None
