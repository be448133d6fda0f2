"""What a document becomes: the row of a resource, and what of it found no column."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Boolean, Integer
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from ..clock import parse, to_wire, utcnow
from ..models import (
    Business,
    BusinessListingInquiry,
    Category,
    Inquiry,
    Professional,
    Record,
    RegistrationInquiry,
    User,
)
from ..models.types import Json, UtcTime
from ..models.wire import Field, fields
from ..records.schema import addressable
from .extended import plain

COLLECTIONS: Mapping[str, type[Record]] = {
    "users": User,
    "categories": Category,
    "businesses": Business,
    "professionals": Professional,
    "inquiries": Inquiry,
    "professional_inquiries": Inquiry,
    "business_listing_inquiries": BusinessListingInquiry,
    "registration_inquiries": RegistrationInquiry,
}
FURTHER_NAMES = {"product_ref": "productId", "service_ref": "serviceId"}
OURS = ("id", "version")  # never taken from a dump's field of that name
NUL = "held NUL characters, which no database text can"
HASHES = ("$2a$", "$2b$", "$2y$", "$argon2")


@dataclass(frozen=True)
class Candidate:
    """A document on its way in. `row` (by column) is None where it has no place; `reasons` tell what did not fit."""

    collection: str
    id: str
    document: dict[str, Any] = field(repr=False)
    row: dict[str, Any] | None
    reasons: tuple[str, ...] = ()

    def value(self, column: str) -> Any:
        """What the row says in `column`; None where there is no row."""
        return self.row[column] if self.row else None

    def with_value(self, column: str, value: Any) -> "Candidate":
        """The same with another value in `column`."""
        return replace(self, row={**(self.row or {}), column: value})

    def without(self, column: str, reason: str) -> "Candidate":
        """The same with that column empty, and the reason."""
        return replace(self.with_value(column, None), reasons=(*self.reasons, reason))

    def refused(self, reason: str) -> "Candidate":
        """The same without a place, and the reason."""
        return replace(self, row=None, reasons=(*self.reasons, reason))

    def fingerprint(self) -> str:
        """Tells two documents with the same id apart."""
        return hashlib.sha256(orjson.dumps(self.document, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]


def shape(collection: str, document: dict[str, Any]) -> Candidate:
    """`document` as a candidate for its resource. Nothing is looked up: references are as the dump says."""
    record_id, fault = _identity(document)
    unplaced = Candidate(collection, record_id, document, None)
    model = COLLECTIONS.get(collection)
    if model is None:
        return unplaced.refused("no resource takes this collection")
    if fault:
        return unplaced.refused(fault)
    return _fill(model, replace(unplaced, row={"id": record_id, "version": 1}))


def _identity(document: dict[str, Any]) -> tuple[str, str]:
    found = plain(document.get("_id"))
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if isinstance(found, str) and found and "\0" not in found:
        return found, "" if addressable(found) else "the _id cannot stand in an address"
    digest = hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return f"no-id-{digest[:24]}", "the _id is missing or not text"


@cache
def sources(model: type[Record]) -> dict[str, Field]:
    """Column by the name that its value has in a dump."""
    named = {}
    for column in fields(model):
        if column.attribute not in OURS and not column.wire.follows:
            name = column.wire.secret or FURTHER_NAMES.get(column.attribute, column.name)
            named[name] = column
    return named


@cache
def by_attribute(model: type[Record]) -> dict[str, Field]:
    """Every column by its attribute."""
    return {column.attribute: column for column in fields(model)}


def _fill(model: type[Record], candidate: Candidate) -> Candidate:
    row, reasons = dict(candidate.row or {}), []
    for name, column in sources(model).items():
        value, fault = _read(column, plain(candidate.document.get(name)))
        if fault:
            reasons.append(f"{name} {fault}")
        if fault and column.wire.choices:
            return candidate.refused("; ".join(reasons))
        if value is None and not column.column.nullable:
            value = _default(column)
            if value is None:
                return candidate.refused("; ".join(reasons) or f"{name} is missing")
        row[column.attribute] = value
    for column in fields(model):
        if column.wire.follows:
            row[column.attribute] = row[column.wire.follows]
    shaped = replace(candidate, row=row, reasons=(*reasons, *_unknown(model, candidate.document)))
    return _one_addressee(shaped) if model is Inquiry else shaped


def _unknown(model: type[Record], document: dict[str, Any]) -> list[str]:
    known = {"_id", *sources(model)}
    names = sorted(name for name, value in document.items() if value is not None and name not in known)
    return [f"fields without a column: {', '.join(names)}"] if names else []


def _one_addressee(candidate: Candidate) -> Candidate:
    row = candidate.row or {}
    if (row["business_ref"] is None) == (row["professional_ref"] is None):
        return candidate.refused("an inquiry is addressed to exactly one of a business and a professional")
    return candidate


def _default(column: Field) -> Any:
    if isinstance(column.type, UtcTime):
        return utcnow()
    default = column.column.default
    return default.arg if isinstance(default, ScalarElementColumnDefault) else None


def _read(column: Field, value: Any) -> tuple[Any, str]:
    """The value for the column and, where it cannot be taken, why."""
    if value is None:
        return None, ""
    for kind, reader in READERS:
        if isinstance(column.type, kind):
            return reader(value)
    return _text(column, value)


def _text(column: Field, value: Any) -> tuple[Any, str]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, datetime):
        value = to_wire(value)
    if not isinstance(value, str):
        return None, "is not text"
    if "\0" in value:
        return value.replace("\0", ""), NUL
    if column.wire.secret and not value.startswith(HASHES):
        return None, "is no bcrypt or argon2 hash"
    if column.wire.choices and value not in column.wire.choices:
        return None, f"is none of {', '.join(column.wire.choices)}: {value}"
    empty = value == "" and (column.wire.reference or column.wire.form == "slug")
    return (None if empty else value), ""


def _boolean(value: Any) -> tuple[Any, str]:
    return (value, "") if isinstance(value, bool) else (None, "is neither true nor false")


def _number(value: Any) -> tuple[Any, str]:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return (value, "") if whole else (None, "is not a whole number")


def _time(value: Any) -> tuple[Any, str]:
    try:
        return (value if isinstance(value, datetime) else parse(value)), ""
    except (TypeError, ValueError, OverflowError):
        return None, "is not a time"


def _json(value: Any) -> tuple[Any, str]:
    found = orjson.loads(orjson.dumps(value, default=to_wire, option=orjson.OPT_PASSTHROUGH_DATETIME))
    clean = _without_nul(found)
    return clean, "" if clean == found else NUL


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    return value


READERS: tuple[tuple[type[Any], Callable[[Any], tuple[Any, str]]], ...] = (
    (Boolean, _boolean),
    (Integer, _number),
    (UtcTime, _time),
    (Json, _json),
)
