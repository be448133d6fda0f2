"""/api/admin/sync: the service that sweeps: on or off, when, how it went."""

from typing import Any

from flask import Response, jsonify

from ..integrity import runs, schedule, shapes
from . import guard
from .conditional import answer_of
from .integrity import AWAY, PAGING, WRONG, accepted, asked, bodiless, only, page_of
from .resource import Door, refusals

blp = Door("sync", __name__, url_prefix="/api/admin/sync", description="The service that sweeps")


@blp.route("")
@guard.superadmin
@blp.response(200, shapes.SyncStatus)
@refusals(blp, WRONG)
def status() -> Response:
    """Whether it is on, when it swept and will sweep, and whether anybody is at work."""
    only()
    return answer_of(schedule.status())


@blp.route("/start", methods=["POST"])
@guard.superadmin
@blp.arguments(shapes.SyncStart, required=False)
@blp.response(200, shapes.SyncStatus)
@refusals(blp, WRONG)
def start(options: dict[str, Any]) -> Response:
    """Switch it on, with another interval if one is given; it stays so over restarts."""
    return jsonify(schedule.start(guard.context(), options["intervalSeconds"]))


@blp.route("/stop", methods=["POST"])
@guard.superadmin
@blp.response(200, shapes.SyncStatus)
@refusals(blp, WRONG)
def stop() -> Response:
    """Switch it off; it stays so over restarts. A sweep under way ends by itself."""
    bodiless()
    return jsonify(schedule.stop(guard.context()))


@blp.route("/run", methods=["POST"])
@guard.superadmin
@blp.response(202, shapes.RunStarted)
@refusals(blp, {**WRONG, **AWAY})
def run() -> Response:
    """Queue a sweep now: every check, and the repairs it allows."""
    bodiless()
    return accepted({"runId": schedule.ask(guard.context())})


@blp.route("/log")
@guard.superadmin
@blp.doc(parameters=PAGING)
@blp.response(200, shapes.paged(shapes.IntegrityRun, "SyncLog"))
@refusals(blp, WRONG)
def log() -> Response:
    """Every sweep, the newest first."""
    number, limit, _ = asked()
    return page_of(*runs.page(number, limit, repairs_only=True), number, limit, runs.to_json)
