"""Telling the feed what the integrity room does: after the commit, and never at its expense."""

from collections.abc import Mapping
from threading import Event
from typing import Any

import structlog
from redis import RedisError

from ..clock import utcnow
from ..extensions import sse
from ..extensions.telling import as_json

log = structlog.get_logger(__name__)
away = Event()  # set while Redis is known to be away


def publish(kind: str, body: Mapping[str, Any]) -> None:
    """Publish `body` as a message of type `kind`. Without Redis that is logged once: the rows hold the truth."""
    message = {"type": kind, "timestamp": utcnow(), **body}
    try:
        sse.publish(as_json(message))
        away.clear()
    except RedisError as error:
        if not away.is_set():
            log.warning("the feed does not answer", kind=kind, error=str(error)[:200])
        away.set()
