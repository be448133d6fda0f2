"""Measuring: from the last hour that was open up to now, and from wherever a change came late; whoever is told twice
writes the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from ..changes.context import Context, Unit, unit_of_work
from ..clock import utcnow
from ..models import Change, CheckHistory, Measuring, Seal
from ..models.change import InOrder
from ..models.measure import HOUR
from ..records.listing import snapshot
from ..records.tables import table
from . import buckets, checks, keeping, levels, spans, sums
from .figures import Figures

MEASURER = Context("system:analytics")
EVER = datetime(1900, 1, 1, tzinfo=UTC)
SLACK = timedelta(hours=1)  # a run of checks may end, a transaction commit, after the hour in which it was
PORTION = timedelta(days=14)  # written in one transaction
READERS = (sums.read, levels.read, spans.read, checks.read)


class Overtaken(RuntimeError):
    """Somebody else measured meanwhile, and knows more."""


@dataclass
class Measured:
    """From when to when, how many figures, and whether somebody else was quicker."""

    start: datetime
    end: datetime
    figures: int = 0
    overtaken: bool = False


def measure(again: datetime | None = None) -> Measured:
    """Measure what happened since the last time; `again`: from that time on, whatever was measured before."""
    with snapshot() as session:
        state = session.execute(select(table(Measuring))).one_or_none()
        now = utcnow()
        start, end = _start(session, state, now, again), buckets.floor(now, HOUR) + buckets.LENGTH[HOUR]
        seal = session.scalar(select(func.max(Seal.seq))) or 0
        figures = Figures()
        for read in READERS:
            read(session, start, end, figures)
    done = Measured(start, now)
    try:
        _write(figures, state, start, now, seal, done)
    except Overtaken:
        done.overtaken = True
    return done


def _start(session: Unit, state: Any, now: datetime, again: datetime | None) -> datetime:
    """The hour to begin with: never before the first that anything is known of."""
    first = [session.scalar(select(func.min(column))) for column in (Change.committed_at, CheckHistory.at)]
    eldest = min([now, *(moment for moment in first if moment is not None)])
    if state is None or again is not None:
        return buckets.floor(max(eldest, again or eldest), HOUR)
    sealed = InOrder(table(Seal), table(Change), Change.id == Seal.change_id)
    late = session.scalar(select(func.min(Change.committed_at)).select_from(sealed).where(Seal.seq > state.seal))
    return buckets.floor(max(eldest, min(now, state.until - SLACK, late or now)), HOUR)


def _write(figures: Figures, state: Any, start: datetime, now: datetime, seal: int, done: Measured) -> None:
    turn = state.turn if state else 0
    since = min(start, state.since) if state else start
    for begin, end, last in _portions(start, buckets.floor(now, HOUR) + buckets.LENGTH[HOUR]):
        reached: dict[str, Any] = {"since": since}
        if last:
            reached |= {"until": now, "seal": seal}
        elif not turn:  # who goes on after a crash begins at the start
            reached |= {"until": start, "seal": 0}
        with unit_of_work(MEASURER, patience=None) as session:
            _claim(session, turn, reached)
            rows = figures.rows(begin, end)
            keeping.put(session, rows)
            keeping.days(session, begin, end)
        turn += 1
        done.figures += len(rows)


def _portions(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, bool]]:
    """Stretches of whole days, the first from the start of its day."""
    begin = buckets.floor(start, "day")
    while begin < end:
        yield begin, min(end, begin + PORTION), begin + PORTION >= end
        begin += PORTION


def _claim(session: Unit, turn: int, reached: dict[str, Any]) -> None:
    """Within a unit of work: it is our turn; Overtaken when somebody had it since we looked."""
    state, connection = table(Measuring), session.connection()
    moved: Any
    if turn:
        moved = update(state).where(state.c.turn == turn).values(turn=turn + 1, **reached)
    else:
        fresh: Any = keeping.INSERT[connection.dialect.name](state)
        moved = fresh.values(id=1, turn=1, **reached).on_conflict_do_nothing()
    if connection.execute(moved.returning(state.c.turn)).first() is None:
        raise Overtaken
