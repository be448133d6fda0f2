"""How many mails stand where: for Prometheus, the doctor, and whoever asks whether all is ready. Behind each that is
`failed` or `uncertain` somebody waits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.exc import SQLAlchemyError

from ..clock import utcnow
from ..extensions.db import db
from ..models.mail import CLAIMED, FAILED, SENDING, UNCERTAIN, WAITING, Mail

log = structlog.get_logger(__name__)

LATE = timedelta(minutes=10)  # the job comes every two; whoever is due for so long has nobody who sends
SHOWN = (WAITING, CLAIMED, SENDING, FAILED, UNCERTAIN)  # of what was sent there may be much, and nothing to do


def series() -> Iterator[Metric]:
    """Read when asked for; nothing while the database is away."""
    query = select(Mail.state, func.count()).where(Mail.state.in_(SHOWN)).group_by(Mail.state)
    try:
        with db.engine.connect() as connection:
            found = {state: count for state, count in connection.execute(query)}  # noqa: C416 rows are no pairs to mypy
    except SQLAlchemyError as error:
        log.warning("no figures of the mails", why=str(error).splitlines()[0])
        return
    gauge = GaugeMetricFamily("digisence_mails", "Mails that are not sent", labels=["state"])
    for state in SHOWN:
        gauge.add_metric([state], found.get(state, 0))
    yield gauge


@dataclass(frozen=True)
class Backlog:
    """Mails that are not sent: `late` are due for LATE and nobody sends them; `tried` wait for another try, one of them
    after `error`; `failed` and `uncertain` wait for a person.
    """

    waiting: int
    late: int
    tried: int
    failed: int
    uncertain: int
    error: str | None


def backlog(connection: Connection) -> Backlog:
    """How it stands with the mails now."""
    before = utcnow() - LATE
    due = and_(Mail.state == WAITING, Mail.due_at < before)
    left = and_(Mail.state == CLAIMED, Mail.lease_until < before)
    tried = and_(Mail.state == WAITING, Mail.tries > 0)

    def count(*which: Any) -> int:
        return connection.scalar(select(func.count()).select_from(Mail).where(*which)) or 0

    newest = select(Mail.error).where(tried).order_by(Mail.due_at.desc()).limit(1)
    return Backlog(
        waiting=count(Mail.state.in_((WAITING, CLAIMED, SENDING))),
        late=count(or_(due, left)),
        tried=count(tried),
        failed=count(Mail.state == FAILED),
        uncertain=count(Mail.state == UNCERTAIN),
        error=connection.scalar(newest),
    )


def warnings() -> dict[str, str]:
    """What `/readyz` tells of the mails: nothing where all that is due is sent, or the database is away."""
    try:
        with db.engine.connect() as connection:
            late = backlog(connection).late
    except SQLAlchemyError as error:  # a part of its own there
        log.warning("no word of the mails", why=str(error).splitlines()[0])
        return {}
    return {"mails": f"{late} mails are due and nobody sends them: start `digisence worker`."} if late else {}
