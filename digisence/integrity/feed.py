"""Telling the feed what the integrity room does: after the commit, and never at its expense."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import structlog
from redis import RedisError

from ..clock import to_wire, utcnow
from ..extensions import sse

log = structlog.get_logger(__name__)


def publish(kind: str, body: Mapping[str, Any]) -> None:
    """Publish `body` as a message of type `kind`. Without Redis it is logged and left: the rows hold the truth."""
    message = {"type": kind, "timestamp": utcnow(), **body}
    try:
        sse.publish(orjson.loads(orjson.dumps(message, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)))
    except RedisError as error:
        log.warning("the feed does not answer", kind=kind, error=str(error)[:200])


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return to_wire(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
