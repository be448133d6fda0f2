"""The stream behind the smallest possible web application, for a real server: who listens is whoever the query says."""

import json
import os
import time
from typing import Any

from flask import Flask, Response, request

from digisence import errors, logs
from digisence.config import load_settings
from digisence.extensions import db, metrics, redis_client, sse
from digisence.realtime import Listener, Wish, serve


def create_app() -> Flask:
    """An application set up by the JSON in $BARE_SETTINGS."""
    app = Flask(__name__)
    app.config["SETTINGS"] = load_settings(**json.loads(os.environ["BARE_SETTINGS"]))
    logs.init_app(app)
    errors.init_app(app)
    for extension in (db, redis_client, sse, metrics):
        extension.init_app(app)
    app.add_url_rule("/stream", view_func=stream)
    app.add_url_rule("/page", view_func=page)
    return app


def stream() -> Response:
    """`?user=&session=&address=&seconds=&topics=&initial=` and Last-Event-ID."""
    asked = request.args
    listener = Listener(
        user_id=asked.get("user", "u"),
        session_id=asked.get("session", "s"),
        address=asked.get("address", "a"),
        checked_at=time.time(),
        expires_at=time.time() + float(asked.get("seconds", 3600)),
    )
    topics = frozenset(asked["topics"].split(",")) if "topics" in asked else None
    wish = Wish(topics, asked.get("initial", "none"), request.headers.get("Last-Event-ID"))
    from flask import current_app

    return serve(current_app._get_current_object(), request.environ, wish, listener, {})  # type: ignore[attr-defined]


def page() -> dict[str, Any]:
    """What any other page costs, and what this process holds."""
    import threading

    names = sorted(thread.name for thread in threading.enumerate())
    streams = int(metrics.streams._value.get())
    lost = int(metrics.lost._value.get())
    return {"pid": os.getpid(), "threads": names, "fds": len(os.listdir("/proc/self/fd")), "streams": streams, "lost": lost}
