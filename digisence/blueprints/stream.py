"""The stream, as events at `/api/admin/sse` and over a WebSocket at `/api/admin/ws`: who asks, for what, from where."""

import time

from flask import Flask, Response, current_app, g, request
from flask_smorest import Blueprint

from ..config import settings
from ..errors import Invalid, Problem
from ..realtime import MODES, TOPICS, Listener, Wish, converse, same_origin, serve
from ..realtime.topics import allowed, usual
from .guard import identity, superadmin

blp = Blueprint("stream", __name__, url_prefix="/api/admin", description="The feed, as server-sent events")

PARAMETERS = ("topics", "initial", "lastEventId", "last_event_id")
LONGEST_AGENT = 400


ASKED = [
    {"in": "query", "name": "topics", "schema": {"type": "string"}, "description": "Comma-separated; default all"},
    {"in": "query", "name": "initial", "schema": {"type": "string", "enum": list(MODES), "default": "full"}},
    {"in": "query", "name": "lastEventId", "schema": {"type": "string"}, "description": "Or `last_event_id`"},
    {"in": "header", "name": "Last-Event-ID", "schema": {"type": "string"}},
]
REFUSED = {
    "403": {"description": "Not a superadmin, or a topic is not for this role; `topics` names it"},
    "429": {"description": "Too many streams; see Retry-After"},
    "503": {"description": "The feed cannot be reached; see Retry-After"},
}


@blp.route("/sse")
@blp.doc(
    parameters=ASKED,
    responses={
        "200": {"description": "Events until the stream's end", "content": {"text/event-stream": {}}},
        **REFUSED,
    },
)
@superadmin
def stream() -> Response:
    """Everything that changes, as it changes: `hello`, then what was missed or `initial`, then each message."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return serve(app, request.environ, _wish(), _listener(), _known_as())


@blp.route("/ws", websocket=True)
@blp.route("/ws")  # and who comes without an upgrade is told that this is a WebSocket
@blp.doc(
    parameters=ASKED,
    responses={
        "101": {"description": "The same messages, one JSON text each, with `id` inside"},
        "400": {"description": "The handshake is malformed"},
        "426": {"description": "No WebSocket was asked for"},
        "501": {"description": "This server cannot hand over its sockets: use /api/admin/sse"},
        **REFUSED,
    },
)
@superadmin
def websocket() -> Response:
    """The stream over a WebSocket; takes `{"type": "subscribe" | "unsubscribe", "topics": [...]}` on the way."""
    if not same_origin(request.headers.get("Origin"), request.host_url, settings().public_url):
        raise Problem(403, "foreign-origin", f"Pages of {request.headers['Origin']} may not open streams here.")
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return converse(app, request.environ, _wish(), _listener(), _known_as())


def _known_as() -> dict[str, str]:
    return {"X-Request-Id": str(g.request_id)} if "request_id" in g else {}


def _listener() -> Listener:
    """Who asks."""
    who = identity()
    return Listener(
        user_id=who.user_id,
        session_id=who.session_id,
        address=request.remote_addr or "",
        # before the guard asked: a revocation since then counts
        checked_at=time.time() - (time.perf_counter() - g.began),
        expires_at=who.expires_at.timestamp(),
        role=who.role,
        stamp=who.session.stamp,
        agent=request.user_agent.string[:LONGEST_AGENT],
    )


def _wish() -> Wish:
    """The request's parameters; Invalid names each that is not understood, Problem 403 topics that are not for all."""
    asked = request.args
    wrong = {name: "is not a parameter of the stream" for name in asked if name not in PARAMETERS}
    wrong |= {name: "is given more than once" for name, values in asked.lists() if len(values) > 1}
    mode = asked.get("initial", "full")
    if mode not in MODES:
        wrong["initial"] = f"is one of {', '.join(MODES)}"
    topics = [topic.strip() for topic in asked["topics"].split(",")] if "topics" in asked else None
    if unknown := [topic for topic in topics or () if topic not in TOPICS]:
        wrong["topics"] = f"unknown: {', '.join(unknown)}; there are {', '.join(TOPICS)}"
    if wrong:
        raise Invalid(wrong, "The stream does not understand these parameters.")
    position = request.headers.get("Last-Event-ID") or asked.get("lastEventId") or asked.get("last_event_id")
    role = identity().role
    return Wish(usual(role) if topics is None else allowed(role, topics), mode, position or None)
