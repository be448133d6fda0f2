"""The only clock: every time in the house is aware, UTC and whole milliseconds."""

from datetime import UTC, datetime


def utcnow() -> datetime:
    """The time now, aware, in UTC, cut to milliseconds (what both databases and the wire can hold)."""
    return truncate(datetime.now(UTC))


def truncate(moment: datetime) -> datetime:
    """`moment` in UTC without the digits below a millisecond. A naive time is read as UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.replace(microsecond=aware.microsecond // 1000 * 1000)


def to_wire(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: `2026-11-23T10:00:00.123Z`."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.isoformat(timespec="milliseconds")[:-6] + "Z"


def parse(text: str) -> datetime:
    """A time from RFC 3339 or ISO 8601 text (a bare date too). Raises ValueError on anything else."""
    return truncate(datetime.fromisoformat(text))
