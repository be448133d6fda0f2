"""Conditional requests: what a reader already has is not sent again, what a writer has not seen is not overwritten.

Tags are compared without what a proxy or a compression adds to them: `W/` before, `-gzip`, `:zstd` or `;br` after.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Response, jsonify, request
from werkzeug.http import http_date, parse_date

from ..errors import Invalid

ANY = "*"
TAG = re.compile(r'(?:W/)?"([^"]*)"|([^\s,"]+)')
ENCODING = re.compile(r"[-:;](?:gzip|br|zstd|deflate)$")


def wanted_versions() -> list[int] | None:
    """The versions that `If-Match` accepts; None when it accepts any (absent, or `*`). Other tags match nothing.

    Invalid when it is no list of tags: whoever wrote it meant to be careful.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == ANY:
        return None
    bare = [word for _quoted, word in TAG.findall(header)]
    if ANY in bare or any(part.strip() not in ("", "tag") for part in TAG.sub("tag", header).split(",")):
        raise Invalid({"If-Match": 'write it as "5", several with commas between them, or *'})
    return [int(tag) for tag in _tags(header) if re.fullmatch(r"\d{1,9}", tag, re.ASCII)]


def unchanged(tag: str, modified: datetime | None) -> bool:
    """Whether the reader has this already; `If-None-Match` is asked first, and alone."""
    header = request.headers.get("If-None-Match")
    if header is not None:
        return header.strip() == ANY or tag in _tags(header)
    since = parse_date(request.headers.get("If-Modified-Since"))
    return since is not None and modified is not None and modified.replace(microsecond=0) <= since


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


def _tags(header: str) -> set[str]:
    return {ENCODING.sub("", quoted or bare) for quoted, bare in TAG.findall(header)}
