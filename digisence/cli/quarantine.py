"""`digisence quarantine`: what was set aside, and the way back."""

from typing import Any

import click

from ..accounts import rights
from ..changes import Context
from ..errors import Problem
from ..integrity.findings import refuse_unknown
from ..models import RECORDS
from ..models.grant import PURGE
from ..records import entries, purging, quarantine
from .integrity import OPERATOR
from .output import FINDINGS, OK, account, emit, json_option, leave, progress, table
from .superadmin import ask_password


@click.group("quarantine")
def group() -> None:
    """See, restore and purge what was set aside."""


@group.command("list")
@click.option("--resource", type=click.Choice(tuple(RECORDS)), help="Records of this resource only.")
@click.option("--check", help="Set aside by this check only.")
@click.option("--run", "run_id", help="Set aside by this run only.")
@click.option("--bulk", "bulk_id", help="Deleted by this bulk action only.")
@click.option("--state", type=click.Choice(["open", "restored", "all"]), default="open", show_default=True)
@click.option("--limit", type=click.IntRange(1, 500), default=100, show_default=True, help="At most so many.")
@click.option("--page", type=click.IntRange(1), default=1, show_default=True, help="Which portion of them.")
@json_option
def listing(as_json: bool, limit: int, page: int, state: str, **filters: str | None) -> None:
    """List the entries, the newest first."""
    asked = {"resource": filters["resource"], "check": filters["check"], "runId": filters["run_id"], "state": state}
    asked["bulkId"] = filters["bulk_id"]
    arguments = {name: [value] for name, value in asked.items() if value}
    found = entries.page({**arguments, "limit": [str(limit)], "page": [str(page)]})
    if filters["check"] and not found.total:
        refuse_unknown(filters["check"])
    if as_json:
        emit(vars(found))
        return
    if not found.total:
        click.echo("There are none.")
        return
    columns = ("id", "resource", "recordId", "reason", "placedAt", "placedBy", "restoredAt")
    table(columns, [[row[column] for column in columns] for row in found.items])
    click.echo(f"{len(found.items)} of {found.total}.")


@group.command("show")
@click.argument("entry_id")
@json_option
def show(entry_id: str, as_json: bool) -> None:
    """What one entry holds: the record, what went along, the references that were emptied. Never a secret."""
    told = entries.dump(quarantine.read(entry_id))
    if as_json:
        emit(told)
        return
    snapshot = told.pop("snapshot")
    children, emptied = told.pop("children"), told.pop("emptied")
    table(("", ""), list(told.items()), "Entry")
    table(
        ("", ""),
        [(key, value if isinstance(value, str | int | None) else str(value)) for key, value in snapshot.items()],
        "Record",
    )
    if children:
        table(("resource", "id"), [(child["resource"], child["recordId"]) for child in children], "Went along")
    if emptied:
        table(
            ("resource", "id", "field"),
            [(one["resource"], one["recordId"], one["field"]) for one in emptied],
            "Emptied",
        )


@group.command("restore")
@click.argument("entry_ids", nargs=-1)
@click.option("--run", "run_id", help="All that this run set aside.")
@click.option("--bulk", "bulk_id", help="All that this bulk action deleted.")
@click.option("--empty-missing", is_flag=True, help="Bring back without references to records that are gone for good.")
@json_option
def restore(
    entry_ids: tuple[str, ...], run_id: str | None, bulk_id: str | None, empty_missing: bool, as_json: bool
) -> None:
    """Bring records and all that went along back, identical. Ends with 1 when one cannot come back."""
    if [bool(entry_ids), bool(run_id), bool(bulk_id)].count(True) != 1:
        raise click.UsageError("Name the entries, or a run with --run, or a bulk action with --bulk.")
    if run_id or bulk_id:
        whole = quarantine.restore_run if run_id else quarantine.restore_bulk
        results = whole(str(run_id or bulk_id), OPERATOR)
    else:
        results = _each(entry_ids, empty_missing)
    account(results, "brought back", as_json)
    leave(FINDINGS if results["failed"] else OK)


def _each(entry_ids: tuple[str, ...], empty_missing: bool) -> dict[str, list[Any]]:
    results: dict[str, list[Any]] = {"done": [], "failed": []}
    for entry_id in entry_ids:
        quarantine.read(entry_id)  # a mistyped id is bad usage: nothing is brought back before all are known
    with progress("Restoring", len(entry_ids)) as advance:
        for entry_id in entry_ids:
            try:
                quarantine.restore(entry_id, OPERATOR, empty_missing=empty_missing)
                results["done"].append(entry_id)
            except Problem as problem:
                results["failed"].append({"id": entry_id, "code": problem.code, "detail": problem.detail})
            advance(1)
    return results


@group.command("purge")
@click.option("--resource", type=click.Choice(tuple(RECORDS)), help="Records of this resource only.")
@click.option("--limit", type=click.IntRange(1, purging.MOST), default=100, show_default=True, help="At most so many.")
@click.option("--for-good", is_flag=True, help="Do it. Without this, only what would be purged is told.")
@click.option("--as", "email", metavar="EMAIL", help="Who does it: a user who was granted `purge`.")
@click.option("--password-stdin", is_flag=True, help="Read their password from the first line of standard input.")
@json_option
def purge(as_json: bool, resource: str | None, limit: int, for_good: bool, **who: Any) -> None:
    """Forget entries for good that have waited for DIGISENCE_QUARANTINE_DAYS, at least 30; the oldest first.

    There is no way back. That each record was there and who purged it stays in the audit trail; what its changes held
    gives way to digests.
    """
    found, total = purging.due(limit, resource)
    done = purging.purge([entry["id"] for entry in found], _purger(**who)) if for_good else purging.Purge()
    if as_json:
        told = {"purged": done.gone, "compacted": done.held, "kept": done.kept}
        emit({"due": total, "days": purging.days(), "items": found, **told})
        return
    columns = ("id", "resource", "recordId", "placedAt", "children", "reason")
    table(columns, [[row[column] for column in columns] for row in found])
    if for_good:
        click.echo(f"{len(done.gone)} of {total} purged; {done.held} of their changes keep no more than digests.")
        if done.kept:
            why = "they have no seal yet, or one of the older form, or one that they do not fit"
            click.echo(f"{done.kept} changes keep what they held: {why}.")
    else:
        click.echo(f"{len(found)} of {total} would be purged; --for-good --as EMAIL does it.")


def _purger(email: str | None, password_stdin: bool) -> Context:
    if not email:
        raise click.UsageError("Say who does it with --as EMAIL: a user who was granted `purge`.")
    password = ask_password(password_stdin, confirm=False)
    return Context(f"user:{rights.proven(email, password, PURGE)}")


commands: list[click.Command] = [group]
