"""Up to where each check has looked, and how often looks at changes were found wrong: kept, and told to Prometheus."""

from collections.abc import Iterable
from typing import Any

import structlog
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from ..changes.context import Unit
from ..extensions.db import db
from ..models import Look
from ..records.tables import table

log = structlog.get_logger(__name__)


def last_look(connection: Connection, check_id: str) -> Any:
    """The row of a check's last complete look, or None."""
    return connection.execute(select(*table(Look).c).where(Look.check_id == check_id)).first()


def note(session: Unit, check_id: str, found: Any) -> None:
    """Within a unit of work: the next look of this check may go on from this one, a Detection."""
    look = session.get(Look, check_id, populate_existing=True) or Look(check_id=check_id, partial=0, disagreed=0)
    look.at, look.before, look.seal, look.fingerprint = found.at, found.before, found.seal, found.fingerprint
    if found.looked is None:
        look.full_at, look.partial = found.at, 0
    else:
        look.partial += 1
    if found.disagreeing:
        look.disagreed += len(found.disagreeing)
        look.disagreed_at = found.at
        log.error(
            "a full look found what looks at changes had missed: something writes past the triggers",
            check=check_id, records=len(found.disagreeing), some=found.disagreeing[:10],
        )  # fmt: skip
    session.add(look)
    session.flush()


def series() -> Iterable[Metric]:
    """Records that full looks had to put right, by check; nothing while the database is away."""
    try:
        with db.engine.connect() as connection:
            rows = connection.execute(select(Look.check_id, Look.disagreed)).all()
    except SQLAlchemyError as error:
        log.warning("no figures of the checks' looks", why=str(error).splitlines()[0])
        return
    told = CounterMetricFamily(
        "digisence_integrity_disagreements", "Records that full looks had to put right", labels=["check"]
    )
    for check_id, count in rows:
        told.add_metric([check_id], count)
    yield told
