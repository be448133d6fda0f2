"""Conditional requests: what a reader already has is not sent again, what a writer has not seen is not overwritten.

Tags are compared without what a proxy or a compression adds to them: `W/` before, `-gzip` or `:zstd` after.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify, request
from werkzeug.http import http_date, parse_date

TAG = re.compile(r'(?:W/)?"([^"]*)"|([^\s,"]+)')
ENCODING = re.compile(r"[-:](?:gzip|br|zstd|deflate)$")


def wanted_versions() -> list[int] | None:
    """The versions that `If-Match` accepts; None when it accepts any (absent, or `*`). Other words match nothing."""
    tags = _tags(request.headers.get("If-Match"))
    if tags is None or "*" in tags:
        return None
    return [int(tag) for tag in tags if re.fullmatch(r"\d{1,9}", tag, re.ASCII)]


def unchanged(tag: str, modified: datetime | None) -> bool:
    """Whether the reader has this already; `If-None-Match` is asked first, and alone."""
    tags = _tags(request.headers.get("If-None-Match"))
    if tags is not None:
        return tag in tags or "*" in tags
    since = parse_date(request.headers.get("If-Modified-Since"))
    return since is not None and modified is not None and modified.replace(microsecond=0) <= since.astimezone(UTC)


def answer(body: Any, tag: str, modified: datetime | None = None, status: int = 200) -> Response:
    """`body` as JSON with its validators; without a body (None) a 304."""
    response = nothing(304) if body is None else jsonify(body)
    if body is not None:
        response.status_code = status
    response.headers["ETag"] = f'"{tag}"'
    if modified is not None:
        response.headers["Last-Modified"] = http_date(modified)
    return response


def nothing(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """A reply without a body."""
    response = Response(status=status, headers=headers)
    del response.headers["Content-Type"]
    return response


def answer_of(body: Any) -> Response:
    """`body` as JSON, tagged by its content; 304 when the reader has that."""
    response = jsonify(body)
    tag = hashlib.sha256(response.get_data()).hexdigest()[:32]
    if unchanged(tag, None):
        return answer(None, tag)
    response.headers["ETag"] = f'"{tag}"'
    return response


def _tags(header: str | None) -> set[str] | None:
    if header is None:
        return None
    return {ENCODING.sub("", quoted or bare) for quoted, bare in TAG.findall(header)}
