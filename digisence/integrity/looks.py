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
from .once import INSERT

log = structlog.get_logger(__name__)


def last_look(connection: Connection, check_id: str) -> Any:
    """The row of a check's last complete look, or None."""
    return connection.execute(select(*table(Look).c).where(Look.check_id == check_id)).first()


def note(session: Unit, check_id: str, found: Any, run_id: str) -> None:
    """Within a unit of work: the next look of this check may go on from this one, a Detection of that run."""
    last, full = found.last, found.looked is None
    values = {
        "at": found.at, "before": found.before, "seal": found.seal, "fingerprint": found.fingerprint,
        "full_at": found.at if full else last.full_at, "partial": 0 if full else last.partial + 1,
        "fulls": (last.fulls if last else 0) + full, "full_run": run_id if full else last.full_run,
        "disagreed": (last.disagreed if last else 0) + len(found.disagreeing),
        "disagreed_at": found.at if found.disagreeing else last and last.disagreed_at,
    }  # fmt: skip
    if found.disagreeing:
        log.error(
            "a full look found what looks at changes had missed: something writes past the triggers",
            check=check_id, records=len(found.disagreeing), some=found.disagreeing[:10],
        )  # fmt: skip
    connection = session.connection()
    put: Any = INSERT[connection.dialect.name]
    statement = put(table(Look)).values(check_id=check_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=[Look.check_id], set_=values))


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
