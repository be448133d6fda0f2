"""Telling the feed what the integrity room does: after the commit, and never at its expense."""

from collections.abc import Mapping
from datetime import datetime
from threading import Event
from typing import Any

import orjson
import structlog
from redis import RedisError

from ..clock import to_wire, utcnow
from ..extensions import sse

log = structlog.get_logger(__name__)
away = Event()  # set while Redis is known to be away


def publish(kind: str, body: Mapping[str, Any]) -> None:
    """Publish `body` as a message of type `kind`. Without Redis that is logged once: the rows hold the truth."""
    message = {"type": kind, "timestamp": utcnow(), **body}
    try:
        sse.publish(orjson.loads(orjson.dumps(message, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)))
        away.clear()
    except RedisError as error:
        if not away.is_set():
            log.warning("the feed does not answer", kind=kind, error=str(error)[:200])
        away.set()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return to_wire(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
