"""Back to an earlier version: a new change, by the same rules as any other."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from marshmallow import Schema, ValidationError

from ..changes import Context, history
from ..changes.context import Unit
from ..errors import Conflict, Invalid, NotFound, Problem, flatten
from ..models import Record
from ..models.wire import dump, public
from . import crud
from .listing import snapshot


def revert(
    model: type[Record], record_id: str, version: int, context: Context, patch: Schema,
    if_match: Collection[int] | None,
    alongside: Callable[[Unit, dict[str, Any]], object] = lambda _unit, _values: None,
) -> tuple[Record, dict[str, Any]]:  # fmt: skip
    """Write what differs from `version` back, in the fields that may be written; the record, and what was written.
    `alongside` is told that, too; see `crud.update`.

    NotFound; Conflict `not-live` for a record that has gone, `history-compacted`; 412 when it changed meanwhile;
    Invalid for a version it never had, or for values that would be refused today; Conflict `taken` and guards as ever.
    """
    with snapshot() as session:
        current = _current(session, model, record_id)
        told = dump(model, current)
        try:
            wanted = history.at_version(session, model, record_id, version)
        except Problem as problem:
            raise Conflict(problem.code, problem.detail) from problem
    if wanted is None:
        raise Invalid({"version": f"there is no version {version} of this record; see its history"})
    values = {
        field.name: wanted[field.name]
        for field in public(model)
        if field.wire.write == "yes" and wanted[field.name] != told[field.name]
    }
    loaded = _loaded(patch, values)
    # what was compared is what must still stand when it is written; of other versions it is told that they clash
    compared = [told["version"]] if if_match is None or told["version"] in if_match else if_match
    return crud.update(model, record_id, loaded, context, compared, lambda unit: alongside(unit, loaded)), loaded


def _current(session: Any, model: type[Record], record_id: str) -> Record:
    try:
        return crud.read(model, record_id)
    except NotFound:
        if not history.was(session, model, record_id):
            raise
        told = "The record has gone; bring it back from the quarantine first."
        raise Conflict("not-live", told) from None


def _loaded(patch: Schema, values: Mapping[str, Any]) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = patch.load(values)
    except ValidationError as error:
        told = "What the record held then would be refused today."
        raise Invalid(dict(flatten(error.messages)), told) from error
    return loaded
