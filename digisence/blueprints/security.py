"""What every request gets: an id, a position on the feed, a log line, the headers that keep browsers safe."""

import re
import time

import structlog
from flask import Flask, Response, g, request
from flask_limiter import RateLimitExceeded
from uuid6 import uuid7
from werkzeug.middleware.proxy_fix import ProxyFix

from ..config import settings
from ..errors import problem_response
from ..extensions import limiter, metrics, sse

log = structlog.get_logger(__name__)

REQUEST_ID = re.compile(r"[\w.-]{8,64}", re.ASCII)
METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
TRANSPORT = "max-age=31536000"


def init_app(app: Flask) -> None:
    """Stand before every view of `app` and behind it."""
    chosen = settings(app)
    if chosen.trusted_proxies:
        count = chosen.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    app.before_request(_arrive)
    app.after_request(_leave)
    app.register_error_handler(RateLimitExceeded, _on_limit)


def is_api() -> bool:
    """True for a request to the API."""
    return request.path.startswith("/api/")


def _arrive() -> None:
    offered = request.headers.get("X-Request-Id", "")
    g.request_id = offered if REQUEST_ID.fullmatch(offered) else str(uuid7())
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    # before the view's snapshot: the reply holds at least everything up to here
    g.feed_position = sse.position() if is_api() else None


def _leave(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if settings().public_url.startswith("https://"):
        response.headers.setdefault("Strict-Transport-Security", TRANSPORT)
    if "request_id" in g:
        response.headers["X-Request-Id"] = g.request_id
    if is_api():
        _mark(response)
    _record(response)
    return response


def _mark(response: Response) -> None:
    """What a reply of the API says about its freshness."""
    if g.get("feed_position"):
        response.headers.setdefault("X-Feed-Position", g.feed_position)
    reads = request.method in ("GET", "HEAD")
    response.headers.setdefault("Cache-Control", "no-cache" if reads else "no-store")
    if reads:
        response.headers.setdefault("Pragma", "no-cache")
        response.vary.add("Accept-Encoding")


def _record(response: Response) -> None:
    method = request.method if request.method in METHODS else "other"
    metrics.requests.labels(method=method, status=response.status_code).inc()
    took = (time.perf_counter() - g.began) * 1000 if "began" in g else 0.0
    # the path only: a query may hold what somebody searched for
    status, ms = response.status_code, round(took, 1)
    log.info("request", method=request.method, path=request.path, status=status, ms=ms)


def _on_limit(_error: RateLimitExceeded) -> Response:
    limit = limiter.current_limit
    wait = max(1, round(limit.reset_at - time.time())) if limit else 60
    detail = f"Too many attempts. Try again in {wait} s."
    return problem_response(429, "too-many-requests", detail, headers={"Retry-After": str(wait)})
