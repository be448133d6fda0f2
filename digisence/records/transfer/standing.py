"""What a batch of rows meets in the database: the records it means, and what is taken."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import func, select

from ...changes.context import Unit
from ...models import Record, User
from ...models.wire import Field, dump_mapping, public
from ..bulk import among
from ..tables import portions, table


def records(session: Unit, model: type[Record], ids: Collection[str], hold: bool) -> dict[str, dict[str, Any]]:
    """The records of `ids` in their public form, by id; locked when `hold`."""
    shown, found = [field.column for field in public(model)], {}
    for portion in portions(sorted(ids)):
        query = select(*shown).where(among(table(model).c.id, portion)).order_by(table(model).c.id)
        for row in session.execute(query.with_for_update() if hold else query).mappings():
            found[row["id"]] = dump_mapping(model, dict(row))
    return found


def holders(session: Unit, model: type[Record], field: Field, values: Iterable[str]) -> dict[str, str]:
    """Who has each of `values` in a column that no two may share: value → id."""
    held: dict[str, str] = {}
    ids = table(model).c.id
    for portion in portions(sorted(set(values))):
        found = session.execute(select(field.column, ids).where(among(field.column, portion)))
        held.update((value, record_id) for value, record_id in found)
    return held


def capitals(session: Unit) -> dict[str, dict[str, str]]:
    """The accounts whose e-mail holds capitals: in small letters → e-mail by id. As a rule few; no index finds them."""
    held: dict[str, dict[str, str]] = {}
    email, record_id = table(User).c.email, table(User).c.id
    for found, owner in session.execute(select(email, record_id).where(email != func.lower(email))):
        held.setdefault(found.lower(), {})[owner] = found
    return held
