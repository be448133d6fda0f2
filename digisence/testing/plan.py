"""How SQLite means to run a rule: a table read once for each row of another makes a rule that never ends at size."""

from datetime import datetime

from sqlalchemy.dialects import sqlite

from ..extensions import db
from ..integrity.predicate import Predicate

Step = tuple[int, int, str]  # id, id of the step it belongs to, what is done


def repeated_scans(predicate: Predicate, before: datetime) -> list[str]:
    """What is read whole again and again, in SQLite's words; nothing on PostgreSQL, whose plans hang on statistics."""
    if db.engine.dialect.name != "sqlite":
        return []
    statement = predicate.within(before).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with db.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
    return repeated([(row[0], row[1], row[3]) for row in rows])


def repeated(steps: list[Step]) -> list[str]:
    """The scans inside a correlated subquery, and each scan of a join but the first."""
    by_id = {step: (parent, told) for step, parent, told in steps}
    found = []
    for step, parent, told in steps:
        if not _scans(told):
            continue
        earlier = [one for one, above, said in steps if above == parent and one < step and _scans(said)]
        if earlier or _is_correlated(parent, by_id):
            found.append(told)
    return found


def _scans(told: str) -> bool:
    return told.startswith("SCAN ") and "CONSTANT ROW" not in told


def _is_correlated(step: int, by_id: dict[int, tuple[int, str]]) -> bool:
    while step in by_id:
        parent, told = by_id[step]
        if told.startswith("CORRELATED"):
            return True
        if told.startswith(("MATERIALIZE", "CO-ROUTINE")):
            return False
        step = parent
    return False
