"""How far a long job is, kept with it and told to the feed now and then."""

import time
from collections.abc import Mapping
from typing import Any

import structlog
from redis import RedisError
from rq import get_current_job

from ..extensions.telling import as_json, tell

log = structlog.get_logger(__name__)


class Progress:
    """Call it with the figures, as often as you like: they are told at most every `seconds`.

    Without Redis it is only logged: the rows in the database hold the truth.
    """

    def __init__(self, seconds: float) -> None:
        self._job, self._seconds, self._told = get_current_job(), seconds, float("-inf")

    def __call__(self, figures: Mapping[str, Any]) -> None:
        """Tell them, unless that was done a moment ago."""
        if self._job is None or time.monotonic() - self._told < self._seconds:
            return
        self._told = time.monotonic()
        try:
            self._job.meta.update(as_json(figures))
            self._job.save_meta()  # type: ignore[no-untyped-call]
        except RedisError as error:
            log.warning("how far a job is was not told", job=self._job.id, error=str(error)[:200])
            return
        tell(self._job.id)
