"""The public shapes of what is told over time: statistics with trend and drill, and the history."""

from marshmallow import fields

from ..models.check import MODES
from .rule import SEVERITIES
from .shapes import Shape, maybe, text, word


class DrillStep(Shape):
    """One thing that a drill tried."""

    name = text(metadata={"example": "restore"})
    success = fields.Boolean(required=True)
    detail = text()
    seconds = fields.Float(required=True)


class LastDrill(Shape):
    """How the last drill went."""

    at = fields.DateTime(required=True)
    passed = fields.Boolean(required=True)
    detail = text()
    seconds = fields.Float(required=True)
    overdue = fields.Boolean(required=True, metadata={"description": "Two intervals went by without one"})
    steps = fields.List(fields.Nested(DrillStep), required=True)


class HealthPoint(Shape):
    """The directory's figures at the end of a run, or of the last run of a step."""

    at = fields.DateTime(required=True)
    runId = maybe(fields.String, metadata={"description": "Null for a day that is long past"})
    runs = fields.Integer(required=True)
    records = fields.Integer(required=True)
    orphanedUsers = fields.Integer(required=True)
    missingBusinessAdmins = fields.Integer(required=True)
    missingProfessionalAdmins = fields.Integer(required=True)
    healthy = fields.Boolean(required=True)
    score = fields.Float(required=True)
    lowest = fields.Float(required=True, metadata={"description": "The lowest score within the step"})


class IntegrityStatistics(Shape):
    """How the directory is."""

    users = fields.Integer(required=True)
    businesses = fields.Integer(required=True)
    professionals = fields.Integer(required=True)
    orphanedUsers = fields.Integer(required=True)
    missingBusinessAdmins = fields.Integer(required=True)
    missingProfessionalAdmins = fields.Integer(required=True)
    healthy = fields.Boolean(required=True)
    score = fields.Float(required=True, metadata={"description": "0 to 100"})
    checkedAt = text()
    trend = fields.List(
        fields.Nested(HealthPoint), required=True, metadata={"description": "The last 30 runs, the oldest first"}
    )
    drill = fields.Nested(
        LastDrill, required=True, allow_none=True, metadata={"description": "Null before the first one"}
    )


class Ended(Shape):
    """What became of findings that ended."""

    ended = fields.Integer(required=True, metadata={"description": "The number that the next five rest on"})
    healed = fields.Integer(required=True, metadata={"description": "Well again, or gone, without this check's doing"})
    repaired = fields.Integer(required=True)
    quarantined = fields.Integer(required=True)
    healedShare = maybe(fields.Float, metadata={"description": "0 to 1; null when none ended"})
    meanSeconds = maybe(fields.Float, metadata={"description": "From first seen to the end; null when none ended"})


class CheckPoint(Shape):
    """What a check came to in the runs of a step."""

    at = fields.DateTime(required=True)
    runs = fields.Integer(required=True)
    open = fields.Integer(required=True, metadata={"description": "Findings that stood at the end"})
    peak = fields.Integer(required=True, metadata={"description": "The most that stood"})
    new = fields.Integer(required=True)
    healed = fields.Integer(required=True)
    repaired = fields.Integer(required=True)
    quarantined = fields.Integer(required=True)
    broken = fields.Integer(required=True, metadata={"description": "Runs in which the check itself broke"})
    seconds = fields.Float(required=True)


class CheckOverTime(Ended):
    """One check over time."""

    check = text()
    title = text()
    severity = word(SEVERITIES)
    mode = word(MODES)
    health = text()
    healthDetail = maybe(fields.String)
    open = maybe(fields.Integer)
    firstSeen = maybe(fields.DateTime, metadata={"description": "The first finding that is known"})
    openSince = maybe(fields.DateTime, metadata={"description": "The oldest finding that stands"})
    points = fields.List(fields.Nested(CheckPoint), required=True)


IntegrityHistory = Shape.from_dict(
    {
        "from": fields.DateTime(required=True),
        "to": fields.DateTime(required=True),
        "step": fields.Integer(required=True, metadata={"description": "Seconds; steps without a run have no point"}),
        "health": fields.List(fields.Nested(HealthPoint), required=True),
        "ended": fields.Nested(Ended, required=True),
        "checks": fields.List(fields.Nested(CheckOverTime), required=True),
    },
    name="IntegrityHistory",
)
