"""What a database refuses, told as a person would: which field, and what is wrong with it."""

import re
from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.exc import IntegrityError

from ..errors import Conflict, Invalid, Problem
from ..models import Record
from ..models.wire import Field, fields
from .tables import table

UNIQUE, FOREIGN_KEY, NOT_NULL, CHECK = "23505", "23503", "23502", "23514"  # PostgreSQL's SQLSTATEs
SQLITE = (
    (r"UNIQUE constraint failed: (?P<columns>.+)", UNIQUE),
    (r"NOT NULL constraint failed: (?P<columns>.+)", NOT_NULL),
    (r"CHECK constraint failed: (?P<name>.+)", CHECK),
    (r"FOREIGN KEY constraint failed", FOREIGN_KEY),
)


def explain(error: IntegrityError, model: type[Record]) -> Problem:
    """The Problem that `error` means to who wrote a record of `model`: 409 `taken` or 422. Others are raised again."""
    state, columns = _read(error, model)
    names = [field.name for field in fields(model) if field.column.name in columns and field.wire.write != "no"]
    if state == UNIQUE:
        return Conflict("taken", _sentence(names), fields=dict.fromkeys(names, "is used by another record already"))
    if state == FOREIGN_KEY:
        return Invalid(dict.fromkeys(names or ["record"], "names a record that does not exist"))
    if state == NOT_NULL:
        return Invalid(dict.fromkeys(names or sorted(columns), "may not be empty"))
    if state == CHECK:
        return Invalid(dict.fromkeys(names or ["record"], _rule(error, model)))
    raise error


def _read(error: IntegrityError, model: type[Record]) -> tuple[str, set[str]]:
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        diagnosis: Any = error.orig.diag  # type: ignore[union-attr]
        named = {diagnosis.column_name} if diagnosis.column_name else set()
        return state, named | _columns(model, diagnosis.constraint_name or "")
    for pattern, meaning in SQLITE:
        found = re.search(pattern, str(error.orig))
        if found:
            groups = found.groupdict()
            listed = {part.strip().rpartition(".")[2] for part in groups.get("columns", "").split(",")}
            return meaning, listed | _columns(model, groups.get("name", ""))
    return "", set()


def _columns(model: type[Record], constraint_name: str) -> set[str]:
    for constraint in table(model).constraints:
        if str(constraint.name or "") == constraint_name or _full_name(model, constraint.name) == constraint_name:
            if isinstance(constraint, CheckConstraint):
                return set(re.findall(r"\w+", str(constraint.sqltext)))
            return {column.name for column in getattr(constraint, "columns", ())}
    return set()


def _full_name(model: type[Record], name: Any) -> str:
    return f"ck_{table(model).name}_{name}"


def _rule(error: IntegrityError, model: type[Record]) -> str:
    text = str(error.orig)
    for constraint in table(model).constraints:
        if isinstance(constraint, CheckConstraint) and str(constraint.name) in text and constraint.info.get("message"):
            return str(constraint.info["message"])
    return "does not fit together with the other fields"


def _sentence(names: list[str]) -> str:
    return f"Another record has this {' and '.join(names) or 'value'} already."


def required(field: Field) -> Problem:
    """The refusal to empty a reference that a record cannot be without: `admin-required` for `adminId`."""
    word = field.name.removesuffix("Id")
    return Invalid(
        {field.name: "may not be empty"},
        f"A record cannot be without its {word}: name another one instead.",
        code=f"{word}-required",
    )
