"""Readable addresses: made from a record's name in any script, and no two alike."""

import secrets

from slugify import slugify
from sqlalchemy import select

from ..changes.context import Unit
from ..models import Record
from .tables import table

LONGEST = 100


def fresh(session: Unit, model: type[Record], title: str, own: str = "", *, crowd: bool = False) -> str:
    """A slug for `title` that no record of `model` but `own` has now: `cafe-munchen`, then `cafe-munchen-2`.

    A title without a letter or digit in any script gets a random one. In a `crowd`, where others take the next number
    at the same moment time and again, the number is one that nobody else comes upon.
    """
    base = base_of(model, title)
    if crowd:
        return f"{base}-{secrets.token_hex(4)}"
    column = table(model).c.slug
    taken = set(
        session.execute(
            select(column).where(
                (column == base) | column.startswith(f"{base}-", autoescape=True), table(model).c.id != own
            )
        ).scalars()
    )
    if base not in taken:
        return base
    number = 2
    while f"{base}-{number}" in taken:
        number += 1
    return f"{base}-{number}"


def base_of(model: type[Record], title: str) -> str:
    """What a slug for `title` begins with; random for a title without a letter or digit in any script."""
    return slugify(title, max_length=LONGEST, word_boundary=True) or f"{model.__name__.lower()}-{secrets.token_hex(4)}"
