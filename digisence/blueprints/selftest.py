"""/api/admin/selftest: the old platform's `runAllTests`, on a scratch database; one at a time."""

import threading

from flask import Response, jsonify
from marshmallow import fields

from ..errors import Problem
from ..integrity import run_all_tests
from ..integrity.shapes import Shape, text
from . import guard
from .integrity import WRONG, bodiless
from .resource import Door, refusals

blp = Door("selftest", __name__, url_prefix="/api/admin/selftest", description="Does the product do what it says?")

LIMIT_SECONDS = 60.0
AGAIN_SECONDS = 10
_busy = threading.Lock()


class SelftestPart(Shape):
    """One part that was tried."""

    name = text(metadata={"example": "detection"})
    success = fields.Boolean(required=True)
    detail = text(metadata={"example": "an orphaned user and a business without admin found, a fresh user spared"})
    seconds = fields.Float(required=True)


class SelftestResult(Shape):
    """What came of it. `error`: why it did not come to its end; then `results` is empty."""

    success = fields.Boolean(required=True)
    results = fields.List(fields.Nested(SelftestPart), required=True)
    error = fields.String()


@blp.route("", methods=["POST"])
@guard.superadmin
@blp.response(200, SelftestResult)
@refusals(blp, {429: "One is under way", **WRONG})
def try_all() -> Response:
    """Try detection, repair, restore and the service on a scratch database, never the live one; at most a minute."""
    bodiless()
    if not _busy.acquire(blocking=False):
        again = {"Retry-After": str(AGAIN_SECONDS)}
        raise Problem(429, "selftest-running", "A selftest is under way; try again when it is done.", headers=again)
    try:
        return jsonify(run_all_tests(LIMIT_SECONDS))
    finally:
        _busy.release()
