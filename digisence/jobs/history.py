"""The job about old changes: the work is the compaction's."""

from dataclasses import asdict
from typing import Any


def compact(occurrence: str | None = None) -> Any:  # noqa: ARG001 every time is alike
    """Let changes older than DIGISENCE_HISTORY_DAYS give way to their digests."""
    from ..changes import compaction

    return asdict(compaction.compact())
