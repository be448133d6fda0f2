"""`digisence import`: the old platform's dump, and what of it found no place."""

import re
from pathlib import Path
from typing import Any

import click
import orjson

from ..extensions import db
from ..importing.again import place_again
from ..importing.dump import DumpError
from ..importing.keeping import leftovers
from ..importing.legacy import import_dump, size
from ..importing.report import Report
from .output import FINDINGS, OK, USAGE, Failure, counted, emit, json_option, leave, progress, table

FIGURES = ("read", "placed", "present", "aside", "malformed")
INTERRUPTED = 130
SECRET = re.compile(r"password|token|secret", re.IGNORECASE)


@click.group("import")
def group() -> None:
    """Bring in the old platform's dump or files of records, see what found no place, take an import back."""


@group.command("legacy")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Tell what would happen, write nothing.")
@json_option
def legacy(directory: Path, dry_run: bool, as_json: bool) -> None:
    """Import a `mongoexport` dump: DIRECTORY holds a file a collection, one JSON document a line.

    Ids, times and passwords are kept. What no table takes is kept verbatim, with the reason (`digisence import
    leftovers`). Run it again at any time: it places only what is missing. Exit code 1 when a line was malformed.
    """
    try:
        with progress("Importing", size(directory)) as advance:
            report = import_dump(directory, dry_run=dry_run, advance=advance)
    except DumpError as error:
        raise Failure(str(error), USAGE) from error
    except KeyboardInterrupt as error:
        raise Failure("Stopped half-way. What was placed stays; run the same again to go on.", INTERRUPTED) from error
    if as_json:
        emit(report.as_json())
    else:
        _print(report)
    leave(FINDINGS if report.malformed or not report.reconciled else OK)


def _print(report: Report) -> None:
    rows = [(name, *(getattr(tally, figure) for figure in FIGURES)) for name, tally in report.tallies.items()]
    rows.append(("all", *(report.total(figure) for figure in FIGURES)))
    title = "What an import would do (nothing was written)" if report.dry_run else "What was imported"
    table(("collection", "read", "placed", "already there", "set aside", "malformed"), rows, title)
    for line in _remarks(report):
        click.echo(line)
    rate = report.total("read") / max(report.seconds, 0.001)
    click.echo(_reconciliation(report))
    click.echo(f"{counted(report.total('read'), 'document')} in {report.seconds:.1f} s ({rate:,.0f} a second).")


def _reconciliation(report: Report) -> str:
    """Whether each document that was read is accounted for."""
    if report.reconciled:
        return "Reconciled: in each collection, read = placed + already there + set aside + malformed."
    wrong = [name for name, tally in report.tallies.items() if not tally.reconciled]
    return f"NOT RECONCILED in {', '.join(wrong)}: this is a fault of the program; keep the dump and report it."


def _remarks(report: Report) -> list[str]:
    lines = [f"{line.file}, line {line.line}: {line.message}" for line in report.malformed]
    if report.total("malformed") > len(report.malformed):
        lines.append(f"… and {report.total('malformed') - len(report.malformed)} malformed lines more.")
    for name, tally in report.tallies.items():
        lines += [f"{name}: {count} kept aside or in part: {reason}." for reason, count in tally.reasons.items()]
        lines += [f"{name}: {field} leads nowhere in {count}; kept as said." for field, count in tally.dangling.items()]
        if tally.removed:
            lines.append(f"{name}: {tally.removed} were removed since an earlier import and stay away.")
    lines += [f"{column}: {count} that led nowhere lead somewhere now." for column, count in report.filled.items()]
    lines += [f"{name} was left alone: {reason}." for name, reason in report.others]
    if report.total("aside") + report.total("beside") and not report.dry_run:
        lines.append("`digisence import leftovers` lists the documents that were kept aside.")
    return lines


@group.command("leftovers")
@click.option("--collection", help="Only those of one collection.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many.")
@click.option("--retry", is_flag=True, help="Try to place them again first.")
@json_option
def list_leftovers(collection: str | None, limit: int, retry: bool, as_json: bool) -> None:
    """List the documents of a dump that no table takes, with the reason. What they hold of secrets is not shown."""
    again = place_again() if retry else None
    total, found = leftovers(db.session, collection, limit)
    if as_json:
        names = ("collection", "id", "reason", "document")
        items = [{name: getattr(item, name) for name in names} for item in found]
        listed = {"items": [{**item, "document": hidden(item["document"])} for item in items], "total": total}
        emit(listed | ({"placed": again.total("placed")} if again else {}))
        return
    if again:
        click.echo(f"{again.total('placed')} placed now.")
    if found:
        table(("collection", "id", "reason"), [(item.collection, item.id, item.reason) for item in found])
    click.echo(f"{len(found)} of {total} shown." if total else "Nothing was left over.")


def hidden(value: Any) -> Any:
    """A document without the values of its secrets."""
    if isinstance(value, list):
        return [hidden(item) for item in value]
    if isinstance(value, dict) and set(value) == {"$raw"}:
        return hidden(orjson.loads(value["$raw"]))
    if isinstance(value, dict):
        return {name: "…" if SECRET.search(name) and item else hidden(item) for name, item in value.items()}
    return value


commands: list[click.Command] = [group]
