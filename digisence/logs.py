"""Structured logs: one line an event, as text for people or as JSON for programs."""

import logging
import sys
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from flask import Flask


def init_app(app: Flask) -> None:
    """Write events as the settings say."""
    use(as_json=app.config["SETTINGS"].log_format == "json")


def use(*, as_json: bool) -> None:
    """Write events to stderr: as JSON, or as text."""
    text = structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"])
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(_written) if as_json else text,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )


def libraries(*, as_json: bool) -> None:
    """Write the warnings of libraries to stderr too, in the same form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else logging.Formatter("%(levelname)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)


class JsonLines(logging.Formatter):
    """A line of JSON, with the names that our own events have."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        level, event = record.levelname.lower(), record.getMessage()
        told: dict[str, Any] = {"timestamp": datetime.now(UTC), "level": level, "event": event}
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return _written(told)


def _written(told: Any, **_options: Any) -> str:
    return orjson.dumps(told, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z).decode()
