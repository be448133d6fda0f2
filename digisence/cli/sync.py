"""`digisence sync`: the service that sweeps: on or off, now, and how it went."""

from typing import Any

import click

from ..extensions import queue
from ..integrity import schedule
from .integrity import OPERATOR
from .output import FINDINGS, OK, WARNINGS, emit, json_option, leave, table

INTERVAL = click.IntRange(schedule.SHORTEST_SECONDS, schedule.LONGEST_SECONDS)


@click.group("sync")
def group() -> None:
    """The periodic sweep."""


@group.command("start")
@click.option("--interval", type=INTERVAL, metavar="SECONDS", help="How often.")
@json_option
def start(interval: int | None, as_json: bool) -> None:
    """Switch it on; it stays so over restarts."""
    _tell(schedule.start(OPERATOR, interval), as_json)


@group.command("stop")
@json_option
def stop(as_json: bool) -> None:
    """Switch it off; it stays so over restarts."""
    _tell(schedule.stop(OPERATOR), as_json)


@group.command("run")
@json_option
def run(as_json: bool) -> None:
    """Queue a sweep now: every check, and the repairs it allows."""
    run_id = schedule.ask(OPERATOR)
    if as_json:
        emit({"runId": run_id})
    else:
        click.echo(f"Queued the sweep {run_id}.")
    if not queue.worker_alive():
        click.echo("No worker is at work, so it waits: `digisence up` or `digisence worker` starts one.", err=True)
        leave(WARNINGS)


@group.command("status")
@json_option
def status(as_json: bool) -> None:
    """Whether it is on, when it swept and will sweep. Ends with 1 when the last sweep broke, 2 when nobody is at
    work.
    """
    told = schedule.status()
    _tell(told, as_json)
    if told["lastError"]:
        leave(FINDINGS)
    running = told["workerAlive"] and told["schedulerAlive"] and not told["overdue"]
    leave(OK if running or not told["isRunning"] else WARNINGS)


def _tell(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        emit(told)
        return
    last = told["lastResult"]
    rows = [(name, value) for name, value in told.items() if name != "lastResult"]
    table(("", ""), [*rows, ("lastResult", last and f"{last['state']}, {last['fixedRecords']} records mended")])


commands: list[click.Command] = [group]
