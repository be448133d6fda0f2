"""What waits in the outbox and for how long, and by how much kept counts had drifted: for operators and Prometheus."""

from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from ..clock import utcnow
from ..extensions.db import db
from ..models import WAITING, Change, Outbox, Publication, Seal, Tally

log = structlog.get_logger(__name__)

STILL_SECONDS = 30.0


@dataclass(frozen=True)
class Backlog:
    """Changes that wait, the age of the oldest in seconds, and for how many seconds none has left the outbox."""

    waiting: int
    oldest: float
    still: float


def backlog(connection: Connection) -> Backlog:
    """The outbox as `connection` sees it; all 0 when it is empty."""
    first = select(Change.committed_at).select_from(WAITING).order_by(Outbox.change_id).limit(1)
    oldest = connection.scalar(first)
    if oldest is None:
        return Backlog(0, 0.0, 0.0)
    now = utcnow()
    age = max(0.0, (now - oldest).total_seconds())
    # By seal: an emptied Redis whose clock is behind gives smaller positions to later publications
    newest = select(Publication.milliseconds).join(Seal, Seal.change_id == Publication.change_id)
    published = connection.scalar(newest.order_by(Seal.seq.desc()).limit(1)) or 0
    waiting = connection.scalar(select(func.count()).select_from(Outbox)) or 0
    return Backlog(waiting, age, min(age, max(0.0, now.timestamp() - published / 1000)))


def stuck(connection: Connection) -> str:
    """What is wrong with an outbox that has not moved for STILL_SECONDS, with the cure; empty when all is well."""
    found = backlog(connection)
    if found.still <= STILL_SECONDS:
        return ""
    told = "1 change waits" if found.waiting == 1 else f"{found.waiting} changes wait"
    return (
        f"{told}, the oldest for {found.oldest:.0f} s, and none was published for {found.still:.0f} s: "
        "see that Redis takes writes and what `digisence relay` says."
    )


def series() -> Iterator[Metric]:
    """The same for Prometheus, read when asked for; nothing while the database is away."""
    try:
        with db.engine.connect() as connection:
            found = backlog(connection)
            drifts = connection.execute(select(Tally.resource, Tally.drift_total)).all()
    except SQLAlchemyError as error:
        log.warning("no figures of the outbox", why=str(error).splitlines()[0])
        return
    yield GaugeMetricFamily("digisence_outbox_waiting", "Changes that are not published yet", found.waiting)
    yield GaugeMetricFamily("digisence_outbox_oldest_seconds", "Age of the oldest of them", found.oldest)
    drift = CounterMetricFamily(
        "digisence_count_drift", "Records by which kept counts had to be corrected", labels=["resource"]
    )
    for resource, total in drifts:
        drift.add_metric([resource], total)
    yield drift
