"""`digisence analytics`: how the directory went, a line a series; what is measured; and measuring it again."""

from datetime import timedelta
from typing import Any

import click

from ..analytics import measuring, series
from ..analytics.metrics import KINDS, METRICS
from ..clock import to_wire, utcnow
from ..models.measure import DAY, STEPS
from .history import sparkline
from .output import emit, json_option, table


@click.command("analytics")
@click.argument("names", metavar="[METRIC]...", nargs=-1, type=click.Choice([*METRICS]))
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="So far back.")
@click.option("--step", type=click.Choice([*STEPS]), default=DAY, show_default=True, help="A point for each.")
@click.option("--again", is_flag=True, help="Measure everything anew first; what nobody knows any more stays.")
@json_option
def analytics(names: tuple[str, ...], days: int, step: str, again: bool, as_json: bool) -> None:
    """How the directory went. Without a METRIC: what is measured."""
    done = measuring.measure(measuring.EVER) if again else None
    if done:
        late = "; somebody else measured meanwhile" if done.overtaken else ""
        click.echo(f"Measured anew from {to_wire(done.start)}: {done.figures} figures{late}.", err=True)
    if not names:
        _list(as_json)
        return
    now = utcnow()
    span = {"from": to_wire(now - timedelta(days=days)), "to": to_wire(now), "step": step}
    told = series.told(series.asked({"metric": ",".join(names), **span}))
    if as_json:
        emit(told)
        return
    table(("metric", "label", "over time", "last", "unit"), [_row(line) for line in told["series"]])
    at = told["measuredAt"]
    click.echo(f"Measured at {at}." if at else "Nothing is measured yet: a worker does, or --again.", err=True)


def _row(line: dict[str, Any]) -> list[Any]:
    values = [value for _at, value in line["points"]]
    last = values[-1] if values else None
    return [line["metric"], line["label"], sparkline(values, 0), "" if last is None else f"{last:g}", line["unit"]]


def _list(as_json: bool) -> None:
    rows = [[metric.name, metric.title, metric.unit, KINDS[metric.kind]] for metric in METRICS.values()]
    columns = ("metric", "title", "unit", "value")
    if as_json:
        emit([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        table(columns, rows)


commands: list[click.Command] = [analytics]
