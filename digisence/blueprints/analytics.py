"""/api/admin/analytics: how the directory went, by the hour and by the day."""

from typing import Any

from flask import Response
from marshmallow import fields, validate

from ..analytics import series
from ..analytics.metrics import KINDS, METRICS
from ..integrity.shapes import Shape, maybe, text
from ..models.measure import DAY, STEPS
from ..records.schema import Moment
from . import guard
from .conditional import answer_of
from .integrity import WRONG, only
from .resource import Door, refusals

blp = Door("analytics", __name__, url_prefix="/api/admin/analytics", description="How the directory went, in figures")

EXAMPLE = "2026-11-23T00:00:00.000Z"
PARAMETERS = [
    {
        "in": "query", "name": "metric", "required": True, "style": "form", "explode": False,
        "schema": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": [*METRICS]}},
        "example": ["created", "deleted"],
    },
    *(
        {"in": "query", "name": name, "schema": {"type": "string", "format": "date-time"}, "description": told}
        for name, told in (("from", "Default: 30 days before `to`"), ("to", "Points before this time; default now"))
    ),
    {"in": "query", "name": "step", "schema": {"type": "string", "enum": [*STEPS], "default": DAY}},
]  # fmt: skip


class Point(fields.Field[Any]):
    """`[time, value]`: the start of an hour or day, and what it came to."""


class AnalyticsSeries(Shape):
    """One line of a chart. A bucket whose value cannot be known has no point."""

    metric = text(metadata={"example": "created"})
    label = text(metadata={"example": "businesses"})
    unit = text(metadata={"example": "records"})
    points = fields.List(
        Point(
            metadata={
                "type": "array",
                "minItems": 2,
                "maxItems": 2,
                "items": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "number"}]},
            }
        ),
        required=True,
        metadata={"example": [[EXAMPLE, 12]]},
    )


class Analytics(Shape):
    """What was asked for. `measuredAt`: up to when the last bucket is measured; null before the first time."""

    metric = text(metadata={"example": "created"})
    unit = maybe(fields.String, metadata={"example": "records", "description": "Null where the metrics differ"})
    step = text(validate=validate.OneOf(STEPS), metadata={"example": DAY})
    from_ = Moment(required=True, data_key="from", metadata={"example": EXAMPLE})
    to = Moment(required=True, metadata={"example": "2026-11-24T00:00:00.000Z"})
    measuredAt = Moment(required=True, allow_none=True, metadata={"example": EXAMPLE})
    series = fields.List(fields.Nested(AnalyticsSeries), required=True)


class AnalyticsMetric(Shape):
    """A metric. `labels`: those it always has; the others come with what is found."""

    name = text(metadata={"example": "created"})
    title = text(metadata={"example": "Records created"})
    unit = text(metadata={"example": "records"})
    kind = text(validate=validate.OneOf([*KINDS]), metadata={"example": "sum"})
    meaning = text(metadata={"example": KINDS["sum"]})
    source = text(metadata={"example": "changes"})
    labels = fields.List(fields.String(), required=True, metadata={"example": ["users"]})


class AnalyticsMetrics(Shape):
    """All metrics."""

    items = fields.List(fields.Nested(AnalyticsMetric), required=True)


@blp.route("")
@guard.superadmin
@blp.doc(parameters=PARAMETERS)
@blp.response(200, Analytics)
@refusals(blp, WRONG)
def index() -> Response:
    """Metrics over time, several with commas between: at most 2,000 points a series."""
    return answer_of(series.told(series.asked(only(*series.PARAMETERS))))


@blp.route("/metrics")
@guard.superadmin
@blp.response(200, AnalyticsMetrics)
@refusals(blp, WRONG)
def metrics() -> Response:
    """What is measured."""
    only()
    told = [
        {
            "name": metric.name, "title": metric.title, "unit": metric.unit, "kind": metric.kind,
            "meaning": KINDS[metric.kind], "source": metric.source, "labels": list(metric.labels),
        }
        for metric in METRICS.values()
    ]  # fmt: skip
    return answer_of({"items": told})
