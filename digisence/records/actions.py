"""What may be done to many records at once, and to which: a request read strictly, each thing wrong with it named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema, ValidationError

from ..changes.context import Unit
from ..errors import Invalid, Problem, flatten
from ..models import Record
from ..models.bulk_action import ACTIVATE, BULK_ACTIONS, DEACTIVATE, DELETE, SET
from . import crud, query, schema

AT_ONCE = 500  # records; more are a job
LONGEST_ID = 200
WRITES: Mapping[str, Mapping[str, Any]] = {ACTIVATE: {"is_active": True}, DEACTIVATE: {"is_active": False}}
OF_LISTS = ("page", "limit", "sort", "since")  # a bulk action is for all that the filter finds

Body = Mapping[str, Any]
Filter = dict[str, list[str]]

__all__ = ["ACTIVATE", "AT_ONCE", "BULK_ACTIONS", "DEACTIVATE", "DELETE", "SET", "Ask", "read", "written"]


@dataclass(frozen=True)
class Ask:
    """An action on the records of `ids`, each once, or on all that `filter` finds.

    `values`: what `set` writes, by outer name. `versions`: the version that the asker saw of some of the ids.
    """

    action: str
    values: Body | None = None
    ids: Sequence[str] | None = None
    filter: Filter | None = None
    versions: Mapping[str, int] = field(default_factory=dict)


def read(session: Unit, model: type[Record], body: Body) -> Ask:
    """The Ask that a body of the wire's shape means. Invalid names every field at fault; `admin-required`."""
    wrong: dict[str, str] = {}
    action = body["action"]
    if ("ids" in body) == ("filter" in body):
        wrong["ids"] = "name the records by ids or by filter, one of the two"
    if action in WRITES and not hasattr(model, "is_active"):
        wrong["action"] = f"{model.__resource__} are neither active nor inactive"
    ids = list(dict.fromkeys(body["ids"])) if "ids" in body else None
    wrong |= _versions(ids, body.get("versions") or {})
    found = _filter(model, body["filter"], wrong) if "filter" in body else None
    values = _values(session, model, action, body.get("values"), wrong)
    if wrong:
        raise Invalid(wrong)
    return Ask(action, values, ids, found, body.get("versions") or {})


def written(model: type[Record], action: str, values: Body | None) -> dict[str, Any]:
    """What an action writes, by attribute."""
    if action in WRITES:
        return dict(WRITES[action])
    return dict(shape(model).load(dict(values or {}))) if action == SET else {}


def shape(model: type[Record]) -> Schema:
    """What `set` may write: as a patch does, without secrets."""
    return schema.shapes(model).patch()


def _versions(ids: Sequence[str] | None, versions: Mapping[str, int]) -> dict[str, str]:
    if ids is None and versions:
        return {"versions": "belong to ids; a filter has none"}
    known = set(ids or ())
    return {f"versions.{record_id}": "is not among the ids" for record_id in versions if record_id not in known}


def _filter(model: type[Record], asked: Body, wrong: dict[str, str]) -> Filter:
    found: Filter = {}
    for name, value in asked.items():
        listed = value if isinstance(value, list) else [value]
        texts = [_text(one) for one in listed]
        if name in OF_LISTS:
            wrong[f"filter.{name}"] = "belongs to lists; a bulk action is for all that its filter finds"
        elif name == "search" and not "".join(text or "" for text in texts).strip():
            wrong["filter.search"] = "may not be blank: that finds all; leave it out if all are meant"
        elif not texts or None in texts:
            wrong[f"filter.{name}"] = "write a text, true, false, null, a whole number or a list of these"
        else:
            found[name] = [text for text in texts if text is not None]
    try:
        query.parse(model, found)
    except Invalid as error:
        wrong |= {f"filter.{name}": sentence for name, sentence in error.fields.items()}
    return found


def _text(value: Any) -> str | None:
    """A filter's value as a URL would tell it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    return str(value) if isinstance(value, str | int) else None


def _values(session: Unit, model: type[Record], action: str, values: Body | None, wrong: dict[str, str]) -> Body | None:
    if action != SET:
        if values:
            wrong["values"] = f"{action} takes none; `set` writes values"
        return None
    if not values:
        wrong["values"] = "name at least one field to set"
        return None
    try:
        crud.check_references(session, model, shape(model).load(dict(values)))
    except ValidationError as error:
        wrong |= {f"values.{name}": sentence for name, sentence in flatten(error.messages)}
    except Problem as problem:
        if problem.code != "invalid":
            raise
        wrong |= {f"values.{name}": sentence for name, sentence in problem.fields.items()}
    return values
