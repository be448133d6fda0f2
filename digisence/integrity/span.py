"""From when to when, in which steps: what is asked of the history, with defaults that give a readable chart."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..clock import parse, utcnow
from ..config import duration
from ..errors import Invalid

DEFAULT = timedelta(days=30)
STEPS = tuple(timedelta(minutes=minutes) for minutes in (10, 60, 6 * 60, 24 * 60, 7 * 24 * 60))
FEW, MOST = 130, 1000  # points that a step is chosen for, and that one may ask for
PARAMETERS = ("from", "to", "step")


@dataclass(frozen=True)
class Span:
    """Two times and the seconds of a step."""

    start: datetime
    end: datetime
    step: int


def span(asked: Mapping[str, str]) -> Span:
    """The span of `from` (a time, or so long before `to`: `7d`; default `30d`), `to` (default now) and `step` (`6h`).

    Invalid names each parameter at fault.
    """
    wrong: dict[str, str] = {}
    end = _time(asked, "to", utcnow(), wrong)
    start = _start(asked, end, wrong)
    step = _step(asked, end - start, wrong)
    if not wrong and start >= end:
        wrong["from"] = "must lie before `to`"
    if not wrong and (end - start) / step > MOST:
        wrong["step"] = f"gives more than {MOST} points"
    if wrong:
        raise Invalid(wrong, "Some parameters are not valid.")
    return Span(start, end, int(step.total_seconds()))


def _time(asked: Mapping[str, str], name: str, otherwise: datetime, wrong: dict[str, str]) -> datetime:
    try:
        return parse(asked[name]) if name in asked else otherwise
    except (ValueError, OverflowError):
        wrong[name] = "is a time as 2026-11-24T10:00:00Z, a date, or for `from` a duration as 7d"
        return otherwise


def _start(asked: Mapping[str, str], end: datetime, wrong: dict[str, str]) -> datetime:
    try:
        before = duration(asked.get("from", DEFAULT))
        return end - before if isinstance(before, timedelta) else end
    except ValueError:
        return _time(asked, "from", end, wrong)
    except OverflowError:
        wrong["from"] = "is too long ago"
        return end


def _step(asked: Mapping[str, str], length: timedelta, wrong: dict[str, str]) -> timedelta:
    if "step" not in asked:
        return next((step for step in STEPS if length / step <= FEW), max(STEPS[-1], length / FEW))
    try:
        step = duration(asked["step"])
    except (ValueError, OverflowError) as error:
        wrong["step"] = str(error)
        return STEPS[0]
    if not isinstance(step, timedelta) or step < timedelta(seconds=1):
        wrong["step"] = "at least 1s"
        return STEPS[0]
    return step
