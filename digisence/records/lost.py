"""References that lead nowhere: found for many changes in one look, and told by field."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ..changes.context import Unit
from ..models import Record
from ..models.wire import Field
from .closure import missing
from .tables import references

Values = Mapping[str, Any]
Lost = Mapping[str, set[str]]


def find(
    session: Unit, model: type[Record], changes: Sequence[Values], key: Literal["attribute", "name"] = "attribute"
) -> dict[str, set[str]]:
    """The ids that `changes` name and no record has, by the reference's attribute, or its outer name (`key`)."""
    found = {}
    for field in references(model):
        name = getattr(field, key)
        if named := {value for values in changes if isinstance(value := values.get(name), str)}:
            found[name] = missing(session, field.wire.reference, named)
    return found


def wrong(model: type[Record], values: Values, lost: Lost) -> dict[str, str]:
    """What is wrong with `values` (by attribute), by outer name."""
    return {
        field.name: told(field, values[field.attribute])
        for field in references(model)
        if values.get(field.attribute) in lost.get(field.attribute, ())
    }


def told(field: Field, value: Any) -> str:
    """That this reference leads nowhere."""
    return f"there is no record {value!r} among the {field.wire.reference}"
