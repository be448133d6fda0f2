"""Whether the schedule does what it promises: sentences for `/readyz`, series for Prometheus."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily as Gauge
from redis import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from ..extensions import db, queue
from ..models import Check, Run
from ..models.run import RUN_STATES
from . import catalogue, schedule
from .catalogue import BROKEN
from .reading import database_now

log = structlog.get_logger(__name__)

LONG_SECONDS = 120.0  # a job that waits longer is told of
RECENT = timedelta(days=1)


def warnings() -> dict[str, str]:
    """What is late or missing, and the cure: reasons to look after the installation, none to take a web server out of
    service. Empty when all is well, and for what cannot be known while the database or Redis is away.
    """
    return {name: said for name, said in {**_sweep(), **_checks(), **_work()}.items() if said}


def _checks() -> dict[str, str]:
    try:
        broken = sorted(check.id for check in catalogue.listed() if check.health == BROKEN and check.mode != "off")
        db.session.rollback()
    except SQLAlchemyError as error:
        log.warning("not known whether a check is broken", why=str(error).splitlines()[0])
        return {}
    names = ", ".join(broken[:3]) + (f" and {len(broken) - 3} more" if len(broken) > 3 else "")
    return {"checks": f"Broken: {names}. See `digisence integrity checks`."} if broken else {}


def _sweep() -> dict[str, str]:
    try:
        status = schedule.status()
        db.session.rollback()
    except SQLAlchemyError as error:
        log.warning("not known whether the sweep is overdue", why=str(error).splitlines()[0])
        return {}
    if not status["overdue"]:
        return {}
    since = f"none ended since {status['lastSync']:%Y-%m-%d %H:%M} UTC" if status["lastSync"] else "none ended yet"
    every = f"one is due every {status['intervalSeconds']} s"
    return {"sweep": f"The sweep is overdue: {every}, {since}. See `digisence sync status` and the worker's log."}


def _work() -> dict[str, str]:
    try:
        waiting, oldest = queue.backlog()
    except RedisError:
        return {}
    told = "1 job waits" if waiting == 1 else f"{waiting} jobs wait"
    return {
        "worker": "" if queue.worker_alive() else "No worker is at work: start `digisence worker`.",
        "queue": f"{told}, the first for {oldest:.0f} s: start another `digisence worker`, or see what the one does."
        if oldest > LONG_SECONDS
        else "",
    }


def series() -> Iterator[Metric]:
    """The same for Prometheus, read when asked for; what cannot be known now is left out."""
    yield Gauge("digisence_worker_alive", "1 while a worker speaks", float(queue.worker_alive()))
    yield Gauge("digisence_scheduler_alive", "1 while a scheduler ticks", float(queue.scheduler_alive()))
    try:
        yield from _of_queue()
    except RedisError as error:
        log.warning("no figures of the queue", why=str(error)[:200])
    try:
        yield from _of_database()
    except SQLAlchemyError as error:
        log.warning("no figures of the checks", why=str(error).splitlines()[0])
    finally:
        db.session.rollback()


def _of_queue() -> Iterator[Metric]:
    waiting, oldest = queue.backlog()
    yield Gauge("digisence_queue_waiting", "Jobs that wait for a worker", waiting)
    yield Gauge("digisence_queue_oldest_seconds", "For how long the first of them has waited", oldest)
    yield Gauge("digisence_jobs_failed", "Jobs that failed in the last seven days", queue.failures())


def _of_database() -> Iterator[Metric]:
    status = schedule.status()
    now = database_now(db.session.connection())
    yield Gauge("digisence_sweep_enabled", "1 while the sweep is switched on", float(status["isRunning"]))
    yield Gauge("digisence_sweep_overdue", "1 when two intervals went by without a sweep", float(status["overdue"]))
    yield Gauge("digisence_sweep_interval_seconds", "Seconds between two sweeps", status["intervalSeconds"])
    if status["lastSync"]:
        yield Gauge("digisence_sweep_age_seconds", "Since the last sweep ended", _age(now, status["lastSync"]))
    yield from _of_checks(now, status["intervalSeconds"])
    yield _of_runs(now)


def _of_checks(now: datetime, sweep_seconds: int) -> Iterator[Metric]:
    """A check that never succeeded counts from its registration, so that its age grows like any other's."""
    age = Gauge("digisence_check_last_success_age_seconds", "Since a check last ran through", labels=["check"])
    every = Gauge("digisence_check_interval_seconds", "How often a check is to run", labels=["check"])
    broken = Gauge("digisence_check_broken", "1 while a check cannot do its work", labels=["check"])
    columns = (Check.id, Check.last_success_at, Check.registered_at, Check.interval_seconds, Check.health)
    for row in db.session.execute(select(*columns).where(Check.mode != "off").order_by(Check.id)):
        age.add_metric([row.id], _age(now, row.last_success_at or row.registered_at))
        every.add_metric([row.id], max(row.interval_seconds or 0, sweep_seconds))
        broken.add_metric([row.id], float(row.health == BROKEN))
    yield from (age, every, broken)


def _of_runs(now: datetime) -> Metric:
    runs = Gauge("digisence_runs", "Runs of the last 24 hours", labels=["state"])
    counted = select(Run.state, func.count()).where(Run.created_at > now - RECENT).group_by(Run.state)
    found = {state: count for state, count in db.session.execute(counted)}  # noqa: C416 a Row is no tuple to mypy
    for state in RUN_STATES:
        runs.add_metric([state], found.get(state, 0))
    return runs


def _age(now: datetime, since: datetime) -> float:
    return max(0.0, (now - since).total_seconds())
