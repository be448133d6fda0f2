"""What the integrity room's JSON looks like, for the doors and the generated types."""

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from ..config import duration
from ..models.check import MODES
from ..models.finding import FINDING_STATES
from ..models.run import RUN_STATES
from ..records.schema import EXAMPLES, Flag, Whole, plain
from .plan import ACTS
from .rule import LONGEST_SECONDS, REMEDIES, SEVERITIES
from .schedule import SHORTEST_SECONDS

HEALTH = ("ok", "broken")
MOST_IDS = 500
DURATION = "^([0-9]{1,5}[smh]|[0-9]{1,4}d)$"
SOME_TIME = "^([1-9][0-9]{0,4}[smh]|[1-9][0-9]{0,3}d)$"
SPAN = {"type": ["string", "integer"], "maximum": LONGEST_SECONDS}  # a number: of seconds


class Shape(Schema):
    """A shape that a door declares; its name goes into the OpenAPI document as the class's own."""

    class Meta:
        register = False


class Span(fields.Field[Any]):
    """A duration, `90s`, `15m`, `24h`, `7d` or a number of seconds, as seconds."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:  # noqa: ARG002
        if isinstance(value, bool) or (isinstance(value, str) and not re.fullmatch(DURATION, value)):
            raise ValidationError("write a duration as 90s, 15m, 24h or 7d")
        try:
            whole = int(value) if isinstance(value, float) and value.is_integer() else value
            seconds = duration(whole).total_seconds()  # type: ignore[attr-defined]
        except (ValueError, OverflowError) as error:
            raise ValidationError("write a duration as 90s, 15m, 24h or 7d") from error
        if seconds > LONGEST_SECONDS:
            raise ValidationError("too long")
        return int(seconds)


def not_zero(seconds: int) -> None:
    """Refuse no time at all where a time between two runs is meant."""
    if seconds < 1:
        raise ValidationError("at least 1s; null for every sweep")


def text(**options: Any) -> fields.String:
    """A required text."""
    return fields.String(required=True, **options)


def maybe(kind: type[fields.Field[Any]], **options: Any) -> fields.Field[Any]:
    """A field that is always there and may be null."""
    return kind(required=True, allow_none=True, **options)


def word(choices: tuple[str, ...], **options: Any) -> fields.String:
    """A required text that is one of `choices`."""
    return fields.String(required=True, validate=validate.OneOf(choices), **options)


def paged(shape: type[Schema], name: str) -> type[Schema]:
    """One page of `shape`."""
    items = {"items": fields.List(fields.Nested(shape), required=True)}
    numbers = {key: fields.Integer(required=True) for key in ("page", "limit", "total")}
    return Shape.from_dict({**items, **numbers}, name=name)


class Origin(Shape):
    """The distribution that offers a rule."""

    distribution = text(metadata={"example": "digisence"})
    version = text(metadata={"example": "0.1.0"})


class IntegrityCheck(Shape):
    """A registered rule with its settings."""

    id = text(metadata={"example": "orphaned_user"})
    title = text()
    resource = maybe(fields.String)
    severity = word(SEVERITIES)
    remedy = word(REMEDIES)
    origin = fields.Nested(Origin, required=True)
    mode = word(MODES)
    promotedVersion = maybe(fields.String, metadata={"description": "The version that may act; another observes"})
    grace = text(metadata={"example": "24h"})
    interval = maybe(fields.String, metadata={"description": "At most this often by schedule; null: every sweep"})
    settings = maybe(fields.Dict)
    settingsSchema = maybe(fields.Dict, metadata={"description": "JSON Schema of the settings"})
    lastRun = maybe(fields.DateTime)
    lastSuccess = maybe(fields.DateTime)
    health = word(HEALTH)
    healthDetail = maybe(fields.String)


class CheckPatch(Shape):
    """How a check is to run."""

    mode = fields.String(validate=validate.OneOf(MODES))
    grace = Span(allow_none=True, metadata={**SPAN, "pattern": DURATION, "minimum": 0, "example": "72h"})
    interval = Span(
        allow_none=True, validate=not_zero, metadata={**SPAN, "pattern": SOME_TIME, "minimum": 1, "example": "1h"}
    )
    settings = fields.Dict(allow_none=True)


class DataIntegrityCheck(Shape):
    """The old platform's shape of a check that found something."""

    type = text(metadata={"example": "orphaned_user"})
    description = text()
    affectedRecords = fields.List(fields.String(), required=True, metadata={"description": "At most 100 ids"})
    affectedCount = fields.Integer(required=True)
    severity = word(SEVERITIES)


class IntegrityRun(Shape):
    """One execution of checks and repairs."""

    id = text()
    occurrence = text()
    state = word(RUN_STATES)
    repair = fields.Boolean(required=True)
    dryRun = fields.Boolean(required=True)
    scheduled = fields.Boolean(required=True)
    actor = text(metadata={"example": "system:sweep"})
    checks = maybe(fields.List, cls_or_instance=fields.String())
    findings = maybe(fields.List, cls_or_instance=fields.String())
    progress = maybe(fields.Dict)
    error = maybe(fields.String)
    createdAt = fields.DateTime(required=True)
    startedAt = maybe(fields.DateTime)
    finishedAt = maybe(fields.DateTime)
    counts = fields.List(fields.Dict(), required=True, metadata={"description": "A line for each check"})
    success = maybe(fields.Boolean)
    held = maybe(fields.String, metadata={"description": "Why it only observed, though it was to repair"})
    fixedRecords = fields.Integer(required=True)
    errors = fields.List(fields.String(), required=True)
    integrityChecks = fields.List(fields.Nested(DataIntegrityCheck), required=True)


class PlannedAct(Shape):
    """What a dry run would do to one record."""

    check = text()
    resource = text()
    recordId = text()
    act = word(ACTS)
    detail = maybe(fields.Dict, metadata={"description": "With whom, with what, or why not"})


class RunRequest(Shape):
    """What a run shall do."""

    checks = fields.List(
        fields.String(validate=[plain, validate.Length(min=1, max=200)]),
        allow_none=True,
        load_default=None,
        validate=validate.Length(min=1, max=MOST_IDS),
        metadata={"description": "These checks only", "example": ["orphaned_user"]},
    )
    repair = Flag(load_default=False, metadata={"description": "Mend what may be mended"})
    dryRun = Flag(load_default=False, metadata={"description": "Only tell what would be mended"})


class RunStarted(Shape):
    """The run that was asked for."""

    runId = text()


class IntegrityFinding(Shape):
    """A record that fails a check."""

    id = text()
    check = text()
    resource = text()
    recordId = text()
    state = word(FINDING_STATES)
    sightings = fields.Integer(required=True)
    firstSeen = fields.DateTime(required=True)
    lastSeen = fields.DateTime(required=True)
    resolvedAt = maybe(fields.DateTime)
    explanation = maybe(fields.String)
    detail = maybe(fields.String, metadata={"description": "Why it is blocked, or left alone"})


class FindingsBulk(Shape):
    """What to do about some findings."""

    ids = fields.List(
        fields.String(validate=[plain, validate.Length(min=1, max=200)]),
        required=True,
        validate=validate.Length(min=1, max=MOST_IDS),
        metadata={"example": [EXAMPLES["id"]]},
    )
    action = word(("ignore", "repair"), metadata={"example": "ignore"})


class FindingsDone(Shape):
    """What came of it; a repair goes on in the run."""

    done = fields.List(fields.String(), required=True)
    failed = fields.List(
        fields.Dict(), required=True, metadata={"example": [{"id": "…", "code": "not-open", "detail": "…"}]}
    )
    runId = maybe(fields.String)


class Acknowledged(Shape):
    """A superadmin's word for one set."""

    by = text()
    at = fields.DateTime(required=True)
    until = fields.DateTime(required=True)


class IntegrityBreaker(Shape):
    """What a check wanted to touch when it was stopped."""

    check = text()
    state = word(("tripped", "closed"))
    setHash = text()
    count = fields.Integer(required=True)
    records = fields.List(fields.String(), required=True, metadata={"description": "At most 100 ids; records has all"})
    reason = text()
    runId = maybe(fields.String)
    trippedAt = fields.DateTime(required=True)
    acknowledged = fields.Nested(Acknowledged, required=True, allow_none=True)


class BreakerRecord(Shape):
    """One of the records that a check wanted to touch, and the set it belongs to."""

    recordId = text()
    setHash = text()


class Acknowledgement(Shape):
    """The very set that may pass."""

    setHash = text(validate=[plain, validate.Length(min=1, max=200)], metadata={"example": "9f86d081884c7d65"})
    count = Whole(required=True, metadata={"example": 25})


class SyncStatus(Shape):
    """The state of the service that sweeps."""

    isRunning = fields.Boolean(required=True, metadata={"description": "Switched on"})
    intervalSeconds = fields.Integer(required=True)
    lastSync = maybe(fields.DateTime)
    nextSync = maybe(fields.DateTime)
    lastResult = maybe(fields.Dict)
    lastError = maybe(fields.String)
    workerAlive = fields.Boolean(required=True)
    schedulerAlive = fields.Boolean(required=True)
    overdue = fields.Boolean(required=True)


class SyncStart(Shape):
    """How often to sweep."""

    intervalSeconds = Whole(
        load_default=None,
        allow_none=True,
        validate=validate.Range(SHORTEST_SECONDS, LONGEST_SECONDS),
        metadata={"example": 600},
    )
