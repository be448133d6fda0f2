"""A reply comes in an encoding that the caller takes, under the same tag whichever it is."""

import pytest
from flask import Flask, Response

from digisence.extensions.compress import Compression


@pytest.mark.parametrize(
    ("asked", "encodings"),
    [
        (None, {None}), ("", {None}), ("identity", {None}), ("gzip", {"gzip"}), ("br;q=0.1, gzip;q=0.5", {"gzip"}),
        ("gzip;q=0", {None}), ("gzip; Q=0.000", {None}), ("*;q=0", {None}), ("gzip;q=0, br;q=0.001", {"br"}), ("gzip;q=0,*", {"br", "zstd"}),
    ],
)  # fmt: skip
def test_what_the_caller_refuses_is_not_sent(asked: str | None, encodings: set[str | None]) -> None:
    app = Flask("x")
    Compression().init_app(app)
    app.add_url_rule("/", "x", lambda: Response("x" * 5000, mimetype="application/json", headers={"ETag": '"7"'}))
    reply = app.test_client().get("/", headers={} if asked is None else {"Accept-Encoding": asked})
    assert reply.headers.get("Content-Encoding") in encodings
    assert reply.headers["ETag"] == '"7"'
