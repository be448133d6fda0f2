"""`digisence selftest` and `digisence integrity drill`: the product tried where nothing can be lost."""

from typing import Any

import click

from ..integrity import drill as drills
from ..integrity import run_all_tests
from .integrity import OPERATOR, integrity
from .output import FAILED, FINDINGS, OK, emit, json_option, leave, progress, table

COLUMNS = ("part", "passed", "seconds", "detail")


def _show(steps: list[dict[str, Any]]) -> None:
    if steps:
        table(COLUMNS, [[step["name"], step["success"], step["seconds"], step["detail"]] for step in steps])


@click.command("selftest")
@json_option
def selftest(as_json: bool) -> None:
    """Try detection, repair, restore and the service on a scratch database, never the live one.

    Ends with 1 when a part fails, 3 when they could not be tried.
    """
    with progress("Trying the parts"):
        told = run_all_tests()
    if as_json:
        emit(told)
    else:
        _show(told["results"])
        click.echo(
            told.get("error") or ("All parts pass." if told["success"] else "A part fails."), err=not told["success"]
        )
    leave(OK if told["success"] else FAILED if "error" in told else FINDINGS)


@integrity.command("drill")
@json_option
def drill(as_json: bool) -> None:
    """Hold a drill now, on a scratch database: planted defects found, set aside, restored, the breaker held.

    Its result is kept and shown like that of the weekly one. Ends with 1 when it fails.
    """
    with progress("Drilling"):
        told = drills.hold(OPERATOR)
    assert told is not None  # noqa: S101 a drill that is its own occurrence is always the first
    if as_json:
        emit(told)
    else:
        _show(told["steps"])
        click.echo(
            "The drill passed." if told["passed"] else f"The drill failed: {told['detail']}", err=not told["passed"]
        )
    leave(OK if told["passed"] else FINDINGS)


commands: list[click.Command] = [selftest]
