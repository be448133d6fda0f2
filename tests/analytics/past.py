"""A past with known times: real deeds, and plain SQL over the records after each; then their times are moved."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, text, update

from digisence.clock import to_wire
from digisence.extensions import db
from digisence.models import RECORDS, Change, Publication
from tests.draining import drained

Counts = Mapping[tuple[str, str], int]  # resource and group → how many


@contextmanager
def unwatched() -> Iterator[Connection]:
    """A transaction without triggers."""
    db.session.rollback()
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            yield connection
            return
        kept = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for name, _ in kept:
            connection.execute(text(f"DROP TRIGGER {name}"))
        yield connection
        for _, statement in kept:
            connection.exec_driver_sql(statement)


def counted() -> Counts:
    """What there is now, by plain SQL."""
    found: dict[tuple[str, str], int] = {}
    with db.engine.connect() as connection:
        for resource, model in RECORDS.items():
            column = next((name for name in ("status", "is_active") if name in model.__table__.columns), None)
            group = f"CAST({column} AS text)" if column else "'all'"
            rows = connection.execute(text(f"SELECT {group}, count(*) FROM {model.__table__.name} GROUP BY 1"))
            names = {"1": "active", "true": "active", "0": "inactive", "false": "inactive"}
            found |= {(resource, names.get(word, word)): count for word, count in rows}
    return found


class Past:
    """`at(time, deed)` does it; `move()` gives every change since the last its time, and its `lag` to the feed."""

    def __init__(self) -> None:
        self.states: list[tuple[datetime, Counts]] = []
        self.last = self._newest()
        self.times: dict[int, tuple[datetime, float]] = {}
        self.born: dict[str, datetime] = {}

    def at(self, moment: datetime, deed: Callable[[], Any], lag: float = 0.5) -> Any:
        done = deed()
        newest = self._newest()
        self.times |= dict.fromkeys(range(self.last + 1, newest + 1), (moment, lag))
        self.last = newest
        self.states.append((moment, counted()))
        return done

    def standing(self, moment: datetime) -> Counts:
        """What there was at a time."""
        return next((state for at, state in reversed(self.states) if at < moment), {})

    def _newest(self) -> int:
        with db.engine.connect() as connection:
            return connection.scalar(select(func.max(Change.id))) or 0

    def move(self) -> None:
        drained()
        with unwatched() as connection:
            rows = connection.execute(select(Change.__table__).where(Change.id.in_(self.times))).all()
            self.born |= {row.record_id: self.times[row.id][0] for row in rows if row.action == "created"}
            for row in rows:
                self._move(connection, row)
        self.times = {}

    def _move(self, connection: Connection, row: Any) -> None:
        moment, lag = self.times[row.id]
        values = {side: self._dated(row.record_id, getattr(row, side)) for side in ("before", "after")}
        connection.execute(update(Change.__table__).where(Change.id == row.id).values(committed_at=moment, **values))
        published = update(Publication.__table__).where(Publication.change_id == row.id)
        connection.execute(published.values(milliseconds=int((moment.timestamp() + lag) * 1000)))

    def _dated(self, record_id: str, held: Any) -> Any:
        if not held or record_id not in self.born or "createdAt" not in held:
            return held
        return {**held, "createdAt": to_wire(self.born[record_id])}


def compact(before: datetime) -> int:
    """Let changes before a time give way to digests, as a compaction leaves them."""
    old = select(Change.id, Change.before, Change.after).where(Change.committed_at < before)
    with unwatched() as connection:
        rows = connection.execute(old).all()
        for number, was, now in rows:
            sides = {"before_digest": was, "after_digest": now}
            told = {name: "0" * 64 if value is not None else None for name, value in sides.items()}
            connection.execute(
                update(Change.__table__).where(Change.id == bindparam("number")),
                {"number": number, "before": None, "after": None, **told},
            )
    return len(rows)


def series(metric: str, told: Mapping[str, Any]) -> dict[str, dict[datetime, float]]:
    """Label → time → value, of what `series.told` or the API told."""
    return {
        line["label"]: {datetime.fromisoformat(at).astimezone(UTC): value for at, value in line["points"]}
        for line in told["series"]
        if line["metric"] == metric
    }
