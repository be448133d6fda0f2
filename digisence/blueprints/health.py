"""Is the process alive, is the product ready to serve, and its figures."""
from flask import Blueprint
blp = Blueprint("health", __name__)


@blp.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}
