"""flask-sse 1.0.0 as it is, behind the smallest application that uses it as its documentation says."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from typing import Any

import flask_sse
import psycopg
from flask import Flask, g

written = threading.Event()


def create_app() -> Flask:
    """Streams at `/stream`, with `/page` beside it; Redis is at $STOCK_REDIS."""
    app = Flask(__name__)
    app.config["REDIS_URL"] = os.environ["STOCK_REDIS"]
    app.register_blueprint(flask_sse.sse, url_prefix="/stream")
    app.add_url_rule("/page", view_func=page)
    app.add_url_rule("/write", view_func=write, methods=["POST"])
    app.add_url_rule("/commit", view_func=commit, methods=["POST"])
    app.add_url_rule("/read", view_func=read)
    return app


def page() -> dict[str, Any]:
    """What any other page costs."""
    return {"pid": os.getpid()}


def write() -> dict[str, Any]:
    """Change the record, tell of it, and commit a moment later: at `/commit`."""
    with sqlite3.connect(os.environ["STOCK_DATABASE"]) as connection:
        connection.execute("UPDATE record SET name = 'new'")
        flask_sse.sse.publish({"changed": "record"})
        written.wait(10)
    connection.close()
    return {}


def commit() -> dict[str, Any]:
    """Let `write` go on."""
    written.set()
    return {}


def read() -> dict[str, Any]:
    """The record as a browser sees it that was told of a change."""
    connection = sqlite3.connect(os.environ["STOCK_DATABASE"])
    [[name]] = connection.execute("SELECT name FROM record")
    connection.close()
    return {"name": name}


class Checked(flask_sse.ServerSentEventsBlueprint):  # type: ignore[misc]
    """What flask-sse offers to who wants to ask for rights with each message: a generator around its own."""

    def messages(self, channel: str = "sse") -> Iterator[flask_sse.Message]:
        for message in super().messages(channel):
            session().execute("SELECT 1")
            yield message


def session() -> psycopg.Connection:
    """The request's connection to the database, given back when its context ends."""
    if "session" not in g:
        g.session = psycopg.connect(os.environ["STOCK_DATABASE"])
    return g.session  # type: ignore[no-any-return]


def create_checked_app() -> Flask:
    """Streams at `/stream` that ask the database with each message."""
    app = Flask(__name__)
    app.config["REDIS_URL"] = os.environ["STOCK_REDIS"]
    checked = Checked("checked", __name__)
    checked.add_url_rule(rule="", endpoint="stream", view_func=checked.stream)
    app.register_blueprint(checked, url_prefix="/stream")
    app.add_url_rule("/page", view_func=page)

    @app.teardown_appcontext
    def give_back(_error: BaseException | None) -> None:
        if "session" in g:
            g.pop("session").close()

    return app
