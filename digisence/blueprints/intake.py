"""The public forms: open to everybody, so limited, bounded, strict, and quiet about what the house knows."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from flask import Response, g, jsonify, request
from marshmallow import Schema, fields, validate

from ..accounts import intake
from ..changes import Context
from ..config import settings
from ..errors import Invalid, Problem
from ..extensions import limiter, metrics
from ..extensions.api import PROBLEM_TYPE, ProblemSchema
from ..models import BusinessListingInquiry, Inquiry, Record, RegistrationInquiry, new_id
from ..records import schema
from .attempts import address_key
from .resource import Door

blp = Door("intake", __name__, url_prefix="/api", description="Public forms: applications and inquiries")

LARGEST = 64_000  # bytes
TRAP = "companyFax"  # a field that forms hide from people: who fills it in is none
STORED, TRAPPED = "stored", "trapped"
FOR_US = ("status", "adminNotes", "notes", "reviewedBy", "reviewedAt", "assignedTo", "termsAcceptedAt", "userId")
REFUSED = {
    409: "An application like this waits already",
    413: f"More than {LARGEST} bytes",
    422: "Fields at fault, each named; also those that no applicant may set",
    429: "Too many from this address; Retry-After says when to come back",
}
ALLOWED = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Expose-Headers": "Retry-After, X-Request-Id",
    "Access-Control-Max-Age": "3600",
}

Take = Callable[[Mapping[str, Any], Context], str]


class Received(Schema):
    """It came."""

    id = fields.String(required=True, metadata={"example": schema.EXAMPLES["id"]})


def _shape(model: type[Record], name: str, required: Collection[str] = ()) -> type[Schema]:
    """What a stranger may send for a record of `model`: what a superadmin may, without what is ours to say."""
    open_to_all = {key: field for key, field in schema.shapes(model, ()).create().fields.items() if key not in FOR_US}
    for key in required:
        open_to_all[key].required = True
    trap = fields.String(
        load_default="",
        validate=[schema.plain, validate.Length(max=1000)],
        metadata={"description": "Leave it empty", "example": ""},
    )
    return Schema.from_dict({**open_to_all, TRAP: trap}, name=name)


def _add(path: str, model: type[Record], shape: type[Schema], take: Take, summary: str) -> None:
    @blp.route(path, endpoint=path.strip("/"), methods=["POST"])
    @blp.doc(summary=summary)
    @blp.arguments(shape)
    @blp.response(201, Received)
    @_refusals
    def receive(values: dict[str, Any]) -> tuple[Response, int]:
        trapped = bool(values.pop(TRAP))
        record_id = new_id() if trapped else take(values, _context())
        metrics.intake.labels(resource=model.__resource__, outcome=TRAPPED if trapped else STORED).inc()
        return jsonify({"id": record_id}), 201


def _refusals(view: Callable[..., Any]) -> Callable[..., Any]:
    for status, sentence in REFUSED.items():
        view = blp.alt_response(status, schema=ProblemSchema, content_type=PROBLEM_TYPE, description=sentence)(view)
    return view


def _context() -> Context:
    return Context("system:intake", g.get("request_id"), None, request.remote_addr)


@limiter.shared_limit(lambda: settings().intake_limit, "intake", key_func=address_key)
def _count() -> None:
    """One more from this address, whichever form it is. RateLimitExceeded when it is one too many."""


@blp.before_request
def _bound() -> None:
    """Before anything is read further: not too many, no parameters, no large bodies."""
    if request.method != "POST":
        return
    _count()
    if request.args:
        raise Invalid(dict.fromkeys(request.args, "is not known here"), "This call takes no URL parameters.")
    if len(request.get_data()) > LARGEST:
        raise Problem(413, "too-large", f"Send at most {LARGEST} bytes.")


@blp.after_request
def _share(response: Response) -> Response:
    """Let pages of the sites that the settings name send these forms. No cookie is ever asked for or looked at."""
    origin = request.headers.get("Origin")
    chosen = [one.strip() for one in settings().intake_origins.split(",") if one.strip()]
    if not chosen:
        return response
    if "*" in chosen:
        response.headers["Access-Control-Allow-Origin"] = "*"
    else:
        response.vary.add("Origin")
        if origin not in chosen:
            return response
        response.headers["Access-Control-Allow-Origin"] = origin
    response.headers.update(ALLOWED)
    return response


for _row in (
    ("/registration-inquiries", RegistrationInquiry, _shape(RegistrationInquiry, "Application", ["termsAccepted"]),
     intake.register, "Apply for an account"),
    ("/business-listing-inquiries", BusinessListingInquiry, _shape(BusinessListingInquiry, "ListingRequest"),
     intake.ask_for_listing, "Ask for a business to be listed"),
    ("/inquiries", Inquiry, _shape(Inquiry, "Message"), intake.inquire, "Write to a business or a professional"),
):  # fmt: skip
    _add(*_row)
