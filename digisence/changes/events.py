"""What happened and changed no record: a sign-in, an export, an acknowledgement, a setting. It stands among the
changes, so that it is kept, ordered and sealed like them, and is told to nobody as one.
"""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, text

from ..models.change import ACTIONS
from ..models.types import Json
from .context import PENDING, OutsideUnitOfWork, Unit
from .triggers.sqlite import COLUMNS, CONTEXT, NOW

ACTION = re.compile(r"[a-z]+(-[a-z]+)*")
WRITE = {
    "sqlite": f"INSERT INTO changes ({COLUMNS}) "
    f"SELECT :resource, :record_id, :action, 0, NULL, NULL, :detail, NULL, {CONTEXT}, {NOW}",
    "postgresql": "SELECT digisence_record(CAST(:resource AS text), CAST(:record_id AS text), CAST(:action AS text), "
    "0, NULL, NULL, CAST(:detail AS jsonb), NULL)",
}


def record(
    session: Unit, action: str, *, resource: str, record_id: str = "", detail: Mapping[str, Any] | None = None
) -> None:
    """Within a unit of work: note that its actor did `action` (`signed-in`) to a resource, perhaps to one record of it.

    `detail` is JSON without secrets. ValueError for an action that is a record's, or no word.
    """
    if not session.info.get(PENDING):
        raise OutsideUnitOfWork("note an event inside `unit_of_work(context)`, so that it has an actor")
    if action in ACTIONS or not ACTION.fullmatch(action):
        raise ValueError(f"{action!r} cannot be the action of an event: write one like signed-in")
    connection = session.connection()
    statement = text(WRITE[connection.dialect.name]).bindparams(bindparam("detail", type_=Json()))
    given = {"resource": resource, "record_id": record_id, "action": action}
    connection.execute(statement, {**given, "detail": dict(detail) if detail is not None else None})
