"""`digisence integrity`: the checks, runs here and now or by the worker, and what they found."""

from collections.abc import Sequence
from typing import Any

import click

from ..changes import Context
from ..clock import to_wire
from ..extensions import queue
from ..integrity import catalogue, findings, plan, runner, runs
from ..models.finding import BLOCKED, FINDING_STATES, OPEN
from .output import FAILED, FINDINGS, OK, WARNINGS, emit, json_option, leave, progress, table

OPERATOR = Context("system:command-line")
UNRESOLVED = (OPEN, BLOCKED)
ENDED_BADLY = ("errored", "abandoned")


@click.group("integrity")
def integrity() -> None:
    """Find what is broken, and mend it."""


@integrity.command("checks")
@json_option
def checks(as_json: bool) -> None:
    """Look for rules and list the checks; one that is broken says why. Ends with 3 when one is."""
    catalogue.register(OPERATOR)
    listed = catalogue.listed()
    if as_json:
        emit({"items": [catalogue.to_json(check) for check in listed]})
    else:
        columns = ("id", "severity", "remedy", "mode", "grace", "last run", "health", "title")
        table(columns, [_row(catalogue.to_json(check)) for check in listed])
    leave(FAILED if any(check.health == catalogue.BROKEN and check.mode != "off" for check in listed) else OK)


def _row(told: dict[str, Any]) -> list[Any]:
    names = ("id", "severity", "remedy", "mode", "grace", "lastRun", "healthDetail", "title")
    return [told[name] if name != "healthDetail" else told[name] or told["health"] for name in names]


@integrity.command("run")
@click.option("--check", "wanted", metavar="ID", multiple=True, help="This check only; may be given often.")
@click.option("--repair", is_flag=True, help="Mend what may be mended.")
@click.option("--dry-run", is_flag=True, help="Only tell what --repair would mend.")
@click.option("--wait", is_flag=True, help="Run here and now, in this process, and show how it goes.")
@json_option
def run(wanted: Sequence[str], repair: bool, dry_run: bool, wait: bool, as_json: bool) -> None:
    """Check the directory. Without --wait the worker does it, and this only queues the run.

    Ends with 1 when findings are open, 2 when only warnings are, 3 when a check or the run itself broke.
    """
    if wait and wanted:
        catalogue.register(OPERATOR)
    run_id = str(runs.create(OPERATOR, checks=list(wanted) or None, repair=repair, dry_run=dry_run))
    if not wait:
        _queue(run_id, as_json)
        return
    done = _execute(run_id)
    if as_json:
        emit(done)
    else:
        _print(done)
    leave(exit_code(done))


def _queue(run_id: str, as_json: bool) -> None:
    runs.enqueue(run_id, OPERATOR)
    if as_json:
        emit({"runId": run_id})
    else:
        click.echo(f"Queued the run {run_id}. `digisence sync status` and the panel tell how it goes.")
    if not queue.worker_alive():
        click.echo("No worker is at work, so it waits: `digisence up` or `digisence worker` starts one.", err=True)
        leave(WARNINGS)


def _execute(run_id: str) -> dict[str, Any]:
    with progress("Checking") as advance:
        done = runner.execute(run_id, watch=lambda _told: advance(1))
    assert done is not None  # noqa: S101 nobody else knows its id
    return done


def _print(done: dict[str, Any]) -> None:
    columns = ("check", "state", "open", "new", "healed", "repaired", "quarantined", "blocked", "leftAlone", "breaker")
    table(columns, [[line[column] for column in columns] for line in done["counts"]])
    for error in done["errors"]:
        click.echo(error, err=True)
    click.echo(f"Run {done['id']}: {done['state']}, {done['fixedRecords']} records mended.")


def exit_code(done: dict[str, Any]) -> int:
    """0 all well, 1 findings are open or a repair failed, 2 warnings only, 3 something broke."""
    if done["state"] in ENDED_BADLY:
        return FAILED
    states = {line["state"] for line in done["counts"]}
    if "failed" in states or done["errors"]:
        return FINDINGS
    return WARNINGS if "warning" in states else OK


@integrity.command("findings")
@click.option("--check", "check_id", metavar="ID", help="Of this check only.")
@click.option("--state", type=click.Choice([*FINDING_STATES, "all"]), default=OPEN, show_default=True)
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="At most so many.")
@json_option
def list_findings(check_id: str | None, state: str, limit: int, as_json: bool) -> None:
    """List the records that fail a check, the gravest first. Ends with 1 when any of them is open or blocked."""
    found, total = findings.page(check_id, state, 1, limit)
    told = [findings.to_json(finding) for finding in found]
    if as_json:
        emit({"items": told, "total": total})
    elif not told:
        click.echo("There are none.")
    else:
        columns = ("check", "recordId", "state", "sightings", "firstSeen", "explanation")
        table(columns, [[_cell(row[column]) for column in columns] for row in told])
        click.echo(f"{len(told)} of {total}.")
    unresolved = [each for each in UNRESOLVED if state in (each, "all") and findings.page(check_id, each, 1, 1)[1]]
    leave(FINDINGS if unresolved else OK)


def _cell(value: Any) -> Any:
    return to_wire(value) if hasattr(value, "isoformat") else value


@integrity.command("plan")
@click.argument("run_id")
@click.option("--check", "check_id", metavar="ID", help="Of this check only.")
@click.option("--act", type=click.Choice(plan.ACTS), help="This act only.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True, help="At most so many.")
@json_option
def show_plan(run_id: str, check_id: str | None, act: str | None, limit: int, as_json: bool) -> None:
    """What the dry run RUN_ID would do to each record."""
    runs.read(run_id)
    if check_id:
        findings.refuse_unknown(check_id)
    found, total = plan.page(run_id, check_id, act, 1, limit)
    told = [plan.to_json(planned) for planned in found]
    if as_json:
        emit({"items": told, "total": total})
        return
    columns = ("check", "recordId", "act", "detail")
    table(columns, [[row[column] for column in columns] for row in told])
    click.echo(f"{len(told)} of {total}.")


commands: list[click.Command] = [integrity]
