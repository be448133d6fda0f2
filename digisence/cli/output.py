"""What commands print: tables or JSON on stdout, progress and faults on stderr; and what exit codes mean."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any, NoReturn, TypeVar

import click
import orjson

from ..clock import to_wire
from ..models.wire import camel

OK, FINDINGS, WARNINGS, FAILED, USAGE = 0, 1, 2, 3, 64
PLAIN = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS
COPIED = ("id", "recordId", "runId", "setHash")
PIPE_WIDTH = 200  # columns of a table that goes into a file or a pipe

F = TypeVar("F", bound=Callable[..., Any])


class Failure(click.ClickException):
    """A sentence for the user, on stderr, and the exit code. Raise it to end a command."""

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it."""
        click.secho(f"digisence: {self.message}", err=True, fg="red", file=file)


def json_option(command: F) -> F:
    """`--json`, passed to the command as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")(command)


def log_option(command: F) -> F:
    """`--json` of what runs on and has only a log to show, passed to the command as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Write the log as JSON, an object a line.")(command)


def emit(value: Any) -> None:
    """`value` as indented JSON on stdout; times in the wire's form."""
    click.echo(orjson.dumps(value, default=_plain, option=PLAIN | orjson.OPT_INDENT_2))


def camelled(value: Any) -> Any:
    """`value` with the names of its fields as the API writes them."""
    if isinstance(value, Mapping):
        return {camel(name): camelled(inner) for name, inner in value.items()}
    return [camelled(inner) for inner in value] if isinstance(value, list) else value


def emit_line(value: Any) -> None:
    """`value` as one line of JSON on stdout, for streams."""
    click.echo(orjson.dumps(value, default=_plain, option=PLAIN))


def counted(number: int, noun: str) -> str:
    """`1 rule`, `2 rules`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _plain(value: Any) -> Any:
    return to_wire(value) if isinstance(value, datetime) else str(value)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str | None = None) -> None:
    """A table on stdout. Numbers stand right; None is an empty cell. Markup in cells is printed as it is."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    listed = [list(row) for row in rows]
    drawn = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        numeric = bool(listed) and all(isinstance(row[index], int | float) for row in listed)
        copied = column in COPIED  # people paste these into the next command: never broken over lines
        drawn.add_column(column, justify="right" if numeric else "left", overflow="fold", no_wrap=copied)
    for row in listed:
        drawn.add_row(*[Text(_cell(value)) for value in row])
    console().print(drawn)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return to_wire(value) if isinstance(value, datetime) else str(value)


def console(stderr: bool = False) -> Any:
    """A rich console on today's stdout or stderr (tests swap them)."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(file=stream, highlight=False, width=None if stream.isatty() else PIPE_WIDTH)


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr while the block runs; yields `advance(by)`. Silent without a terminal."""
    if not sys.stderr.isatty():
        yield lambda _by: None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda by: bar.advance(task, by)


def account(results: Mapping[str, Sequence[Any]], done: str, as_json: bool) -> None:
    """What became of each of many (`{"done", "failed": [{"id", "detail"}]}`); `done` is the word for what succeeded."""
    if as_json:
        emit(results)
        return
    for failure in results["failed"]:
        click.echo(f"{failure['id']}: {failure['detail']}", err=True)
    click.echo(f"{len(results['done'])} {done}, {len(results['failed'])} not.")


def leave(code: int) -> NoReturn:
    """End the command with this exit code."""
    click.get_current_context().exit(code)
