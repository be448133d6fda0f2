"""`digisence integrity history` and `statistics`: how the directory is and how it went, with a line for the eye."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import click

from ..clock import to_wire, utcnow
from ..integrity import data_sync_service, retrospect, span
from .integrity import integrity
from .output import FINDINGS, OK, WARNINGS, emit, json_option, leave, table

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 40
NAMES = {
    "users": "Users", "businesses": "Businesses", "professionals": "Professionals", "orphanedUsers": "Orphaned users",
    "missingBusinessAdmins": "Businesses without admin", "missingProfessionalAdmins": "Professionals without admin",
}  # fmt: skip


def sparkline(values: Sequence[float], low: float | None = None, width: int = WIDTH) -> str:
    """A line of bars, the newest at the right: the last `width` values, from `low` (default: the least) to the most."""
    shown = list(values)[-width:]
    if not shown:
        return ""
    least, most = min(shown) if low is None else min(low, *shown), max(shown)
    room = (most - least) or 1
    return "".join(BARS[round((value - least) / room * (len(BARS) - 1))] for value in shown)


def lasting(seconds: float | None) -> str:
    """`3 d 4 h`, `25 min`, `40 s`: the two largest units that count."""
    if seconds is None:
        return ""
    left, told = round(seconds), []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        told.append(f"{count} {unit}")
    counted = [part for part in told if not part.startswith("0 ")][:2]
    return " ".join(counted) or "0 s"


@integrity.command("statistics")
@json_option
def statistics(as_json: bool) -> None:
    """How the directory is: counts, score and its trend, the last drill. Ends with 1 on issues, 2 on a red drill."""
    told = data_sync_service.get_data_statistics()
    if as_json:
        emit(told)
    else:
        table(("what", "count"), [[NAMES[name], told[name]] for name in NAMES])
        trend = [point["score"] for point in told["trend"]]
        click.echo(f"Score {told['score']:g} of 100  {sparkline(trend)}")
        click.echo(_drill(told["drill"]), err=bool(told["drill"]) and not told["drill"]["passed"])
    red = told["drill"] is not None and not told["drill"]["passed"]
    leave(FINDINGS if not told["healthy"] else WARNINGS if red else OK)


def _drill(told: dict[str, Any] | None) -> str:
    if told is None:
        return "No drill was held yet: `digisence integrity drill` holds one."
    return f"Drill {'passed' if told['passed'] else 'FAILED'} at {told['at']}: {told['detail']}"


@integrity.command("history")
@click.option("--check", "check_id", metavar="ID", help="This check only.")
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="So far back.")
@click.option("--step", metavar="DURATION", help="One point for each, as 10m, 6h, 1d; default one that fits.")
@json_option
def history(check_id: str | None, days: int, step: str | None, as_json: bool) -> None:
    """How checks and score went, since when findings stand, how long they stood and how they ended."""
    now = utcnow()
    asked = {"from": to_wire(now - timedelta(days=days)), "to": to_wire(now), **({"step": step} if step else {})}
    told = retrospect.told(span.span(asked), check_id)
    if as_json:
        emit(told)
        return
    if told["health"]:
        scores = [point["lowest"] for point in told["health"]]
        click.echo(f"Score {told['health'][-1]['score']:g}, lowest {min(scores):g}  {sparkline(scores)}")
    columns = ("check", "open", "trend of open", "open since", "ended", "healed by itself", "mean time")
    table(columns, [_row(check) for check in told["checks"]])
    ended = told["ended"]
    click.echo(f"In {days} days {ended['ended']} findings ended: {ended['healed']} healed by themselves, "
               f"{ended['repaired']} repaired, {ended['quarantined']} set aside.")  # fmt: skip


def _row(told: dict[str, Any]) -> list[Any]:
    share = told["healedShare"]
    return [
        told["check"],
        told["open"],
        sparkline([point["peak"] for point in told["points"]], 0),
        told["openSince"] and to_wire(told["openSince"]),
        told["ended"],
        "" if share is None else f"{share:.0%}",
        lasting(told["meanSeconds"]),
    ]
