"""/api/admin/integrity: the checks, their runs, what they found, what stopped them, and how the directory is."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Response, jsonify, request

from ..errors import Invalid
from ..extensions import metrics
from ..integrity import (
    breaker,
    catalogue,
    choices,
    data_sync_service,
    drill,
    findings,
    history_shapes,
    plan,
    retrospect,
    runs,
    shapes,
    span,
)
from ..models.finding import FINDING_STATES, OPEN
from ..records.query import LARGEST_LIMIT, LAST_PAGE, given, paging
from . import guard
from .conditional import answer_of
from .resource import Door, refusals

blp = Door(
    "integrity", __name__, url_prefix="/api/admin/integrity", description="What is broken, and what is done about it"
)
blp.record(lambda _state: metrics.show("drill", drill.series))

PAGING = [
    {"in": "query", "name": "page", "schema": {"type": "integer", "minimum": 1, "maximum": LAST_PAGE}},
    {"in": "query", "name": "limit", "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT}},
]
WRONG = {422: "Parameters or fields at fault, each named"}
AWAY = {503: "Redis is away; the run is marked errored"}


def asked(*names: str) -> tuple[int, int, dict[str, str]]:
    """Page, limit, and the parameters `names` where given. Invalid names each that is none, empty or malformed."""
    wrong: dict[str, str] = {}
    rest: dict[str, Sequence[str]] = dict(request.args.to_dict(flat=False))
    number, limit = paging(rest, wrong)
    chosen = given(rest, names, wrong)
    wrong |= {name: f"is no parameter here; choose from {', '.join(('page', 'limit', *names))}" for name in rest}
    if wrong:
        raise Invalid(wrong, "Some parameters are not valid.")
    return number, limit, chosen


def only(*names: str) -> dict[str, str]:
    """The parameters `names` where given, for what has no pages. Invalid names each that is none, empty or twice."""
    wrong: dict[str, str] = {}
    rest: dict[str, Sequence[str]] = dict(request.args.to_dict(flat=False))
    chosen = given(rest, names, wrong)
    told = f"choose from {', '.join(names)}" if names else "there are none"
    wrong |= dict.fromkeys(rest, f"is no parameter here; {told}")
    if wrong:
        raise Invalid(wrong, "Some parameters are not valid.")
    return chosen


def bodiless() -> None:
    """Refuse a body with anything in it: whoever sends one believes that it does something."""
    body = request.get_json() if request.get_data() else {}
    if body != {}:
        names = list(body) if isinstance(body, dict) else ["body"]
        raise Invalid(dict.fromkeys(names, "is not read here; send no body"))


def accepted(body: Any) -> Response:
    """202: it was queued."""
    response = jsonify(body)
    response.status_code = 202
    return response


def page_of(items: Sequence[Any], total: int, number: int, limit: int, form: Callable[[Any], Any]) -> Response:
    """One page of a list."""
    return answer_of({"items": [form(item) for item in items], "page": number, "limit": limit, "total": total})


def portion_of(items: Sequence[Any], form: Callable[[Any], Any]) -> Response:
    """The page asked for, of a list that is short enough to be at hand."""
    number, limit, _ = asked()
    return page_of(items[(number - 1) * limit : number * limit], len(items), number, limit, form)


@blp.route("/checks")
@guard.superadmin
@blp.doc(parameters=PAGING)
@blp.response(200, shapes.paged(shapes.IntegrityCheck, "IntegrityChecks"))
@refusals(blp, WRONG)
def checks() -> Response:
    """Every check; a rule that did not load is listed under its entry point."""
    return portion_of(catalogue.listed(), catalogue.to_json)


@blp.route("/checks/<check_id>", methods=["PATCH"])
@guard.superadmin
@blp.arguments(shapes.CheckPatch)
@blp.response(200, shapes.IntegrityCheck)
@refusals(blp, {404: "No such check", 409: "The rule is not loaded", **WRONG})
def change_check(values: dict[str, Any], check_id: str) -> Response:
    """Set a check's mode, grace period, interval or settings; null goes back to the rule's or the product's own."""
    return jsonify(catalogue.to_json(choices.change(check_id, values, guard.context())))


@blp.route("/runs", methods=["POST"])
@guard.superadmin
@blp.arguments(shapes.RunRequest, required=False)
@blp.response(202, shapes.RunStarted)
@refusals(blp, {**WRONG, **AWAY})
def start_run(options: dict[str, Any]) -> Response:
    """Queue a run. It mends nothing unless `repair` says so."""
    context = guard.context()
    run_id = runs.create(context, checks=options["checks"], repair=options["repair"], dry_run=options["dryRun"])
    runs.enqueue(str(run_id), context)
    return accepted({"runId": run_id})


@blp.route("/runs")
@guard.superadmin
@blp.doc(parameters=PAGING)
@blp.response(200, shapes.paged(shapes.IntegrityRun, "IntegrityRuns"))
@refusals(blp, WRONG)
def list_runs() -> Response:
    """The runs, the newest first."""
    number, limit, _ = asked()
    return page_of(*runs.page(number, limit), number, limit, runs.to_json)


@blp.route("/runs/<run_id>")
@guard.superadmin
@blp.response(200, shapes.IntegrityRun)
@refusals(blp, {404: "No such run", **WRONG})
def read_run(run_id: str) -> Response:
    """A run: its state, progress, counts by check, and the result in the old platform's shape."""
    only()
    return answer_of(runs.to_json(runs.read(run_id)))


@blp.route("/runs/<run_id>/plan")
@guard.superadmin
@guard.parameters
@blp.doc(
    parameters=[
        *PAGING,
        {"in": "query", "name": "check", "schema": {"type": "string", "minLength": 1}},
        {"in": "query", "name": "act", "schema": {"type": "string", "enum": [*plan.ACTS]}},
    ]
)
@blp.response(200, shapes.paged(shapes.PlannedAct, "PlannedActs"))
@refusals(blp, {404: "No such run", **WRONG})
def read_plan(run_id: str) -> Response:
    """What a dry run would do to each record, by check and record; empty for any other run."""
    number, limit, chosen = asked("check", "act")
    if chosen.get("act") not in (None, *plan.ACTS):
        raise Invalid({"act": f"is one of {', '.join(plan.ACTS)}"}, "Some parameters are not valid.")
    runs.read(run_id)
    if check_id := chosen.get("check"):
        findings.refuse_unknown(check_id)
    found = plan.page(run_id, check_id, chosen.get("act"), number, limit)
    return page_of(*found, number, limit, plan.to_json)


@blp.route("/findings")
@guard.superadmin
@blp.doc(
    parameters=[
        *PAGING,
        {"in": "query", "name": "check", "schema": {"type": "string", "minLength": 1}},
        {
            "in": "query",
            "name": "state",
            "schema": {"type": "string", "enum": [*FINDING_STATES, "all"], "default": OPEN},
        },
    ]
)
@blp.response(200, shapes.paged(shapes.IntegrityFinding, "IntegrityFindings"))
@refusals(blp, WRONG)
def list_findings() -> Response:
    """The findings, the gravest first; open ones unless `state` says otherwise."""
    number, limit, chosen = asked("check", "state")
    state = chosen.get("state", OPEN)
    if state not in (*FINDING_STATES, "all"):
        raise Invalid({"state": f"is one of {', '.join((*FINDING_STATES, 'all'))}"}, "Some parameters are not valid.")
    return page_of(*findings.page(chosen.get("check"), state, number, limit), number, limit, findings.to_json)


@blp.route("/findings/bulk", methods=["POST"])
@guard.superadmin
@blp.arguments(shapes.FindingsBulk)
@blp.response(200, shapes.FindingsDone)
@blp.alt_response(202, schema=shapes.FindingsDone, description="A run was queued that repairs those in `done`")
@refusals(blp, {**WRONG, **AWAY})
def bulk(options: dict[str, Any]) -> Response:
    """Ignore findings, or queue a run that repairs them, by the same rules as any: mode, sightings, breaker."""
    context = guard.context()
    if options["action"] == "ignore":
        return jsonify({**choices.ignore(options["ids"], context), "runId": None})
    results, checks_of = choices.repairable(options["ids"], context)
    if not results["done"]:
        return jsonify({**results, "runId": None})
    run_id = runs.create(context, checks=checks_of, findings=results["done"], repair=True)
    runs.enqueue(str(run_id), context)
    return accepted({**results, "runId": run_id})


@blp.route("/breakers")
@guard.superadmin
@blp.doc(parameters=PAGING)
@blp.response(200, shapes.paged(shapes.IntegrityBreaker, "IntegrityBreakers"))
@refusals(blp, WRONG)
def breakers() -> Response:
    """Every breaker that ever tripped, the tripped ones first."""
    return portion_of(breaker.listed(), lambda told: told)


@blp.route("/breakers/<check_id>/records")
@guard.superadmin
@guard.parameters
@blp.doc(parameters=PAGING)
@blp.response(200, shapes.paged(shapes.BreakerRecord, "BreakerRecords"))
@refusals(blp, {404: "It never tripped", **WRONG})
def breaker_records(check_id: str) -> Response:
    """The very set that a breaker holds, all of it, in the order of the ids."""
    held = breaker.read(check_id)
    return portion_of(sorted(held.record_ids), lambda record_id: {"recordId": record_id, "setHash": held.set_hash})


@blp.route("/breakers/<check_id>/acknowledge", methods=["POST"])
@guard.superadmin
@blp.arguments(shapes.Acknowledgement)
@blp.response(200, shapes.IntegrityBreaker)
@refusals(blp, {404: "It never tripped", 409: "It is not tripped, or holds another set by now", **WRONG})
def acknowledge(given: dict[str, Any], check_id: str) -> Response:
    """Let one very set through, once, within 60 minutes."""
    breaker.acknowledge(check_id, given["setHash"], given["count"], guard.context())
    return jsonify(breaker.to_json(breaker.read(check_id)))


@blp.route("/statistics")
@guard.superadmin
@blp.response(200, history_shapes.IntegrityStatistics)
@refusals(blp, WRONG)
def figures() -> Response:
    """How the directory is, counted as the checks count; how it was in the last runs; and how the last drill went."""
    only()
    return answer_of(data_sync_service.get_data_statistics())


@blp.route("/history")
@guard.superadmin
@blp.doc(
    parameters=[
        {"in": "query", "name": "check", "schema": {"type": "string", "minLength": 1}},
        {"in": "query", "name": "from", "schema": {"type": "string", "format": "date-time"}},
        {"in": "query", "name": "to", "schema": {"type": "string", "format": "date-time"}},
        {"in": "query", "name": "step", "schema": {"type": "string", "pattern": shapes.SOME_TIME, "example": "6h"}},
    ]
)
@blp.response(200, history_shapes.IntegrityHistory)
@refusals(blp, {404: "No such check", **WRONG})
def over_time() -> Response:
    """Score and checks over time, the last 30 days unless told otherwise, and what became of findings."""
    chosen = only("check", *span.PARAMETERS)
    return answer_of(retrospect.told(span.span(chosen), chosen.get("check")))
