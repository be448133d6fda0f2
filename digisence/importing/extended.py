"""MongoDB's extended JSON, version 1 and 2, canonical and relaxed, as plain Python values."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ..clock import parse, truncate

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def plain(value: Any) -> Any:
    """`value` with every extended form replaced, at any depth: text, numbers, aware datetimes.

    A form that cannot be read (`{"$date": "soon"}`, an unknown `$…`) stays as it is.
    """
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, inner),) = value.items()
        reader = READERS.get(name)
        if reader:
            try:
                return reader(inner)
            except (ValueError, TypeError, OverflowError):
                return value
    return {key: plain(item) for key, item in value.items()}


def _date(inner: Any) -> datetime:
    inner = plain(inner)
    if isinstance(inner, str):
        return parse(inner)
    return truncate(EPOCH + timedelta(milliseconds=inner))


def _finite(inner: Any) -> float:
    number = float(inner)
    if number - number != 0:
        raise ValueError("JSON has no such number")
    return number


def _text(inner: Any) -> str:
    if not isinstance(inner, str):
        raise TypeError(f"text expected, not {inner!r}")
    return inner


READERS: Mapping[str, Callable[[Any], Any]] = {
    "$oid": _text,
    "$uuid": _text,
    "$symbol": _text,
    "$numberDecimal": _text,
    "$date": _date,
    "$numberLong": int,
    "$numberInt": int,
    "$numberDouble": _finite,
    "$undefined": lambda _inner: None,
}
