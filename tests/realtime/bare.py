"""The stream behind the smallest possible web application, for a real server: who listens is whoever the query says."""

import json
import os
import time
from typing import Any

from flask import Flask, Response, current_app, request

from digisence import errors, logs
from digisence.config import load_settings
from digisence.extensions import db, metrics, redis_client, sse
from digisence.models.user import SUPER_ADMIN
from digisence.realtime import Listener, Wish, converse, hub_for, roster, serve, subscriber


def create_app() -> Flask:
    """An application set up by the JSON in $BARE_SETTINGS; `lease` is the roster's, `check` the subscriber's, in seconds."""
    app = Flask(__name__)
    chosen = json.loads(os.environ["BARE_SETTINGS"])
    roster.LEASE_SECONDS = chosen.pop("lease", roster.LEASE_SECONDS)
    subscriber.CHECK_SECONDS = subscriber.LONGEST_BACKOFF = chosen.pop("check", subscriber.CHECK_SECONDS)
    app.config["SETTINGS"] = load_settings(**chosen)
    logs.init_app(app)
    errors.init_app(app)
    for extension in (db, redis_client, sse, metrics):
        extension.init_app(app)
    app.add_url_rule("/stream", view_func=stream)
    app.add_url_rule("/ws", view_func=websocket, websocket=True)
    app.add_url_rule("/page", view_func=page)
    return app


def stream() -> Response:
    """`?user=&session=&address=&seconds=&topics=&initial=` and Last-Event-ID."""
    return serve(this(), request.environ, wish(), listener(), {})


def websocket() -> Response:
    """The same over a WebSocket."""
    return converse(this(), request.environ, wish(), listener(), {})


def this() -> Flask:
    """The application."""
    return current_app._get_current_object()  # type: ignore[attr-defined, no-any-return]


def listener() -> Listener:
    """Whoever the query says."""
    asked = request.args
    return Listener(
        user_id=asked.get("user", "u"),
        session_id=asked.get("session", "s"),
        address=asked.get("address", "a"),
        checked_at=time.time(),
        expires_at=time.time() + float(asked.get("seconds", 3600)),
        role=SUPER_ADMIN,
    )


def wish() -> Wish:
    """Whatever the query says."""
    asked = request.args
    topics = frozenset(["update", *asked["topics"].split(",")]) if "topics" in asked else None
    return Wish(topics, asked.get("initial", "none"), request.headers.get("Last-Event-ID"))


def page() -> dict[str, Any]:
    """What any other page costs, and what this process holds."""
    import threading

    names = sorted(thread.name for thread in threading.enumerate())
    hub = hub_for(this())
    fds = len(os.listdir("/proc/self/fd"))
    return {"pid": os.getpid(), "threads": names, "fds": fds, "streams": len(hub.clients()), "lost": hub.counts.lost}
