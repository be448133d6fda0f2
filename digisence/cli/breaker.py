"""`digisence breaker`: what was stopped because it wanted to touch too much, and the word that lets it through."""

import click

from ..integrity import breaker
from .integrity import OPERATOR
from .output import FINDINGS, OK, emit, json_option, leave, table


@click.group("breaker")
def group() -> None:
    """See and open the breakers of the checks."""


@group.command("list")
@json_option
def listing(as_json: bool) -> None:
    """List every breaker that ever tripped. Ends with 1 while one is tripped."""
    found = breaker.listed()
    if as_json:
        emit({"items": found})
    elif not found:
        click.echo("No breaker has ever tripped.")
    else:
        columns = ("check", "state", "count", "reason", "trippedAt", "setHash")
        table(columns, [[row[column] for column in columns] for row in found])
    leave(FINDINGS if any(row["state"] == breaker.TRIPPED and not row["acknowledged"] for row in found) else OK)


@group.command("acknowledge")
@click.argument("check")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def acknowledge(check: str, yes: bool, as_json: bool) -> None:
    """Let the records that CHECK wants to touch through: these very records, once, within 60 minutes."""
    told = breaker.to_json(breaker.read(check))
    if told["state"] == breaker.TRIPPED and not yes:
        click.echo(f"{check} wants to touch {told['count']} records, among them:", err=True)
        for record_id in told["records"][:20]:
            click.echo(f"  {record_id}", err=True)
        if click.prompt("Type their number to let them through", type=int, err=True) != told["count"]:
            raise click.UsageError("That is another number; nothing is let through.")
    breaker.acknowledge(check, told["setHash"], told["count"], OPERATOR)
    if as_json:
        emit(breaker.to_json(breaker.read(check)))
    else:
        click.echo(f"The next sweep within 60 minutes may touch these {told['count']} records.")


commands: list[click.Command] = [group]
