"""`digisence jobs`: what there is to do, what is being done, and what is due."""

import click

from ..config import settings
from ..extensions.queue import RUNNING, queue
from ..integrity import cancelling
from ..jobs.schedule import intervals
from .integrity import OPERATOR
from .output import FINDINGS, WARNINGS, emit, json_option, leave, table


@click.group("jobs")
def jobs() -> None:
    """List, enqueue and look at jobs."""


@jobs.command("list")
@json_option
def listing(as_json: bool) -> None:
    """Jobs that can be enqueued, and those that Redis knows of now."""
    declared = [
        {"name": job.name, "title": job.title, "arguments": ", ".join(job.arguments.model_fields)}
        for job in queue.declared.values()
    ]
    known = [job.told() for job in queue.known()]
    if as_json:
        emit({"declared": declared, "jobs": known})
        return
    table(
        ("name", "title", "arguments"), [(row["name"], row["title"], row["arguments"]) for row in declared], "Declared"
    )
    columns = ("id", "name", "state", "enqueuedAt", "endedAt")
    table(columns, [[row[column] for column in columns] for row in known], "On the queue")


@jobs.command("enqueue")
@click.argument("name")
@click.option("-a", "pairs", metavar="KEY=VALUE", multiple=True, help="An argument of the job; may be given often.")
@click.option("--id", "job_id", help="An id of your own; one that is known already is left alone.")
@json_option
def enqueue(name: str, pairs: tuple[str, ...], job_id: str | None, as_json: bool) -> None:
    """Put the job NAME on the queue."""
    made = queue.enqueue(name, dict(_pair(pair) for pair in pairs), job_id=job_id)
    if as_json:
        emit({"id": made})
    else:
        click.echo(f"Enqueued {name} as {made}. `digisence jobs show {made}` tells how it goes.")
    if not queue.worker_alive():
        click.echo("No worker is at work, so it waits: `digisence up` or `digisence worker` starts one.", err=True)
        leave(WARNINGS)


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise click.BadParameter(f"{text!r} is not KEY=VALUE", param_hint="-a")
    return key, value


@jobs.command("show")
@click.argument("job_id")
@json_option
def show(job_id: str, as_json: bool) -> None:
    """State, arguments and outcome of one job."""
    told = queue.job(job_id).told()
    if as_json:
        emit(told)
    else:
        table(("", ""), [(key, value if isinstance(value, str | None) else str(value)) for key, value in told.items()])
    if told["state"] == "failed":
        leave(FINDINGS)


@jobs.command("cancel")
@click.argument("job_id")
@json_option
def cancel(job_id: str, as_json: bool) -> None:
    """Call a job off. One that runs stops between two batches, and leaves nothing half done."""
    told = cancelling.cancel(job_id, OPERATOR).told()
    if as_json:
        emit(told)
    elif told["state"] == RUNNING:
        click.echo(f"{job_id} is under way; it was asked to stop. `digisence jobs show {job_id}` tells when it has.")
    else:
        click.echo(f"{job_id} will not begin.")


@jobs.command("schedule")
@json_option
def schedule(as_json: bool) -> None:
    """Periodic jobs: how often, when next, and whether anybody is there to do them."""
    every = intervals(settings())
    rows = [
        {"name": job.name, "everySeconds": every.get(job.name), "nextDue": queue.next_due(job.name)}
        for job in queue.declared.values()
        if job.every
    ]
    alive = {"workerAlive": queue.worker_alive(), "schedulerAlive": queue.scheduler_alive()}
    if as_json:
        emit({"items": rows, **alive})
    else:
        cells = [(row["name"], row["everySeconds"] or "stopped", row["nextDue"]) for row in rows]
        table(("name", "every, s", "next due"), cells)
        for what, lives in alive.items():
            state = "at work" if lives else "not running: `digisence up` starts it"
            click.echo(f"The {what.removesuffix('Alive')} is {state}.")
    if not all(alive.values()):
        leave(WARNINGS)


commands = [jobs]
