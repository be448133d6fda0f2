"""One error shape for everything that can go wrong: RFC 9457 problem+json, by one handler."""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from flask import Flask, Response, g, json, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

log = structlog.get_logger(__name__)

CODES = {
    400: "bad-request", 401: "unauthorized", 403: "forbidden", 404: "not-found", 405: "method-not-allowed",
    406: "not-acceptable", 409: "conflict", 410: "gone", 412: "precondition-failed", 413: "too-large",
    415: "unsupported-media-type", 422: "invalid", 429: "too-many-requests", 500: "internal-error", 503: "unavailable",
}  # fmt: skip


class Problem(Exception):
    """Something the caller can understand and mend: `status`, a stable word `code`, a sentence, the fields at fault.

    `fields` maps a field's wire name to what is wrong with it; `extra` joins the body (for 412: the current record).
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.fields, self.headers, self.extra = dict(fields or {}), dict(headers or {}), extra


class NotFound(Problem):
    """No such record."""

    def __init__(self, resource: str, record_id: str) -> None:
        super().__init__(404, "not-found", f"There is no record {record_id!r} among the {resource}.")


class Conflict(Problem):
    """The record's state does not allow this."""

    def __init__(self, code: str, detail: str, **extra: Any) -> None:
        super().__init__(409, code, detail, **extra)


class Invalid(Problem):
    """Some fields, filters or parameters are not acceptable; each is named."""

    def __init__(
        self, fields: Mapping[str, str], detail: str = "Some fields are not valid.", code: str = "invalid"
    ) -> None:
        super().__init__(422, code, detail, fields=fields)


def problem_response(
    status: int,
    code: str,
    detail: str,
    *,
    fields: Iterable[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    **extra: Any,
) -> Response:
    """The problem+json reply."""
    body = {
        "type": f"urn:digisence:problem:{code}",
        "title": code.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "code": code,
        "requestId": g.get("request_id"),
        "errors": [{"field": field, "message": message} for field, message in fields],
        **extra,
    }
    response = Response(json.dumps(body), status=status, mimetype="application/problem+json")
    response.headers.update(headers or {})
    return response


def flatten(messages: Any, prefix: str = "") -> list[tuple[str, str]]:
    """marshmallow's nested messages as (dotted field, message) pairs; what is wrong with all of it is `body`'s."""
    if isinstance(messages, Mapping):
        return [pair for key, value in messages.items() for pair in flatten(value, _beneath(prefix, str(key)))]
    if isinstance(messages, list):
        return [pair for value in messages for pair in flatten(value, prefix)]
    return [(prefix, str(messages))]


def _beneath(prefix: str, key: str) -> str:
    if key == "_schema":  # marshmallow's name for the whole of an object
        return prefix or "body"
    return f"{prefix}.{key}" if prefix else key


def init_app(app: Flask) -> None:
    """Register the one handler of each family of errors."""
    app.register_error_handler(Problem, _on_problem)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(OperationalError, _on_database)
    app.register_error_handler(Exception, _on_bug)


def _on_problem(error: Problem) -> Response:
    return problem_response(
        error.status, error.code, error.detail, fields=error.fields.items(), headers=error.headers, **error.extra
    )


def on_http(error: HTTPException) -> Response:
    """The problem of an error that Flask or Werkzeug raised."""
    status = error.code or 500
    data = getattr(error, "data", {})
    fields = [pair for part in (data.get("messages") or {}).values() for pair in flatten(part)]
    code = "invalid-json" if status == 400 and request.is_json else CODES.get(status, "error")
    headers = {name: value for name, value in error.get_headers() if name.lower() in ("allow", "retry-after")}
    detail = "Some fields are not valid." if fields else str(error.description or error.name)
    return problem_response(status, code, detail, fields=fields, headers=headers)


def _on_database(error: OperationalError) -> Response:
    log.error("the database did not answer", path=request.path, method=request.method, why=str(error.orig))
    detail = "The database is busy or away; nothing was changed. Try again in a moment."
    return problem_response(503, "unavailable", detail, headers={"Retry-After": "2"})


def _on_bug(error: Exception) -> Response:
    log.error("unhandled error", path=request.path, method=request.method, exc_info=error)
    return problem_response(500, "internal-error", "Something went wrong on our side; the log has the request id.")
