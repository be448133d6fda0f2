"""Who may act now: one run at a time, and a fence that keeps a run which lost its turn from writing anything."""

import time
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select, update

from ..changes import Context, unit_of_work
from ..changes.context import Unit
from ..extensions import db
from ..models import Lease, Run
from ..models.run import QUEUED, RUNNING
from . import process
from .once import insert_once
from .reading import database_now

NAME = "integrity"
PATIENCE_SECONDS = 20.0
LOOK_AGAIN_SECONDS = 0.2
LIFE_SECONDS = 30.0
HELD = (  # written once, asked for every batch
    select(Lease.fence)
    .where(Lease.name == NAME, Lease.run_id == bindparam("run"), Lease.fence == bindparam("mine"))
    .with_for_update(read=True)
)


class LeaseLost(Exception):
    """Another run has taken over: this one may not write any more."""


class LeaseBusy(Exception):
    """Another run is under way."""


def life() -> timedelta:
    """How long a run may be silent before another takes over; see `pulse`. With what an idle worker takes to look (25 s
    at most) the next one goes on within a minute, also on another machine.
    """
    return timedelta(seconds=LIFE_SECONDS)


def take(run_id: str, context: Context, patience: float = PATIENCE_SECONDS) -> int:
    """Take the lease for a run; returns its fence. Waits `patience` seconds for a run under way, then raises
    LeaseBusy.
    """
    deadline = time.monotonic() + patience
    while (fence := _try(run_id, context)) is None:
        if time.monotonic() > deadline:
            raise LeaseBusy("another run is under way")
        time.sleep(LOOK_AGAIN_SECONDS)
    return fence


def _try(run_id: str, context: Context) -> int | None:
    with unit_of_work(context, patience=None) as session:
        return attempt(session, run_id, database_now(session.connection()))


def attempt(session: Unit, run_id: str, now: datetime) -> int | None:
    """Within a unit of work: take the lease for a run, where it is free; its fence, or None."""
    free = or_(Lease.run_id.is_(None), Lease.run_id.in_((run_id, *_dead(session))), Lease.expires_at <= now)
    values = {"fence": Lease.fence + 1, "run_id": run_id, "expires_at": now + life()}
    taken = update(Lease).where(Lease.name == NAME, free).values(values).returning(Lease.fence)
    taken = taken.execution_options(synchronize_session=False)
    fence = session.execute(taken).scalar()
    if fence is None and insert_once(session, Lease, name=NAME, fence=0):
        return session.execute(taken).scalar()
    return fence


def _dead(session: Unit) -> list[str]:
    """The run that has the lease, if it has ended or its process is surely dead: nobody need wait for its time."""
    holder = session.execute(
        select(Run.id, Run.state, Run.host).join(Lease, Lease.run_id == Run.id).where(Lease.name == NAME)
    ).first()
    if holder is None or (holder.state in (QUEUED, RUNNING) and not process.gone(holder.host)):
        return []
    return [holder.id]


def keep(session: Unit, run_id: str, fence: int) -> datetime:
    """Within a unit of work: stay in turn; returns the time. LeaseLost when another run has taken over."""
    now = database_now(session.connection())
    held = (
        update(Lease)
        .where(Lease.name == NAME, Lease.run_id == run_id, Lease.fence == fence)
        .values(expires_at=now + life())
    )
    if session.execute(held.execution_options(synchronize_session=False)).rowcount != 1:  # type: ignore[attr-defined]
        raise LeaseLost("another run has taken over")
    return now


def check(run_id: str, fence: int) -> None:
    """LeaseLost when another run has taken over, or ours was closed by somebody else."""
    held = select(Lease.fence).where(Lease.name == NAME, Lease.run_id == run_id, Lease.fence == fence)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.scalar(held) is None:
            raise LeaseLost("another run has taken over")


def fenced(session: Unit, run_id: str, fence: int) -> None:
    """Within a repair's transaction, first of all: hold the lease as it is until the commit. LeaseLost when it is
    another's.
    """
    if session.connection().scalar(HELD, {"run": run_id, "mine": fence}) is None:
        raise LeaseLost("another run has taken over")


def give_back(session: Unit, run_id: str, fence: int) -> None:
    """Within a unit of work: let the next one in, if it is still ours to give."""
    session.execute(
        update(Lease)
        .where(Lease.name == NAME, Lease.run_id == run_id, Lease.fence == fence)
        .values(run_id=None, expires_at=None)
        .execution_options(synchronize_session=False)
    )
