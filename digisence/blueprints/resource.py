"""The one factory: list, create, read, patch and delete of a resource, from its model's declarations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema, missing
from webargs.flaskparser import FlaskParser

from ..changes.context import Unit
from ..errors import Invalid
from ..extensions.api import PROBLEM_TYPE, ProblemSchema
from ..models import Record
from ..models.wire import Field, dump, public
from ..records import crud, decisions, freshness, listing, query, schema
from . import guard
from .conditional import answer, nothing, unchanged, wanted_versions

Values = dict[str, Any]
Prepare = Callable[[Values], Values]  # a secret's outer value → what is stored
Parameter = dict[str, Any]

ETAG = {"ETag": {"schema": {"type": "string"}, "description": 'The version in quotes: "5"'}}
CHANGED = {409: "In the way: a value that is taken, a guard", 422: "Fields, filters or parameters at fault, each named"}
LISTED = {"style": "form", "explode": False}  # a,b,c
CONDITION: Parameter = {
    "in": "header", "name": "If-Match", "schema": {"type": "string"},
    "description": "Write only when the record still has this ETag, or one of these; `*`: whatever it has",
}  # fmt: skip


@dataclass(frozen=True)
class Written:
    """What follows a write: `within` a patch's unit of work (told the id and the values), `after` it stands (None for
    the values: deleted).
    """

    within: Callable[[Unit, str, Values], object] = lambda _unit, _record_id, _values: None
    after: Callable[[str, Values | None], object] = lambda _record_id, _values: None


class Body(FlaskParser):
    """Reads JSON as the application does, and refuses a body that is none."""

    def load_json(self, req: Any, schema: Schema) -> Any:  # noqa: ARG002
        """The body's value, `missing` without a body; 400 or 415 when it is not JSON."""
        return req.get_json() if req.get_data() else missing


class Door(Blueprint):  # type: ignore[misc]
    """A smorest blueprint whose bodies are read by `Body`."""

    ARGUMENTS_PARSER = Body()


def resource(
    model: type[Record], *, secrets: Mapping[str, Prepare] | None = None, written: Written = Written()
) -> Blueprint:
    """The blueprint of `model` under /api/admin, for superadmins.

    `secrets`: write-only fields by outer name, each with the function that turns the loaded values (by attribute, the
    secret under its outer name) into what is stored.
    """
    door = Door(
        model.__resource__, __name__, url_prefix=f"/api/admin/{model.__resource__}", description=model.__doc__ or ""
    )
    shapes = schema.shapes(model, tuple(secrets or ()))
    _add_list(door, model, shapes)
    _add_read(door, model, shapes)
    _add_create(door, model, shapes, secrets or {})
    _add_update(door, model, shapes, secrets or {}, written)
    _add_delete(door, model, written)
    from . import bulk, deletion, history, transfer  # which build on this file

    transfer.add(door, model)
    bulk.add(door, model)
    history.add(door, model, shapes, written)
    deletion.add(door, model)
    return door


def _add_list(door: Door, model: type[Record], shapes: schema.Shapes) -> None:
    either = {"oneOf": [shapes.page, shapes.changes]}

    @door.route("", endpoint="list", parameters=None)
    @guard.superadmin
    @door.doc(parameters=list_parameters(model), summary=f"List {model.__resource__}, or what changed of them")
    @door.response(200, either, headers=ETAG)
    @refusals(door, {410: "`since` is older than what is kept", 422: CHANGED[422]})
    def index() -> Response:
        arguments = request.args.to_dict(flat=False)
        ask = _question(model, arguments)
        with listing.snapshot() as session:
            tag = freshness.tag(session, {"": [request.path], **arguments}, guard.identity().role)
            modified = freshness.last_modified(session, model.__resource__)
            if unchanged(tag, modified):
                return answer(None, tag, modified)
            found = vars(ask(session))
        return answer(found, tag, modified)


def _question(model: type[Record], arguments: Mapping[str, list[str]]) -> Callable[[Unit], Any]:
    """What reads the answer to URL parameters: a Page, with `since` a Delta. Invalid names each parameter at fault."""
    since = _since(arguments)
    if since is not None:
        return lambda session: freshness.since(session, model, since)
    asked = query.parse(model, arguments)
    return lambda session: listing.page(model, asked, session)


def _since(arguments: Mapping[str, list[str]]) -> str | None:
    if "since" not in arguments:
        return None
    wrong = {name: "cannot be combined with since" for name in arguments if name != "since"}
    if len(arguments["since"]) > 1:
        wrong["since"] = "may be given once"
    if wrong:
        raise Invalid(wrong, "Some parameters are not valid.")
    return arguments["since"][0]


def _add_read(door: Door, model: type[Record], shapes: schema.Shapes) -> None:
    from . import history  # which builds on this file

    @door.route("/<record_id>", endpoint="read")
    @guard.superadmin
    @guard.parameters
    @door.doc(summary=f"One of the {model.__resource__}, as it stands or as it stood", parameters=[history.AS_OF])
    @door.response(200, shapes.record, headers=ETAG)
    @refusals(door, {404: "No such record", 410: history.NOT_KEPT, 422: CHANGED[422]})
    def read(record_id: str) -> Response:
        if (then := history.stood(model, record_id)) is not None:
            return then
        with listing.snapshot() as session:
            record = crud.read(model, record_id)
            tag, modified = str(record.version), freshness.last_modified(session, model.__resource__)
            body = None if unchanged(tag, modified) else dump(model, record)
        return answer(body, tag, modified)


def _add_create(door: Door, model: type[Record], shapes: schema.Shapes, secrets: Mapping[str, Prepare]) -> None:
    @door.route("", endpoint="create", methods=["POST"])
    @guard.superadmin
    @door.doc(summary=f"Add to the {model.__resource__}")
    @door.arguments(shapes.create)
    @door.response(201, shapes.record, headers={**ETAG, "Location": {"schema": {"type": "string"}}})
    @refusals(door, CHANGED)
    def create(values: Values) -> Response:
        with listing.snapshot() as session:
            decisions.check_new(session, model, values)
        record = crud.create(model, _stored(values, secrets), guard.context())
        response = answer(dump(model, record), str(record.version), status=201)
        response.headers["Location"] = f"/api/admin/{model.__resource__}/{record.id}"
        return response


def _add_update(
    door: Door, model: type[Record], shapes: schema.Shapes, secrets: Mapping[str, Prepare], written: Written
) -> None:
    @door.route("/<record_id>", endpoint="update", methods=["PATCH"])
    @guard.superadmin
    @door.doc(summary="Change some fields: what is absent stays, null clears", parameters=[CONDITION])
    @door.arguments(shapes.patch)
    @door.response(200, shapes.record, headers=ETAG)
    @refusals(door, {404: "No such record", 412: "Changed meanwhile; `current` is the record as it is", **CHANGED})
    def update(values: Values, record_id: str) -> Response:
        record = crud.update(
            model, record_id, _stored(values, secrets), guard.context(), wanted_versions(),
            lambda unit: written.within(unit, record_id, values),
        )  # fmt: skip
        written.after(record_id, values)
        return answer(dump(model, record), str(record.version))


def _add_delete(door: Door, model: type[Record], written: Written) -> None:
    named = {"X-Quarantine-Id": {"schema": {"type": "string"}, "description": "The entry that brings it back"}}

    @door.route("/<record_id>", endpoint="delete", methods=["DELETE"])
    @guard.superadmin
    @door.doc(summary="Put into quarantine, with what belongs to it", parameters=[CONDITION])
    @door.response(204, headers=named)
    @refusals(door, {404: "No such record", 412: "Changed meanwhile; `current` is the record as it is", **CHANGED})
    def delete(record_id: str) -> Response:
        entry = crud.delete(model, record_id, guard.context(), wanted_versions())
        written.after(record_id, None)
        return nothing(204, {"X-Quarantine-Id": entry.id})


def _stored(values: Values, secrets: Mapping[str, Prepare]) -> Values:
    """`values` with each secret in the form that is stored."""
    stored = dict(values)
    for name, prepare in secrets.items():
        if name in stored:
            stored = prepare(stored)
    return stored


def refusals(door: Blueprint, told: Mapping[int, str]) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Document what a view may refuse: 401, 403 and `told`, as Problems."""

    return problems(door, {401: "Not signed in", 403: "Not a superadmin", **told})


def problems(door: Blueprint, told: Mapping[int, str]) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Document what a view may refuse: `told`, as Problems."""

    def document(view: Callable[..., Response]) -> Callable[..., Response]:
        for status, sentence in told.items():
            view = door.alt_response(status, schema=ProblemSchema, content_type=PROBLEM_TYPE, description=sentence)(
                view
            )
        return view

    return document


def list_parameters(model: type[Record]) -> list[Parameter]:
    """The URL parameters of a list, for the documentation."""
    told = [
        _parameter("page", {"type": "integer", "minimum": 1, "maximum": query.LAST_PAGE, "default": 1}, "Which page"),
        _parameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": query.LARGEST_LIMIT, "default": query.LIMIT},
            "Rows a page",
        ),
        _parameter(
            "search",
            {"type": "string", "maxLength": query.LONGEST_SEARCH},
            "Words that must all occur, whatever their case",
        ),
        {**_parameter("sort", _sorts(model), "In this order; with `-` from the end"), **LISTED},
        _parameter("since", {"type": "string"}, "A position: only what changed after it; stands alone"),
    ]
    return told + [found for field in public(model) if field.wire.filter for found in _filters(field)]


def _filters(field: Field) -> list[Parameter]:
    if schema.is_time(field):
        names = [f"{field.name}[{word}]" for word in ("gte", "lte", "gt", "lt", "ne")]
        return [_parameter(name, {"type": "string", "format": "date-time"}, "") for name in (field.name, *names)]
    values: Parameter = {"type": "string"}
    if choices := query.choices(field):
        values["enum"] = [*choices, *(["null"] if field.column.nullable else [])]
    sentence = "Any of these values" + ("; `null`: empty" if field.column.nullable else "")
    listed = {"type": "array", "items": values} | ({"minItems": 1} if choices else {})
    return [
        {**_parameter(field.name, listed, sentence), **LISTED},
        {**_parameter(f"{field.name}[ne]", listed, "None of these values"), **LISTED},
    ]


def _sorts(model: type[Record]) -> Parameter:
    names = [field.name for field in public(model) if field.wire.sort]
    ways: Parameter = {"type": "string", "enum": [way + name for name in names for way in ("", "-")]}
    return {"type": "array", "items": ways, "minItems": 1, "uniqueItems": True, "example": ["-createdAt"]}


def _parameter(name: str, form: Parameter, description: str) -> Parameter:
    return {"in": "query", "name": name, "schema": form, "description": description}
