"""The doors of a review: take an application in hand, decide about it, take the decision back."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from ..accounts import review
from ..models import Record
from ..models.wire import dump
from ..records import schema
from . import guard
from .conditional import answer, wanted_versions
from .resource import CONDITION, ETAG, Door, refusals

LONGEST_REASON = 2000
REFUSED = {
    404: "No such record",
    409: "Decided already, or something is in the way; the detail says what to do",
    412: "Changed meanwhile; `current` is the record as it is",
    422: "Fields at fault, each named",
}

Act = Callable[..., Record]


class Assignment(Schema):
    """Who shall review it."""

    reviewer = fields.String(
        required=True,
        validate=[schema.plain, validate.Length(min=1, max=200)],
        metadata={"description": "Id of an active superadmin", "example": schema.EXAMPLES["id"]},
    )


class Rejection(Schema):
    """Why not."""

    reason = fields.String(
        required=True,
        validate=[schema.plain, validate.Length(min=1, max=LONGEST_REASON), schema.not_blank],
        metadata={"description": "Told to the applicant by mail", "example": "The address could not be verified."},
    )


class Nothing(Schema):
    """No field: an empty body or none."""


def add(door: Door, model: type[Record], plain: Mapping[str, tuple[Act, str]]) -> None:
    """The doors of a review of `model`. `plain`: steps that take no body, each with what it does and its title."""
    own = {
        "review": (_mine(model), "Take it in hand oneself"),
        "reopen": (_reopen(model), "Take the decision back"),
    }
    for name, (act, title) in {**own, **plain}.items():
        step(door, model, name, title, Nothing, _bare(act))
    step(door, model, "assign", "Give it to a superadmin to review", Assignment, _assign(model))
    step(door, model, "reject", "Turn it down; the applicant is mailed the reason", Rejection, _reject(model))


def step(door: Door, model: type[Record], name: str, title: str, body: type[Schema], act: Act) -> None:
    """POST /ID/name: `act(values, record_id)`, answered with the record."""
    required = any(field.required for field in body().fields.values())

    @door.route(f"/<record_id>/{name}", endpoint=name, methods=["POST"])
    @guard.superadmin
    @door.doc(summary=title, parameters=[CONDITION])
    @door.arguments(body, required=required)
    @door.response(200, schema.shapes(model, ()).record, headers=ETAG)
    @refusals(door, REFUSED)
    def take(values: dict[str, Any] | None, record_id: str) -> Response:
        record: Any = act(values or {}, record_id)
        return answer(dump(model, record), str(record.version))


def _bare(act: Act) -> Act:
    return lambda _values, record_id: act(record_id, guard.context(), wanted_versions())


def _mine(model: type[Record]) -> Act:
    return lambda record_id, context, versions: review.assign(model, record_id, None, context, versions)


def _reopen(model: type[Record]) -> Act:
    return lambda record_id, context, versions: review.reopen(model, record_id, context, versions)


def _assign(model: type[Record]) -> Act:
    return lambda values, record_id: review.assign(
        model, record_id, values["reviewer"], guard.context(), wanted_versions()
    )


def _reject(model: type[Record]) -> Act:
    return lambda values, record_id: review.reject(
        model, record_id, values["reason"], guard.context(), wanted_versions()
    )
