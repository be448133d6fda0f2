"""The jobs of imports: ten lines each, the work is the records' room's."""

from collections.abc import Sequence
from typing import Any

from rq import get_current_job

from ..accounts import sessions
from ..changes import Context
from ..clock import utcnow
from ..extensions.telling import as_json, tell
from ..integrity import process
from ..records.transfer import execution, imports, undoing

TELL_SECONDS = 1.0  # at most so often a job's progress goes to the feed


def run(import_id: str) -> Any:
    """Carry out the import `import_id`, from where it stands."""
    return execution.execute(import_id, process.here(), watch=Progress(), deprived=sign_out)


def undo(import_id: str) -> Any:
    """Take back the import `import_id`, from where that stands."""
    return undoing.undo(import_id, process.here(), watch=Progress(), deprived=sign_out)


def forget(occurrence: str | None = None) -> int:  # noqa: ARG001 whoever is asked twice finds nothing left
    """Drop the files of old imports."""
    return imports.forget(Context("system:imports"))


def sign_out(user_ids: Sequence[str], context: Context) -> None:
    """End the sign-ins of users whose role or standing an import changed."""
    for user_id in user_ids:
        sessions.revoke_all(user_id, context)


class Progress:
    """Tells the job's watchers how far an import is, now and then."""

    def __init__(self) -> None:
        self._job, self._told = get_current_job(), utcnow()

    def __call__(self, found: dict[str, Any]) -> None:
        """Tell it, unless that was done a moment ago."""
        if self._job is None or (utcnow() - self._told).total_seconds() < TELL_SECONDS:
            return
        self._told = utcnow()
        self._job.meta.update(as_json(found))
        self._job.save_meta()  # type: ignore[no-untyped-call]
        tell(self._job.id)
