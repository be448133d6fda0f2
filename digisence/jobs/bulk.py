"""The jobs of bulk actions on many records, and of their undo: the work is the records'."""

from typing import Any

from .progress import Progress

TELL_SECONDS = 0.5  # between two messages about how far it is


def carry_out(bulk_id: str) -> Any:
    """Do what is left of a bulk action; its numbers, or None when it has ended or another process has it."""
    from ..accounts import leaving
    from ..records import bulk_told, carrying

    action = carrying.carry_out(bulk_id, leaving.sign_out, Progress(TELL_SECONDS), leaving.barred)
    return action and bulk_told.summary(action)


def forget(occurrence: str | None = None) -> int:  # noqa: ARG001 whoever is asked twice finds nothing left
    """Drop what became of each record of old bulk actions."""
    from ..changes import Context
    from ..records import ledger

    return ledger.forget(Context("system:bulk"))
