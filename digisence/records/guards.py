"""What no superadmin may do: take the panel away from themself, or from everybody; go on without it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, Text, bindparam, func, select

from ..changes.context import Unit
from ..errors import Conflict
from ..models import Record, User
from ..models.user import SUPER_ADMIN
from . import bulk
from .tables import table

Barred = Callable[[Unit, str], str | None]  # why an actor may not use the panel (any more); None while they may


class PanelLost(Exception):
    """Who asked for this work may not use the panel any more: it stops, and what it did stays."""


def go_on(session: Unit, actor: str, barred: Barred) -> None:
    """Within the transaction of the next portion: PanelLost when `actor` has lost the panel meanwhile."""
    if why := barred(session, actor):
        raise PanelLost(f"stopped: who asked for it, {actor}, {why}")


def nobody_barred(_session: Unit, _actor: str) -> None:
    """For work whose caller has just been let in."""


def hold(session: Unit, model: type[Record], ids: Sequence[str] | None = None) -> set[str]:
    """The ids of the active superadmins, locked (in id order) until the unit of work ends; empty for other resources.

    Take it before the lock of the record itself: whoever decides about superadmins then waits in the same order.
    `ids`: the records it is about, where the caller has locked them; empty, too, when none of them is a superadmin.
    """
    if model is not User:
        return set()
    users = table(User)
    if ids is not None and session.connection().scalar(_superadmin(), {"ids": bulk.encoded(list(ids))}) is None:
        return set()
    # As an expression: by an index of its flags SQLite would look through all who are active
    active = users.c.role.__eq__(SUPER_ADMIN) & func.coalesce(users.c.is_active, users.c.is_active)
    return set(session.execute(select(users.c.id).where(active).order_by(users.c.id).with_for_update()).scalars())


@cache
def _superadmin() -> Select[str]:
    """One of `:ids` who is a superadmin."""
    users = table(User)
    mine, role = bulk.Among(users.c.id, bindparam("ids", type_=Text)), func.coalesce(users.c.role, "")
    return select(users.c.id).where(mine, role == SUPER_ADMIN).limit(1)


def touches(model: type[Record], values: Mapping[str, Any]) -> bool:
    """Whether writing `values` could take the panel away from somebody."""
    return model is User and bool(values.keys() & {"role", "is_active"})


def check(model: type[Record], ids: Collection[str], actor: str, superadmins: set[str], verb: str) -> None:
    """Refuse to delete, disable or demote (`verb`) the records of `ids`.

    `superadmins` is what `hold` gave. Conflict `self` when the actor is among them, `last-superadmin` when none stays.
    """
    if model is not User:
        return
    if actor.removeprefix("user:") in ids and actor.startswith("user:"):
        raise Conflict("self", f"You cannot {verb} yourself; another superadmin can.")
    if superadmins and superadmins <= set(ids):
        raise Conflict(
            "last-superadmin",
            f"You cannot {verb} the last active superadmin; create or enable another one first.",
        )
