"""Is the process alive, is the product ready, and its figures: for supervisors, balancers and Prometheus."""

import hmac
import ipaddress
from collections.abc import Callable

import structlog
from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis import RedisError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ..changes import triggers
from ..changes.figures import stuck
from ..changes.relay import HEARTBEAT
from ..config import settings
from ..errors import Problem
from ..extensions import db, metrics, queue, redis_client
from ..extensions.migrate import heads, standing
from ..integrity import figures as late
from ..mail import figures as mails

log = structlog.get_logger(__name__)

blp = Blueprint("health", __name__)


@blp.get("/healthz")
def healthz() -> Response:
    """The process answers; it asks nobody else."""
    return jsonify(status="ok")


@blp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """200 when every part works, else 503; `{"status", "parts": {name: {"ok", "detail"}}, "warnings": {name: detail}}`.

    A warning is no reason to send requests elsewhere, so it leaves the status as it is.
    """
    faults = {**_stored(), **_running()}
    parts = {name: {"ok": not fault, "detail": fault or None} for name, fault in faults.items()}
    ready = not any(faults.values())
    told = jsonify(status="ready" if ready else "not-ready", parts=parts, warnings=late.warnings() | mails.warnings())
    return told, 200 if ready else 503


@blp.get("/metrics")
def figures() -> Response:
    """The process's series for Prometheus: to this machine, or for DIGISENCE_METRICS_TOKEN."""
    if not (_has_token() or _is_near()):
        raise Problem(403, "forbidden", "Ask from this machine, or with DIGISENCE_METRICS_TOKEN as token.")
    return Response(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)


def _stored() -> dict[str, str]:
    """Part → what is wrong with it, of those that live in the database."""
    checks: dict[str, Callable[[Connection], str]] = {
        "migrations": _migrations, "triggers": _triggers, "outbox": _outbox,
    }  # fmt: skip
    try:
        with db.engine.connect() as connection:
            return {"database": "", **{name: check(connection) for name, check in checks.items()}}
    except SQLAlchemyError as error:
        log.warning("the database does not answer", reason=str(error).splitlines()[0])
        fault = "The database does not answer: see that it runs and that DATABASE_URL names it."
        return {"database": fault, **dict.fromkeys(checks, "Not known without the database.")}


def _migrations(connection: Connection) -> str:
    return "" if standing(connection) == heads() else "The schema is not this version's: run `digisence db upgrade`."


def _triggers(connection: Connection) -> str:
    faults = triggers.verify(connection)
    return f"{len(faults)} faults, {faults[0]}: run `digisence db upgrade`." if faults else ""


def _outbox(connection: Connection) -> str:
    return "Not known with another schema." if _migrations(connection) else stuck(connection)


def _running() -> dict[str, str]:
    """Part → what is wrong with it, of those that are processes."""
    try:
        relays = bool(redis_client.get().exists(HEARTBEAT))
    except RedisError:
        fault = "Redis does not answer: see that it runs and that REDIS_URL names it."
        return {"redis": fault, **dict.fromkeys(("scheduler", "relay"), "Not known without Redis.")}
    return {
        "redis": "",
        "scheduler": "" if queue.scheduler_alive() else "No scheduler ticks: start `digisence scheduler`.",
        "relay": "" if relays else "No relay runs: start `digisence relay`.",
    }


def _has_token() -> bool:
    scheme, _, offered = request.headers.get("Authorization", "").partition(" ")
    expected = settings().metrics_token
    return bool(expected) and scheme.lower() == "bearer" and hmac.compare_digest(offered.encode(), expected.encode())


def _is_near() -> bool:
    """True for a caller on this machine who is not a proxy speaking for another."""
    if request.headers.get("X-Forwarded-For") and not settings().trusted_proxies:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
