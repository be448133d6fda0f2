"""`digisence audit`: who did what; whether the trail is whole; taking it along; making old changes small."""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from ..changes import audit, compaction, events, unit_of_work, verifying, witness, writing
from ..extensions.db import db
from ..records.schema import moment
from .integrity import OPERATOR
from .output import FINDINGS, OK, camelled, emit, emit_line, json_option, leave, progress, table

COLUMNS = ("id", "at", "actor", "address", "action", "resource", "recordId", "told")
LOOK_SECONDS = 0.5


class Time(click.ParamType[datetime]):
    """A time in RFC 3339."""

    name = "time"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        """The time, or a usage error that says how to write one."""
        try:
            return value if isinstance(value, datetime) else moment(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


FILTERS = (
    click.option("--search", default="", help="Words that must all occur, also in what changed."),
    click.option("--to", "end", type=Time(), help="Before this time."),
    click.option("--from", "start", type=Time(), help="From this time on."),
    click.option("--action", default="", help="This action only, as `updated` or `signed-in`."),
    click.option("--record", "record_id", default="", help="This record only."),
    click.option("--resource", default="", help="This resource only."),
    click.option("--actor", default="", help="By this actor only, as `user:ID` or `system:sweep`."),
)


def filtered(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that narrow the trail."""
    for option in FILTERS:
        command = option(command)
    return command


@click.group("audit")
def group() -> None:
    """See who did what, prove that nothing was altered, take the trail along."""


@group.command("tail")
@filtered
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="The last so many.")
@click.option("--follow", "-f", is_flag=True, help="Go on with what happens, until Ctrl-C.")
@json_option
def tail(as_json: bool, follow: bool, limit: int, **filters: Any) -> None:
    """What happened last, the oldest first. With --json, a line each."""
    question = audit.Question(**filters)
    last = audit.newest(db.engine)
    rows, _ = audit.page(db.engine, question, 1, limit)
    _show(rows[::-1], as_json, COLUMNS)
    while follow:
        time.sleep(LOOK_SECONDS)
        for rows in _later(question, last):
            _show(rows, as_json, ())
            last = rows[-1]["id"]


def _later(question: audit.Question, last: int) -> Iterator[list[dict[str, Any]]]:
    while rows := audit.after(db.engine, question, last):
        yield rows
        last = rows[-1]["id"]


def _show(rows: list[dict[str, Any]], as_json: bool, columns: tuple[str, ...]) -> None:
    if as_json:
        for row in rows:
            emit_line(row)
        return
    told = [[*(row[name] for name in COLUMNS[:-1]), _told(row)] for row in rows]
    if columns:
        table(columns, told)
        return
    for line in told:
        click.echo("  ".join("" if value is None else str(value) for value in line))


def _told(row: dict[str, Any]) -> str:
    if row["detail"]:
        return ", ".join(f"{name}: {value}" for name, value in row["detail"].items())
    return "compacted" if row["compacted"] else ", ".join(row["fields"] + row["secrets"])


@group.command("verify")
@json_option
def verify(as_json: bool) -> None:
    """Read the whole chain of seals, compare it with what was written down outside. Ends with 1 when it is broken."""
    with progress("Seals") as advance:
        verdict = verifying.verify(db.engine, advance)
    if as_json:
        emit(camelled({name: value for name, value in asdict(verdict).items() if name != "next"}))
    elif verdict.broken:
        click.echo(f"{verdict.broken.kind}: {verdict.broken.detail}")
    else:
        compared = f"{verdict.witnessed} compared with {witness.path()}"
        click.echo(f"The chain holds: {verdict.sealed} seals, {compared}; {verdict.compacted} compacted.")
    if not as_json and verdict.unsealed:
        click.echo(f"{verdict.unsealed} wait for their seal: of these nothing is proven.")
    leave(FINDINGS if verdict.broken else OK)


@group.command("export")
@filtered
@click.option("--format", "form", type=click.Choice(tuple(writing.FORMATS)), default="ndjson", show_default=True)
@click.option("--json", "form", flag_value="ndjson", help="The same as --format ndjson: JSON, an object a line.")
def export(form: str, **filters: Any) -> None:
    """Write everything to stdout, the oldest first, with before and after in full."""
    question = audit.Question(**filters)
    rows = audit.export(db.engine, question)
    with unit_of_work(OPERATOR) as session:
        chosen = {name: str(value) for name, value in filters.items() if value}
        events.record(session, "exported", resource="audit", detail={"format": form, "filters": chosen})
    for portion in writing.FORMATS[form](rows):
        sys.stdout.buffer.write(portion)


@group.command("compact")
@click.option("--days", type=click.IntRange(1), help="Older than so many days; default DIGISENCE_HISTORY_DAYS.")
@json_option
def compact(as_json: bool, days: int | None) -> None:
    """Let old changes give way to their digests. What they held cannot be had again; the chain still holds."""
    done = compaction.compact(OPERATOR, days)
    if as_json:
        emit(asdict(done))
        return
    click.echo(f"{done.compacted} compacted.")
    if done.older:
        click.echo(f"{done.older} stay: their seals are of the older form.")
    if done.broken:
        click.echo(f"{done.broken} stay: they do not fit their seals. See `digisence audit verify`.", err=True)


commands = [group]
