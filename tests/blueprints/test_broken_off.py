"""A body that breaks off is none, however good what came of it may look; asked of the real server, which tells the end."""

import contextlib
import socket

import pytest
from flask import Flask

from tests.blueprints.conftest import Caller, Serve, settle
from tests.realtime.web import Web

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

FORM = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nname\nWhole\nBroken of'


def sent(web: Web, boss: Caller, path: str, kind: str, framing: str, body: bytes) -> bytes:
    """The first line of the reply to a request whose connection is closed after `body`."""
    with contextlib.closing(socket.create_connection(web.address, timeout=20)) as connection:
        head = f"POST /api/admin/{path} HTTP/1.1\r\nHost: x\r\nAuthorization: {boss.headers['Authorization']}\r\n"
        connection.sendall(f"{head}Content-Type: {kind}\r\n{framing}\r\nConnection: close\r\n\r\n".encode() + body)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").readline().strip()


def test_a_body_that_breaks_off_is_refused_and_nothing_is_made(app: Flask, boss: Caller, serve: Serve) -> None:
    web = serve()
    whole = b'{"name": "Whole"}'
    table = b"name\nWhole\nBroken of"
    short, chunked = "Content-Length: 500", "Transfer-Encoding: chunked"
    for path, kind, framing, body in (
        ("categories", "application/json", short, whole),
        ("categories", "application/json", chunked, b"11\r\n" + whole),
        ("categories", "application/json", chunked, b"11\r\n" + whole + b"\r\nno number\r\n"),
        ("categories/import", "text/csv", short, table),
        ("categories/import", "text/csv", chunked, b"14\r\n" + table + b"\r\n"),
        ("categories/import", "multipart/form-data; boundary=x", short, FORM),
    ):
        assert sent(web, boss, path, kind, framing, body) == b"HTTP/1.1 400 BAD REQUEST", (path, framing, body)
    assert boss.get("categories").json["total"] == boss.get("imports").json["total"] == 0
    length = f"Content-Length: {len(whole)}"
    assert sent(web, boss, "categories", "application/json", length, whole) == b"HTTP/1.1 201 CREATED"
    in_one_piece = b"14\r\n" + table + b"\r\n0\r\n\r\n"
    assert sent(web, boss, "categories/import", "text/csv", chunked, in_one_piece) == b"HTTP/1.1 202 ACCEPTED"
    settle(app)
