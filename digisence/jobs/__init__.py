"""What a worker can be asked to do: one row a job, one function that runs them all by name."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from itertools import chain
from typing import Any

import structlog
from flask import Flask, current_app
from prometheus_client import Metric
from pydantic import Field

from ..extensions.metrics import metrics
from ..extensions.queue import Arguments, Job, queue, validate
from ..extensions.telling import as_json

log = structlog.get_logger(__name__)


class Sweep(Arguments):
    """`occurrence` names the due time; without one the sweep is its own occurrence."""

    occurrence: str | None = None


class Drill(Arguments):
    """`occurrence` as for a sweep."""

    occurrence: str | None = None


class Forget(Arguments):
    """`occurrence` names the due time; whoever is asked twice finds nothing left."""

    occurrence: str | None = None


class SendMails(Arguments):
    """`occurrence` names the due time; whoever is asked twice finds nothing left to send."""

    occurrence: str | None = None


class Measure(Arguments):
    """`occurrence` names the due time; whoever is asked twice measures the same."""

    occurrence: str | None = None


class ForgottenPassword(Arguments):
    """`email` as it was typed, `address` from where."""

    email: str = Field(max_length=254)
    address: str | None = None


class ImportOfRecords(Arguments):
    """`import_id` names an import that waits, or waits to be undone."""

    import_id: str


class BulkAction(Arguments):
    """`bulk_id` names a bulk action that waits, or whose undo waits."""

    bulk_id: str


class IntegrityRun(Arguments):
    """`run_id` names a queued Run."""

    run_id: str


JOBS: dict[str, Job] = {
    row.name: row
    for row in (
        Job(
            name="sweep",
            function="digisence.jobs.integrity.sweep",
            title="Integrity sweep: every check, then the repairs it allows",
            timeout=1800,
            every=lambda settings: settings.sync_interval,
            arguments=Sweep,
        ),
        Job(
            name="integrity-run",
            function="digisence.jobs.integrity.run",
            title="A run of checks that somebody asked for",
            timeout=1800,
            arguments=IntegrityRun,
        ),
        Job(
            name="bulk-action",
            function="digisence.jobs.bulk.carry_out",
            title="A bulk action on many records, or its undo",
            timeout=3600,
            arguments=BulkAction,
        ),
        Job(
            name="forget-bulk",
            function="digisence.jobs.bulk.forget",
            title="Drop the records of bulk actions that are too old to be undone",
            timeout=600,
            every=lambda _settings: 86_400,
            arguments=Forget,
        ),
        Job(
            name="drill",
            function="digisence.jobs.integrity.drill",
            title="A drill: planted defects found, set aside and restored, on a scratch database",
            timeout=600,
            every=lambda settings: int(settings.drill_interval.total_seconds()),
            arguments=Drill,
            patient=True,
        ),
        Job(
            name="forgotten-password",
            function="digisence.jobs.sessions.answer_forgotten",
            title="Mail a link to whoever says they forgot their password, where there is such an account",
            timeout=60,
            arguments=ForgottenPassword,
        ),
        Job(
            name="forget-sessions",
            function="digisence.jobs.sessions.forget",
            title="Forget the sign-ins and one-time links that expired more than a day ago",
            timeout=600,
            every=lambda _settings: 86_400,
            arguments=Forget,
        ),
        Job(
            name="compact-history",
            function="digisence.jobs.history.compact",
            title="Let changes older than DIGISENCE_HISTORY_DAYS give way to their digests",
            timeout=3600,
            every=lambda _settings: 86_400,
            arguments=Forget,
        ),
        Job(
            name="send-mails",
            function="digisence.jobs.mails.send",
            title="Send the mails that are due",
            timeout=240,
            every=lambda _settings: 120,
            arguments=SendMails,
        ),
        Job(
            name="measure",
            function="digisence.jobs.analytics.measure",
            title="Measure what happened, by the hour and by the day",
            timeout=1800,
            every=lambda _settings: 300,
            arguments=Measure,
        ),
        Job(
            name="import",
            function="digisence.jobs.transfer.run",
            title="An import of records from a file",
            timeout=3600,
            arguments=ImportOfRecords,
        ),
        Job(
            name="import-undo",
            function="digisence.jobs.transfer.undo",
            title="An import taken back",
            timeout=3600,
            arguments=ImportOfRecords,
        ),
        Job(
            name="forget-imports",
            function="digisence.jobs.transfer.forget",
            title="Drop the files of imports that are too old to be undone",
            timeout=600,
            every=lambda _settings: 86_400,
            arguments=Forget,
        ),
    )
}


def init_app(_app: Flask) -> None:
    """Hand the rows down to the queue, so that everybody can enqueue by name; let the schedule's figures be seen."""
    queue.declare(JOBS)
    metrics.show("schedule", _figures)


def _figures() -> Iterable[Metric]:
    from ..integrity import figures, looks

    return chain(figures.series(), looks.series())


def run(name: str, arguments: Mapping[str, Any]) -> Any:
    """Run a declared job in an app context of its own: the one function that the queue may call.

    The worker's own context says which app. Raises Invalid for an undeclared name or wrong arguments, whatever stood
    in Redis.
    """
    job = queue.find(name)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    module, _, function = job.function.rpartition(".")
    with app.app_context():
        log.info("job starts", job=name)
        done = getattr(import_module(module), function)(**validate(job, arguments))
    try:
        return as_json(done)
    except TypeError as error:
        log.warning("what the job returned is not kept", job=name, why=str(error)[:200])
        return None
