"""What a server that refuses says."""

import orjson

from .line import Line


def problem(line: Line) -> tuple[str, str]:
    """The sentence and the code of `application/problem+json`; of anything else the status."""
    try:
        told = orjson.loads(line.rest())
    except orjson.JSONDecodeError:
        told = None
    if not isinstance(told, dict):
        return f"status {line.status}", ""
    return str(told.get("detail") or told.get("title") or f"status {line.status}"), str(told.get("code", ""))
