"""The panel's one page with its content policy, and the files that make it up. All else it asks of the API."""

import json
import mimetypes
import secrets
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, send_from_directory
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from ..errors import Problem, on_http
from .security import is_api

DIST = Path(__file__).parent.parent / "panel" / "dist"
ENTRY = "src/panel/main.tsx"
SUFFIXES = {"br": ".br", "gzip": ".gz"}
FOREVER = "public, max-age=31536000, immutable"

POLICY = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self' 'nonce-{nonce}'", "connect-src 'self'",
    "img-src 'self' data:", "font-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
    "require-trusted-types-for 'script'", "trusted-types default",
))  # fmt: skip

blp = Blueprint("panel", __name__, template_folder="../panel")


@blp.get("/")
@blp.get("/data-health")
@blp.get("/work")
@blp.get("/work/<queue>")
@blp.get("/transfer")
@blp.get("/audit")
@blp.get("/jobs")
@blp.get("/mails")
@blp.get("/people")
@blp.get("/account")
@blp.get("/plugins")
@blp.get("/analytics")
@blp.get("/connections")
@blp.get("/debug")
@blp.get("/set-password")
@blp.get("/records/<resource>")
@blp.get("/records/<resource>/<record_id>")
def page(resource: str = "", record_id: str = "", queue: str = "") -> Response:  # noqa: ARG001
    """The page, the same for each address: its script reads where it is. Problem 503 when none is built."""
    entry = _entry()
    nonce = secrets.token_urlsafe(16)
    styles = [f"/static/{name}" for name in entry.get("css", [])]
    html = render_template("page.html", script=f"/static/{entry['file']}", styles=styles, nonce=nonce)
    response = make_response(html)
    response.headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)
    response.headers["Cache-Control"] = "no-store"
    return response


@blp.app_errorhandler(404)
def lost(error: NotFound) -> Response:
    """Who mistyped an address in a browser gets the panel, which says so and leads on; programs get the problem."""
    wanted = request.accept_mimetypes.best_match(["application/json", "text/html"])
    browsing = request.method == "GET" and wanted == "text/html"
    if not browsing or is_api() or request.path.startswith("/static/"):
        return on_http(error)
    response = page()
    response.status_code = 404
    return response


@blp.get("/static/<path:name>")
def static(name: str) -> Response:
    """A built file. Those with a hash in their name never change; what has a fixed name is asked about each time."""
    encoding = _encoding(name)
    kind, packed = mimetypes.guess_type(name)
    response = send_from_directory(
        DIST,
        name + SUFFIXES.get(encoding, ""),
        mimetype="application/gzip" if packed else kind,
        download_name=Path(name).name,
    )
    response.headers["Cache-Control"] = FOREVER if name.startswith("assets/") else "no-cache"
    response.vary.add("Accept-Encoding")
    if encoding:
        response.content_encoding = encoding
    return response


def _encoding(name: str) -> str:
    """The smallest form that the build has made of a file and the browser takes; empty for the plain one."""
    for encoding, suffix in SUFFIXES.items():
        path = safe_join(str(DIST), name + suffix)
        if request.accept_encodings[encoding] > 0 and path and Path(path).is_file():
            return encoding
    return ""


def _entry() -> dict[str, Any]:
    """What the build's manifest says of the panel: its script and its styles."""
    try:
        manifest = json.loads((DIST / "manifest.json").read_text())
    except FileNotFoundError:
        cure = "The panel has not been built. Install the package again: pip install -e ."
        raise Problem(503, "panel-not-built", cure) from None
    found: dict[str, Any] = manifest[ENTRY]
    return found
