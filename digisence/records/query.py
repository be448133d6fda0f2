"""What a list is asked for: page, search, sort and filters, read strictly; what is not understood is refused by name.

`status=NEW,READ` or `status=NEW&status=READ`: any of them; `\\,` is a comma within a value. `categoryId=null`: empty.
`field[ne]=…`: none of them. Times take `[gte] [lte] [gt] [lt]` too. `sort=-createdAt,name`: `-` from the end.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, not_, or_

from ..errors import Invalid
from ..models import Record
from ..models.types import Boolean, Integer, UtcTime
from ..models.wire import Field, by_name
from .schema import moment
from .search import MOST_WORDS

Arguments = Mapping[str, Sequence[str]]
Compared = Callable[[ColumnElement[Any], Any], ColumnElement[bool]]

LONGEST_SEARCH = 200
MOST_VALUES = 500
LAST_PAGE = 1_000_000
EMPTY = "may not be empty; leave it out"
NEWEST = "-createdAt"
LIMIT, LARGEST_LIMIT = 20, 500
PARAMETER = re.compile(r"(\w+)(?:\[(\w+)\])?", re.ASCII)
COMPARISONS: Mapping[str, Compared] = {
    "gte": lambda column, value: column >= value,
    "lte": lambda column, value: column <= value,
    "gt": lambda column, value: column > value,
    "lt": lambda column, value: column < value,
}


@dataclass(frozen=True)
class Query:
    """A list's question: `page` (from 1, of `limit` rows) of the records that meet all `conditions`, in `order`."""

    page: int = 1
    limit: int = LIMIT
    search: str = ""
    order: tuple[tuple[Field, bool], ...] = ()  # (field, from the end)
    conditions: tuple[ColumnElement[bool], ...] = ()


def parse(model: type[Record], arguments: Arguments) -> Query:
    """The Query that URL parameters (name → values) mean for `model`. Invalid names each parameter at fault."""
    wrong: dict[str, str] = {}
    rest = dict(arguments)
    page, limit = paging(rest, wrong)
    search = _search(rest, wrong)
    order = _order(model, single(rest, "sort", NEWEST, wrong), wrong)
    conditions = []
    for name, values in rest.items():
        try:
            conditions.append(_condition(model, name, values))
        except ValueError as error:
            wrong[name] = str(error)
    if wrong:
        raise Invalid(wrong, "Some parameters are not valid.")
    return Query(page, limit, search, order, tuple(conditions))


def paging(rest: dict[str, Sequence[str]], wrong: dict[str, str]) -> tuple[int, int]:
    """Take `page` and `limit` out of `rest`; what is wrong with them goes into `wrong`."""
    return (
        _number(rest, "page", 1, LAST_PAGE, wrong),
        _number(rest, "limit", LIMIT, LARGEST_LIMIT, wrong),
    )


def filtered(
    arguments: Arguments, names: Sequence[str], choices: Mapping[str, Sequence[str]]
) -> tuple[int, int, dict[str, str]]:
    """Page, limit, and each of the filters `names`, '' where it is not given; those in `choices` say one of them.

    Invalid names each parameter at fault.
    """
    wrong: dict[str, str] = {}
    rest = dict(arguments)
    number, limit = paging(rest, wrong)
    chosen = dict.fromkeys(names, "") | given(rest, names, wrong)
    wrong |= {name: f"is no filter here; choose from {', '.join(names)}" for name in rest}
    wrong |= {
        name: f"must be one of {', '.join(words)}"
        for name, words in choices.items()
        if chosen[name] and chosen[name] not in words
    }
    if wrong:
        raise Invalid(wrong, "Some parameters are not valid.")
    return number, limit, chosen


def given(rest: dict[str, Sequence[str]], names: Sequence[str], wrong: dict[str, str]) -> dict[str, str]:
    """Take those of the parameters `names` that are there: each once, and with a value; only a search may have none."""
    found = {name: single(rest, name, "", wrong) for name in names if name in rest}
    wrong |= {name: EMPTY for name, value in found.items() if not value and name != "search"}
    return {name: value for name, value in found.items() if value}


def single(rest: dict[str, Sequence[str]], name: str, default: str, wrong: dict[str, str]) -> str:
    """Take one parameter that may be given once."""
    values = rest.pop(name, [default])
    if len(values) > 1:
        wrong[name] = "may be given once"
    return values[0]


def _number(rest: dict[str, Sequence[str]], name: str, default: int, largest: int, wrong: dict[str, str]) -> int:
    text = single(rest, name, str(default), wrong)
    number = int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else 0
    if not 1 <= number <= largest:
        wrong[name] = f"must be a whole number from 1 to {largest}"
    return number


def _search(rest: dict[str, Sequence[str]], wrong: dict[str, str]) -> str:
    text = single(rest, "search", "", wrong)
    if len(text) > LONGEST_SEARCH or len(text.split()) > MOST_WORDS:
        wrong["search"] = f"may have {LONGEST_SEARCH} characters and {MOST_WORDS} words"
    elif "\0" in text:
        wrong["search"] = "may not hold a NUL character"
    return text


def _order(model: type[Record], text: str, wrong: dict[str, str]) -> tuple[tuple[Field, bool], ...]:
    known = by_name(model)
    found: dict[str, bool] = {}
    for word in text.split(","):
        name = word.removeprefix("-")
        if not name:
            wrong["sort"] = EMPTY
        elif name not in known or not known[name].wire.sort:
            offered = ", ".join(sorted(field.name for field in known.values() if field.wire.sort))
            wrong["sort"] = f"{name!r} cannot be sorted by; choose from {offered}"
        elif name in found:
            wrong["sort"] = f"{name!r} is named twice"
        else:
            found[name] = word.startswith("-")
    return tuple((known[name], from_end) for name, from_end in found.items())


def _condition(model: type[Record], parameter: str, texts: Sequence[str]) -> ColumnElement[bool]:
    """The SQL for one filter; ValueError says what is wrong with it."""
    parts = PARAMETER.fullmatch(parameter)
    field = by_name(model).get(parts[1]) if parts else None
    if parts is None or field is None or not field.wire.filter:
        offered = ", ".join(sorted(found.name for found in by_name(model).values() if found.wire.filter))
        raise ValueError(f"is no filter here; choose from {offered}")
    if parts[2] in COMPARISONS and isinstance(field.type, UtcTime):
        if len(texts) > 1:
            raise ValueError("may be given once")
        return COMPARISONS[parts[2]](field.column, _value(field, texts[0]))
    if parts[2] not in (None, "ne"):
        raise ValueError(f"[{parts[2]}] is no comparison of this field")
    chosen = _any_of(field, [value for text in texts for value in re.split(r"(?<!\\),", text)])
    return not_(chosen) if parts[2] == "ne" else chosen


def _any_of(field: Field, words: Sequence[str]) -> ColumnElement[bool]:
    if len(words) > MOST_VALUES:
        raise ValueError(f"takes {MOST_VALUES} values at most")
    values = [_value(field, word.replace("\\,", ",")) for word in words if word != "null"]
    chosen = field.column.in_(values)
    if "null" in words:
        return or_(chosen, field.column.is_(None))
    # an empty field is none of the values, so that [ne] finds it too
    return chosen & field.column.is_not(None)


def choices(field: Field) -> tuple[str, ...]:
    """The values that a filter on `field` may name; none: any."""
    return ("true", "false") if isinstance(field.type, Boolean) else tuple(field.wire.choices or ())


def _value(field: Field, text: str) -> Any:
    if isinstance(field.type, UtcTime):
        return moment(text)
    if isinstance(field.type, Integer):
        if not re.fullmatch(r"-?\d{1,9}", text, re.ASCII):
            raise ValueError("must be a whole number")
        return int(text)
    if (offered := choices(field)) and text not in offered:
        raise ValueError(f"must be one of {', '.join(offered)}")
    if "\0" in text:
        raise ValueError("may not hold a NUL character")
    return text == "true" if isinstance(field.type, Boolean) else text
