"""/api/admin/jobs: what there is to do, what is being done, and how it went."""

from typing import Any

from flask import Response, jsonify
from marshmallow import fields, validate
from redis import RedisError
from sqlalchemy import select

from ..config import settings
from ..errors import Problem
from ..extensions import db, queue
from ..extensions.queue import Job, QueuedJob
from ..integrity import cancelling
from ..integrity.shapes import Shape, maybe, paged, text
from ..models import Schedule
from ..records.schema import plain
from . import guard
from .conditional import answer_of
from .integrity import PAGING, WRONG, accepted, bodiless, only, portion_of
from .resource import Door, refusals

blp = Door("jobs", __name__, url_prefix="/api/admin/jobs", description="Work for later")

AWAY = {503: "Redis is away"}


class QueuedWork(Shape):
    """A job that Redis knows."""

    id = text()
    name = text(metadata={"example": "sweep"})
    state = text(metadata={"example": "queued"})
    arguments = fields.Dict(required=True)
    progress = fields.Dict(required=True)
    enqueuedAt = maybe(fields.DateTime)
    startedAt = maybe(fields.DateTime)
    endedAt = maybe(fields.DateTime)
    result = maybe(fields.Raw)
    error = maybe(fields.String)


class JobRequest(Shape):
    """A declared job and its arguments."""

    name = text(validate=[plain, validate.Length(min=1, max=200)], metadata={"example": "sweep"})
    arguments = fields.Dict(keys=fields.String(), load_default=dict)


class JobQueued(Shape):
    """The job that was put on the queue."""

    id = text()


class DeclaredJob(Shape):
    """A job there is. `everySeconds`: how often by schedule; null for one that is only asked for, or is stopped."""

    name = text(metadata={"example": "sweep"})
    title = text()
    timeoutSeconds = fields.Integer(required=True)
    periodic = fields.Boolean(required=True)
    everySeconds = maybe(fields.Integer)
    nextDue = maybe(fields.DateTime)
    argumentsSchema = fields.Dict(required=True, metadata={"description": "JSON Schema of its arguments"})


@blp.route("")
@guard.superadmin
@blp.doc(parameters=PAGING)
@blp.response(200, paged(QueuedWork, "Jobs"))
@refusals(blp, {**WRONG, **AWAY})
def index() -> Response:
    """Jobs waiting, running, failed and done, as far as Redis still knows them, the newest first."""
    try:
        newest = sorted(queue.known(), key=lambda job: str(job.enqueued_at or ""), reverse=True)
        return portion_of(newest, QueuedJob.told)
    except RedisError as error:
        raise away() from error


@blp.route("", methods=["POST"])
@guard.superadmin
@blp.arguments(JobRequest)
@blp.response(202, JobQueued)
@refusals(blp, {**WRONG, **AWAY})
def enqueue(wanted: dict[str, Any]) -> Response:
    """Put a declared job on the queue."""
    return accepted({"id": queue.enqueue(wanted["name"], wanted["arguments"])})


@blp.route("/declared")
@guard.superadmin
@blp.doc(parameters=PAGING)
@blp.response(200, paged(DeclaredJob, "DeclaredJobs"))
@refusals(blp, WRONG)
def declared() -> Response:
    """Every job there is: what it takes, how often it comes by itself, and when next."""
    rows = {row.name: row for row in db.session.scalars(select(Schedule).execution_options(populate_existing=True))}
    return portion_of([*queue.declared.values()], lambda job: _declared(job, rows.get(job.name)))


def _declared(job: Job, row: Schedule | None) -> dict[str, Any]:
    every = job.every(settings()) if job.every else 0
    if row is not None and every:
        every = row.interval_seconds or every if row.enabled else 0
    return {
        "name": job.name,
        "title": job.title,
        "timeoutSeconds": job.timeout,
        "periodic": job.every is not None,
        "everySeconds": every or None,
        "nextDue": queue.next_due(job.name) if every else None,
        "argumentsSchema": job.arguments.model_json_schema(),
    }


@blp.route("/<job_id>")
@guard.superadmin
@blp.response(200, QueuedWork)
@refusals(blp, {404: "Redis knows no such job", **WRONG, **AWAY})
def read(job_id: str) -> Response:
    """One job: its state, arguments, progress and outcome."""
    only()
    try:
        return answer_of(queue.job(job_id).told())
    except RedisError as error:
        raise away() from error


@blp.route("/<job_id>/cancel", methods=["POST"])
@guard.superadmin
@blp.response(200, QueuedWork)
@refusals(blp, {404: "Redis knows no such job", 409: "It has ended", **WRONG, **AWAY})
def cancel(job_id: str) -> Response:
    """Call a job off: one that waits is `canceled`; one that runs stays `started` until its next step."""
    bodiless()
    try:
        return jsonify(cancelling.cancel(job_id, guard.context()).told())
    except RedisError as error:
        raise away() from error


def away() -> Problem:
    """Redis does not answer."""
    return Problem(503, "queue-unavailable", "The job queue does not answer: try again when Redis is back.")
