"""Many at once, and where something is in the way of all, each that it is in the way of by name."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy.exc import IntegrityError

from ..changes.context import Unit
from ..errors import Problem
from ..models import Record
from . import violations

Item = TypeVar("Item")


def apart(
    session: Unit, model: type[Record], items: Sequence[Item], do: Callable[[Sequence[Item]], object]
) -> list[tuple[Item, Problem]]:
    """`do` all of `items` at once; when something is in the way, halves of them, until what cannot be done is named.

    In the way is a Problem, or what the database refuses of `model`. The rest is done.
    """
    if not items:
        return []
    try:
        with session.begin_nested():
            do(items)
    except (Problem, IntegrityError) as error:
        if len(items) == 1:
            return [(items[0], error if isinstance(error, Problem) else violations.explain(error, model))]
        middle = len(items) // 2
        return [*apart(session, model, items[:middle], do), *apart(session, model, items[middle:], do)]
    return []
