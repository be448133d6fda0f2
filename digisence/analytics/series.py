"""Series, read: what was asked for, with every bucket that is known, and none that is not."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from ..changes.context import Unit
from ..clock import to_wire, utcnow
from ..errors import Invalid
from ..models import Measure, Measuring
from ..models.measure import DAY, STEPS
from ..records.listing import snapshot
from ..records.schema import moment
from ..records.tables import table
from . import buckets, metrics
from .metrics import LEVEL, SUM, Metric

DEFAULT = timedelta(days=30)
MOST = 2_000  # points a series
PARAMETERS = ("metric", "from", "to", "step")


@dataclass(frozen=True)
class Asked:
    """Which metrics, from when to before when, in which steps."""

    metrics: Sequence[Metric]
    start: datetime
    end: datetime
    step: str = DAY


def asked(told: Mapping[str, str]) -> Asked:
    """What parameters ask for: the last 30 days by day, where they leave it open. Invalid names each at fault."""
    wrong: dict[str, str] = {}
    chosen: list[Metric] = []
    try:
        chosen = metrics.named([name.strip() for name in told.get("metric", "").split(",") if name.strip()])
    except Invalid as error:
        wrong |= error.fields
    step = told.get("step", DAY)
    if step not in STEPS:
        wrong["step"] = f"is {' or '.join(STEPS)}"
    end = _time(told, "to", utcnow(), wrong)
    start = _time(told, "from", end - DEFAULT, wrong)
    if not wrong and start >= end:
        wrong["from"] = "must lie before `to`"
    elif not wrong and (end - start) / buckets.LENGTH[step] > MOST:
        wrong["from"] = f"gives more than {MOST} points: choose a later one, or the step day"
    if wrong:
        raise Invalid(wrong, "Some parameters are not valid.")
    return Asked(chosen, buckets.floor(start, step), end, step)


def _time(told: Mapping[str, str], name: str, otherwise: datetime, wrong: dict[str, str]) -> datetime:
    if name not in told:
        return otherwise
    try:
        return moment(told[name])
    except ValueError as error:
        wrong[name] = str(error)
        return otherwise


def told(question: Asked) -> dict[str, Any]:
    """The series as the API tells them."""
    with snapshot() as session:
        state = session.execute(select(table(Measuring))).one_or_none()
        points = _points(session, question)
    series = [
        {"metric": metric.name, "label": label, "unit": metric.unit, "points": _filled(metric, found, question, state)}
        for metric in question.metrics
        for label, found in _labelled(metric, points[metric.name])
    ]
    units = {metric.unit for metric in question.metrics}
    return {
        "metric": ",".join(metric.name for metric in question.metrics),
        "unit": units.pop() if len(units) == 1 else None,
        "step": question.step,
        "from": to_wire(question.start),
        "to": to_wire(question.end),
        "measuredAt": to_wire(state.until) if state else None,
        "series": series,
    }


def _points(session: Unit, question: Asked) -> dict[str, dict[str, dict[datetime, float]]]:
    measures = table(Measure)
    query = select(measures.c.metric, measures.c.label, measures.c.at, measures.c.value).where(
        measures.c.metric.in_([metric.name for metric in question.metrics]),
        measures.c.step == question.step,
        measures.c.at >= question.start,
        measures.c.at < question.end,
    )
    found: dict[str, dict[str, dict[datetime, float]]] = defaultdict(lambda: defaultdict(dict))
    for metric, label, at, value in session.execute(query):
        found[metric][label][at] = value
    return found


def _labelled(metric: Metric, found: Mapping[str, dict[datetime, float]]) -> list[tuple[str, dict[datetime, float]]]:
    labels = [*metric.labels, *sorted(found.keys() - set(metric.labels))]
    return [(label, found.get(label, {})) for label in labels]


def _filled(metric: Metric, found: Mapping[datetime, float], question: Asked, state: Any) -> list[list[Any]]:
    known = dict(found)
    if metric.sparse and state:
        first = max(question.start, buckets.floor(state.since, question.step))
        last = min(question.end, state.until + timedelta(milliseconds=1))
        known = dict.fromkeys(buckets.buckets(first, last, question.step), 0.0) | known
    whole = metric.kind in (SUM, LEVEL)
    return [[to_wire(at), int(known[at]) if whole else known[at]] for at in sorted(known)]
