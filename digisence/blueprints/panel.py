"""The panel's one page with its content policy, and the files that make it up. All else it asks of the API."""

import json
import secrets
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, make_response, render_template, send_from_directory

from ..errors import Problem

DIST = Path(__file__).parent.parent / "panel" / "dist"
ENTRY = "src/panel/main.tsx"
FOREVER = "public, max-age=31536000, immutable"

POLICY = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self' 'nonce-{nonce}'", "connect-src 'self'",
    "img-src 'self' data:", "font-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
))  # fmt: skip

blp = Blueprint("panel", __name__, template_folder="../panel")


@blp.get("/")
@blp.get("/data-health")
@blp.get("/records/<resource>")
def page(resource: str | None = None) -> Response:  # noqa: ARG001
    """The page, the same for every address of the panel: its script reads the address. Problem 503 when nothing is built."""
    entry = _entry()
    nonce = secrets.token_urlsafe(16)
    styles = [f"/static/{name}" for name in entry.get("css", [])]
    response = make_response(render_template("page.html", script=f"/static/{entry['file']}", styles=styles, nonce=nonce))
    response.headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)
    response.headers["Cache-Control"] = "no-store"
    return response


@blp.get("/static/<path:name>")
def static(name: str) -> Response:
    """A built file. Those with a hash in their name never change; `realtime.js` and the rest are asked about each time."""
    response = send_from_directory(DIST, name)
    response.headers["Cache-Control"] = FOREVER if name.startswith("assets/") else "no-cache"
    return response


def _entry() -> dict[str, Any]:
    """What the build's manifest says of the panel: its script and its styles."""
    try:
        manifest = json.loads((DIST / "manifest.json").read_text())
    except FileNotFoundError:
        cure = "The panel has not been built. Install the package again: pip install -e ."
        raise Problem(503, "panel-not-built", cure) from None
    found: dict[str, Any] = manifest[ENTRY]
    return found
