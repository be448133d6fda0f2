"""The jobs of imports: ten lines each, the work is the records' room's."""

from collections.abc import Sequence
from typing import Any

from ..accounts import leaving, sessions
from ..changes import Context
from ..integrity import process
from ..records.transfer import execution, forgetting, undoing
from .progress import Progress

TELL_SECONDS = 1.0  # at most so often a job's progress goes to the feed


def run(import_id: str) -> Any:
    """Carry out the import `import_id`, from where it stands."""
    return execution.execute(import_id, process.here(), **_around())


def undo(import_id: str) -> Any:
    """Take back the import `import_id`, from where that stands."""
    return undoing.undo(import_id, process.here(), **_around())


def _around() -> dict[str, Any]:
    return {"watch": Progress(TELL_SECONDS), "deprived": sign_out, "barred": leaving.barred}


def forget(occurrence: str | None = None) -> int:  # noqa: ARG001 whoever is asked twice finds nothing left
    """Drop the files of old imports."""
    return forgetting.forget(Context("system:imports"))


def sign_out(user_ids: Sequence[str], context: Context) -> None:
    """End the sign-ins of users whose role or standing an import changed."""
    for user_id in user_ids:
        sessions.revoke_all(user_id, context)
