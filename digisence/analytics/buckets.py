"""Hours and days, UTC: as times, and as the text that SQL groups by."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ..models.measure import DAY, HOUR

LENGTH = {HOUR: timedelta(hours=1), DAY: timedelta(days=1)}
_CHARACTERS = {HOUR: 13, DAY: 10}
_FORMS = {HOUR: "YYYY-MM-DD HH24", DAY: "YYYY-MM-DD"}


def floor(moment: datetime, step: str) -> datetime:
    """The start of the bucket that `moment` is in."""
    start = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return start if step == HOUR else start.replace(hour=0)


def buckets(start: datetime, end: datetime, step: str) -> Iterator[datetime]:
    """The starts from `start`, itself one, to before `end`."""
    while start < end:
        yield start
        start += LENGTH[step]


def sql(column: str, step: str, dialect: str) -> str:
    """SQL for the bucket of a time, as text."""
    if dialect == "sqlite":
        return f"substr({column}, 1, {_CHARACTERS[step]})"
    return f"to_char({column} AT TIME ZONE 'UTC', '{_FORMS[step]}')"


def day_sql(column: str, dialect: str) -> str:
    """SQL for the start of the day of a time, as a time."""
    if dialect == "sqlite":
        return f"substr({column}, 1, 10) || ' 00:00:00.000'"
    return f"date_trunc('day', {column}, 'UTC')"


def parsed(text: str) -> datetime:
    """What `sql` gave, as a time."""
    return datetime.fromisoformat(text if len(text) == 10 else f"{text}:00").replace(tzinfo=UTC)
