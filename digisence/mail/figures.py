"""How many mails stand where, for Prometheus: an alert on `failed` and `uncertain` is an alert on people who wait."""

from collections.abc import Iterator

import structlog
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from ..extensions.db import db
from ..models.mail import CLAIMED, FAILED, SENDING, UNCERTAIN, WAITING, Mail

log = structlog.get_logger(__name__)

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
