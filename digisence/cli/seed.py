"""`digisence seed`: something to look at before there is data."""

import click

from ..importing.demo import seed_demo
from ..importing.report import Report
from .output import FINDINGS, OK, counted, emit, json_option, leave, progress, table


@click.group("seed")
def group() -> None:
    """Make up data to try things on."""


@group.command("demo")
@click.option("--businesses", type=click.IntRange(1, 1_000_000), default=500, show_default=True, help="How many.")
@click.option("--defects", is_flag=True, help="With some broken records for the checks to find.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another number, another directory.")
@json_option
def demo(businesses: int, defects: bool, seed: int, as_json: bool) -> None:
    """Add a made-up directory: businesses, professionals, their admins, inquiries.

    The same seed gives the same records, so a second run adds nothing. None of its users can sign in.
    """
    with progress("Seeding", businesses * 6) as advance:
        report = seed_demo(businesses, defects=defects, seed=seed, advance=advance)
    if as_json:
        emit(report.as_json())
    else:
        _print(report)
    leave(FINDINGS if report.total("aside") else OK)


def _print(report: Report) -> None:
    rows = [(name, tally.placed, tally.present) for name, tally in report.tallies.items()]
    table(("collection", "added", "already there"), rows)
    if report.total("aside"):
        click.echo(f"{report.total('aside')} found no place; `digisence import leftovers` tells why.")
    click.echo(f"{counted(report.total('placed'), 'record')} added in {report.seconds:.1f} s.")


commands: list[click.Command] = [group]
