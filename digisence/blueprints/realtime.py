"""/api/admin/realtime: who listens to the feed, end one of them, and how the feed is."""

from flask import Response
from marshmallow import fields
from redis import RedisError

from ..errors import NotFound, Problem
from ..integrity.shapes import Shape, maybe, paged, text
from ..realtime import overview
from . import guard
from .conditional import answer_of, nothing
from .integrity import PAGING, WRONG, only, portion_of
from .resource import Door, refusals

blp = Door("realtime", __name__, url_prefix="/api/admin/realtime", description="The feed's listeners and its state")

AWAY = {503: "Redis is away"}


def whole(**options: str) -> fields.Integer:
    """A required whole number."""
    return fields.Integer(required=True, metadata=options)


class Connection(Shape):
    """An open stream. `position`, `behind` and `bytesSent` are told anew every few seconds."""

    id = text()
    process = text(metadata={"description": "The process that has it"})
    userId = text()
    address = text()
    agent = maybe(fields.String, metadata={"description": "The client's User-Agent"})
    topics = maybe(fields.List, cls_or_instance=fields.String(), metadata={"description": "null: all"})
    transport = text(metadata={"example": "sse", "enum": ["sse", "ws"]})
    since = fields.DateTime(required=True)
    position = maybe(fields.String, metadata={"description": "All up to it has been taken; null: it fell behind"})
    behind = whole(description="Messages it has yet to take")
    bytesSent = whole()


class Occupancy(Shape):
    """The messages that a process holds for its streams."""

    messages = whole()
    bytes = whole()
    mostBytes = whole()
    after = text(metadata={"description": "It holds what came after this position"})


class Refusals(Shape):
    """Streams refused, by the limit that was reached."""

    user = whole()
    address = whole()
    all = whole()


class Process(Shape):
    """A web process, as it told of itself at `seenAt`; its counts are since `startedAt`."""

    id = text()
    host = text()
    pid = whole()
    startedAt = fields.DateTime(required=True)
    seenAt = fields.DateTime(required=True)
    streams = whole()
    position = maybe(fields.String)
    lagMs = maybe(fields.Integer, metadata={"description": "How long the oldest message it has not heard has waited"})
    ring = fields.Nested(Occupancy, required=True)
    deliveries = whole()
    bytesSent = whole()
    lost = whole(description="Streams told `lost` because they fell behind")
    dropped = whole(description="Streams cut because nobody read")
    refused = fields.Nested(Refusals, required=True)


class Waiting(Shape):
    """Changes that are not published yet."""

    size = whole()
    oldestAt = maybe(fields.DateTime)
    ageSeconds = maybe(fields.Float)


class RealtimeStatus(Shape):
    """How the feed is. What only Redis knows is null while it is away."""

    position = maybe(fields.String, metadata={"description": "Of the newest message"})
    oldest = maybe(fields.String, metadata={"description": "The first one kept; who stands there may resume"})
    messages = maybe(fields.Integer, metadata={"description": "How many are kept"})
    epoch = maybe(fields.String, metadata={"description": "Where the feed began, while that is kept"})
    relayAlive = maybe(fields.Boolean)
    publisherAway = fields.Boolean(required=True, metadata={"description": "Redis takes no publications"})
    outbox = fields.Nested(Waiting, required=True)
    streams = whole()
    deliveries = whole()
    bytesSent = whole()
    lost = whole()
    dropped = whole()
    refused = fields.Nested(Refusals, required=True)
    processes = fields.List(fields.Nested(Process), required=True)


@blp.route("/connections")
@guard.superadmin
@blp.doc(parameters=PAGING)
@blp.response(200, paged(Connection, "Connections"))
@refusals(blp, {**WRONG, **AWAY})
def connections() -> Response:
    """Every open stream of every process, the newest first."""
    try:
        return portion_of(overview.connections(), lambda told: told)
    except RedisError as error:
        raise _away() from error


@blp.route("/connections/<connection_id>", methods=["DELETE"])
@guard.superadmin
@blp.response(204)
@refusals(blp, {404: "There is no such stream", **AWAY})
def disconnect(connection_id: str) -> Response:
    """End a stream, in whichever process. It gets `bye` with the reason `disconnected`; its client may come back."""
    try:
        found = overview.disconnect(connection_id)
    except RedisError as error:
        raise _away() from error
    if not found:
        raise NotFound("connections", connection_id)
    return nothing(204)


@blp.route("/status")
@guard.superadmin
@blp.response(200, RealtimeStatus)
@refusals(blp, WRONG)
def status() -> Response:
    """The feed's position, its processes, what waits to be published, and what was delivered, lost and refused."""
    only()
    return answer_of(overview.status())


def _away() -> Problem:
    detail = "The processes cannot be asked while Redis is away: try again when it is back."
    return Problem(503, "feed-away", detail, headers={"Retry-After": "2"})
