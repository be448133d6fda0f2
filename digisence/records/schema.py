"""The wire's schemas, made from the declarations: what a record looks like, what a creation and a patch may hold."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError, fields, validate

from ..clock import parse
from ..models import Record
from ..models.types import Boolean, Integer, Json, UtcTime
from ..models.wire import Field, public

SLUG = re.compile(r"[^\W_]+(?:[-_][^\W_]+)*")
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
DEEPEST = 32
WORDS = (".", "..", "bulk", "export", "import", "invite")  # mean something else where an id stands in an address
LARGEST_WHOLE = 2**31 - 1
EXAMPLES = {
    "email": "anna@example.org",
    "url": "https://example.org",
    "slug": "cafe-munchen",
    "id": "01938c1e-7a4b-7c3e-9f00-3a5b7c9d1e2f",
    "name": "Café München",
    "phone": "+49 89 123456",
    "password": "three grey horses run",
    "newPassword": "four white geese sing",
    "businessName": "Café München",
    "contactName": "Anna Huber",
    "message": "Are you open on Sundays?",
    "requirements": "Our two branches",
}

Validator = Callable[[Any], Any]


class Flag(fields.Boolean):
    """true or false, and nothing that merely looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:  # noqa: ARG002
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Whole(fields.Integer):
    """A whole number that both databases hold."""

    def __init__(self, **options: Any) -> None:
        """The documentation says how large it may be."""
        least = {} if options.get("validate") else {"minimum": -LARGEST_WHOLE}
        told = {**least, "maximum": LARGEST_WHOLE, **options.pop("metadata", {})}
        super().__init__(metadata=told, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:  # noqa: ARG002
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())  # to JSON, 5.0 is 5
        if not whole or isinstance(value, bool) or abs(value) > LARGEST_WHOLE:
            raise self.make_error("invalid", input=value)
        return int(value)


class Reference(fields.String):
    """An id; null is let through for crud to refuse with a code of its own, though nothing offers it."""

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """The id, or null."""
        return None if value is None else super().deserialize(value, attr, data, **kwargs)


class Moment(fields.DateTime):
    """A time in RFC 3339."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:  # noqa: ARG002
        try:
            return moment(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error


@dataclass(frozen=True)
class Shapes:
    """The schemas of a resource by name: Business, BusinessCreate, BusinessPatch, BusinessList, BusinessChanges."""

    record: type[Schema]
    create: type[Schema]
    patch: type[Schema]
    page: type[Schema]
    changes: type[Schema]


@cache
def shapes(model: type[Record], secrets: tuple[str, ...] = ()) -> Shapes:
    """The schemas of `model`. `secrets` are write-only texts (`password`) that creations and patches may hold besides.

    A creation and a patch load into a dict by attribute; a field that is unknown or not for writing is refused by name.
    """
    name = model.__name__
    hidden = {
        secret: fields.String(load_only=True, validate=[plain], metadata={"description": "Write-only"})
        for secret in secrets
    }
    record = _make(name, {field.name: _output(field) for field in public(model)})
    create = {field.name: _input(field, creating=True) for field in public(model) if field.wire.write != "no"}
    patch = {field.name: _input(field, creating=False) for field in public(model) if field.wire.write == "yes"}
    items = fields.List(fields.Nested(record), required=True)
    numbers = {key: fields.Integer(required=True, metadata={"example": 1}) for key in ("page", "limit", "total")}
    deleted = fields.List(fields.String(), required=True, metadata={"example": [EXAMPLES["id"]]})
    position = fields.String(required=True, metadata={"example": "1700000000000-0"})
    return Shapes(
        record,
        _make(f"{name}Create", create | hidden),
        _make(f"{name}Patch", patch | hidden),
        _make(f"{name}List", {"items": items} | numbers),
        _make(f"{name}Changes", {"items": items, "deleted": deleted, "position": position}),
    )


def _make(name: str, members: Mapping[str, Any]) -> type[Schema]:
    meta = type("Meta", (), {"register": False})
    return type(name, (Schema,), {**members, "Meta": meta})


def _output(field: Field) -> fields.Field[Any]:
    return _kind(field)(required=True, allow_none=bool(field.column.nullable), metadata=_told(field))


def _input(field: Field, *, creating: bool) -> fields.Field[Any]:
    kind = Reference if field.wire.required and field.wire.reference else _kind(field)
    return kind(
        attribute=field.attribute,
        required=creating and field.wire.required,
        allow_none=bool(field.column.nullable) and not field.wire.required,
        validate=_rules(field),
        metadata=_told(field) | TOLD.get(field.wire.form, {}),
    )


@cache
def input_of(field: Field) -> fields.Field[Any]:
    """What reads a value of one column, on its own: as a creation does, also where the wire does not let write."""
    if field.name == "id":
        return fields.String(validate=[plain, validate.Length(min=1, max=200)])
    return _input(field, creating=False)


def _kind(field: Field) -> type[fields.Field[Any]]:
    kinds: tuple[tuple[type, type[fields.Field[Any]]], ...] = (
        (UtcTime, Moment), (Json, fields.Raw), (Boolean, Flag), (Integer, Whole),
    )  # fmt: skip
    return next((made for type_, made in kinds if isinstance(field.type, type_)), fields.String)


def _rules(field: Field) -> list[Validator]:
    """What a value must be, from its declaration."""
    wire = field.wire
    if isinstance(field.type, Json):
        return [plain_json]
    if _kind(field) is not fields.String:
        return []
    rules: list[Validator] = [plain]
    if wire.shortest or wire.longest:
        rules.append(validate.Length(min=wire.shortest, max=wire.longest))
    if wire.shortest:
        rules.append(not_blank)
    if wire.choices:
        rules.append(validate.OneOf(wire.choices))
    if wire.form:
        rules.append(FORMS[wire.form])
    return rules


def _told(field: Field) -> dict[str, Any]:
    """What the documentation says about a field."""
    wire = field.wire
    told: dict[str, Any] = {}
    if wire.reference:
        told["description"] = f"Id of one of the {wire.reference}"
    elif wire.follows:
        told["description"] = f"The last id that the record's {field.name.removesuffix('Ref')} had"
    if wire.choices:
        told["enum"] = [*wire.choices]
    example = _example(field)
    return told if example is None else {**told, "example": example}


def _example(field: Field) -> Any:
    wire = field.wire
    if wire.choices:
        return wire.choices[0]
    if isinstance(field.type, UtcTime):
        return "2026-11-23T10:00:00.000Z"
    if isinstance(field.type, Boolean | Integer):
        return 1 if isinstance(field.type, Integer) else True
    if wire.reference or wire.follows or field.name == "id":
        return EXAMPLES["id"]
    return EXAMPLES.get(wire.form) or EXAMPLES.get(field.name)


def sample(model: type[Record]) -> dict[str, Any]:
    """The least that makes a record, by way of example."""
    return {field.name: _example(field) for field in public(model) if field.wire.required}


def plain(text: str) -> None:
    """Refuse what a database cannot hold in a text."""
    if "\0" in text:
        raise ValidationError("Leave out the NUL character (\\u0000).")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValidationError("Leave out half a surrogate pair: it is no character.") from error


def plain_json(value: Any, depth: int = 0) -> None:
    """Refuse JSON that one of the databases would not give back as it was."""
    if depth > DEEPEST:
        raise ValidationError(f"Nest no deeper than {DEEPEST} levels.")
    if isinstance(value, str):
        plain(value)
    elif isinstance(value, int) and abs(value) >= 2**53 and not _as_float(value):
        raise ValidationError("Write whole numbers beyond 2^53 as text.")
    elif isinstance(value, dict | list):
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            plain_json(part, depth + 1)


def _as_float(value: int) -> bool:
    """Whether a whole number is how PostgreSQL tells a float: what it gave back may be sent again."""
    return abs(value) < 2**64 and Decimal(repr(float(value))) == value


def moment(text: str) -> datetime:
    """The time that `text` tells; ValueError, with what to do, when it tells none that both databases sort."""
    try:
        found = parse(text)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError("write a time as 2026-11-23T10:00:00Z") from error
    if not EARLIEST <= found < LATEST:
        raise ValueError("choose a time between the years 1900 and 3000")
    return found


def not_blank(text: str) -> None:
    """Refuse a text of nothing but spaces."""
    if text and not text.strip():
        raise ValidationError("May not be blank.")


def addressable(record_id: str) -> bool:
    """Whether a record of this id can be named in an address."""
    return "/" not in record_id and record_id not in WORDS


def is_url(text: str) -> None:
    """Refuse what is not an http or https address."""
    try:
        found = urlsplit(text)
        sound = found.scheme in ("http", "https") and bool(found.hostname) and found.port != 0
    except ValueError:
        sound = False
    if not sound or any(letter.isspace() or not letter.isprintable() for letter in text):
        raise ValidationError("Write an address as https://example.org; null clears it.")


def is_slug(text: str) -> None:
    """Refuse what does not fit into an address; '' is allowed, it asks for a slug made from the name."""
    if text and (not SLUG.fullmatch(text) or text != text.lower()):
        raise ValidationError("Write a slug in lower-case letters and digits, with single hyphens: cafe-munchen.")


FORMS: Mapping[str, Validator] = {
    "email": validate.Email(error="Write an e-mail address as anna@example.org."),
    "url": is_url,
    "slug": is_slug,
}
# What the documentation says of a form
TOLD: Mapping[str, dict[str, Any]] = {
    "email": {"format": "email"},
    "url": {"format": "uri", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"},
    "slug": {"description": "Lower-case letters and digits, with single hyphens; '' asks for one made from the name"},
}


def is_time(field: Field) -> bool:
    """Whether a field holds a time, so that lists compare it."""
    return isinstance(field.type, UtcTime)
