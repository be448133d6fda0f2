"""`digisence bulk`: what was done to many records at once, and the way back."""

from typing import Any

import click

from ..accounts.leaving import sign_out
from ..models.bulk_action import ERRORED
from ..records import bulk_told, carrying, ledger
from .integrity import OPERATOR
from .output import FINDINGS, OK, account, emit, json_option, leave, progress, table

COLUMNS = ("id", "resource", "action", "state", "total", "done", "failed", "undone", "conflicts", "actor", "createdAt")
ITEM_COLUMNS = ("recordId", "state", "code", "detail", "undo", "undoDetail")


@click.group("bulk")
def group() -> None:
    """See and undo what was done to many records at once."""


@group.command("list")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="At most so many.")
@click.option("--page", type=click.IntRange(1), default=1, show_default=True, help="Which portion of them.")
@json_option
def listing(limit: int, page: int, as_json: bool) -> None:
    """List bulk actions, the newest first."""
    found, total = bulk_told.page(page, limit)
    told = [bulk_told.summary(action) for action in found]
    if as_json:
        emit({"items": told, "page": page, "limit": limit, "total": total})
        return
    if not total:
        click.echo("There are none.")
        return
    table(COLUMNS, [[row[column] for column in COLUMNS] for row in told])
    click.echo(f"{len(told)} of {total}.")


@group.command("show")
@click.argument("bulk_id")
@click.option("--result", type=click.Choice(tuple(bulk_told.RESULTS)), help="Only the records of which this became.")
@click.option("--limit", type=click.IntRange(1, 500), default=100, show_default=True, help="At most so many records.")
@click.option("--page", type=click.IntRange(1), default=1, show_default=True, help="Which portion of them.")
@json_option
def show(bulk_id: str, result: str | None, limit: int, page: int, as_json: bool) -> None:
    """What became of each record of one. Ends with 1 when it broke off, some were refused or could not be undone."""
    told = bulk_told.summary(ledger.read(bulk_id))
    items, total = bulk_told.items(bulk_id, page, limit, result)
    if as_json:
        emit({**told, "items": items, "page": page, "limit": limit, "matching": total})
    else:
        table(("", ""), [(key, _plain(value)) for key, value in told.items()], "Bulk action")
        table(ITEM_COLUMNS, [[item[column] for column in ITEM_COLUMNS] for item in items], "Records")
        click.echo(f"{len(items)} of {total}.")
    leave(FINDINGS if told["failed"] or told["conflicts"] or told["state"] == ERRORED else OK)


@group.command("undo")
@click.argument("bulk_id")
@json_option
def undo(bulk_id: str, as_json: bool) -> None:
    """Restore what it deleted, put back what it wrote, here and now. Ends with 1 when something is in the way."""
    left = ledger.ask_undo(bulk_id, OPERATOR)
    with progress("Undoing", left) as advance:
        carrying.carry_out(bulk_id, sign_out, _Bar(advance))
    results = bulk_told.results(bulk_id, undo=True)
    account(results, "put back", as_json)
    leave(FINDINGS if results["failed"] else OK)


class _Bar:
    """Turns how far it is into steps."""

    def __init__(self, advance: Any) -> None:
        self._advance, self._seen = advance, 0

    def __call__(self, told: dict[str, int]) -> None:
        self._advance(told["seen"] - self._seen)
        self._seen = told["seen"]


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | None) else str(value)


commands: list[click.Command] = [group]
