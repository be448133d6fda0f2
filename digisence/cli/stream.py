"""`digisence stream`: watch the feed as it goes out, straight from Redis."""

from collections.abc import Iterator
from typing import Any

import click
import orjson

from ..extensions import sse
from ..extensions.redis import TIMEOUT_SECONDS, redis_client
from ..extensions.sse import Position, stream_key
from ..models import RECORDS
from ..realtime.topics import OWN_TOPICS
from .output import USAGE, Failure, emit_line, json_option

BLOCK_MS = int(TIMEOUT_SECONDS * 500)  # well below the client's own time-out
TOPICS = {*RECORDS, *OWN_TOPICS, "update"}
COLOURS = {"created": "green", "restored": "green", "deleted": "red", "quarantined": "red", "updated": "yellow"}


@click.group("stream")
def group() -> None:
    """Watch the feed."""


@group.command("tail")
@click.option("--topics", metavar="A,B", help="Only these resources or kinds (businesses, integrity, …).")
@click.option("--since", metavar="POSITION", help="Begin after this position instead of now.")
@click.option("--count", type=click.IntRange(1), help="Stop after so many messages.")
@json_option
def tail(topics: str | None, since: str | None, count: int | None, as_json: bool) -> None:
    """Print every message of the feed as it is published, until Ctrl-C. With --json one object a line."""
    wanted = _topics(topics) if topics else None
    shown = 0
    try:
        for position, data in _messages(_start(since)):
            if wanted is not None and not wanted & {data.get("resource"), data.get("type")}:
                continue
            if as_json:
                emit_line({"id": position, **data})
            else:
                _print(position, data)
            shown += 1
            if shown == count:
                return
    except KeyboardInterrupt:
        return


def _topics(text: str) -> set[str]:
    wanted = {topic.strip() for topic in text.split(",")}
    unknown = wanted - TOPICS
    if unknown:
        message = f"there is no topic {', '.join(sorted(unknown))}; there are {', '.join(sorted(TOPICS))}"
        raise click.BadParameter(message, param_hint="--topics")
    return wanted


def _start(since: str | None) -> Position:
    if since is None:
        return sse.head()
    try:
        position = Position.parse(since)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--since") from error
    if not any(stored.position == position for stored in sse.stored(position, count=1)):
        raise Failure(f"The feed no longer keeps {since}: leave --since out to begin now.", USAGE)
    return position


def _messages(after: Position) -> Iterator[tuple[str, dict[str, Any]]]:
    """Messages after a position, for ever. Raises redis.RedisError."""
    last = str(after)
    while True:
        streams: Any = redis_client.get().xread({stream_key(): last}, count=100, block=BLOCK_MS)
        for _, entries in streams or []:
            for entry, fields in entries:
                last = entry.decode()
                if b"data" in fields:  # the epoch entry has none
                    yield last, orjson.loads(fields[b"data"])


def _print(position: str, data: dict[str, Any]) -> None:
    time = str(data.get("timestamp", ""))[11:23]
    kind = data.get("type", "?")
    if kind != "change":
        click.echo(f"{time} {click.style(kind, fg='cyan')} {_brief(data)}  {click.style(position, dim=True)}")
        return
    action = str(data.get("action"))
    what = data.get("recordId") or f"{data.get('count')} records"
    names = ", ".join(data.get("patch") or {}) if action == "updated" else ""
    coloured = click.style(f"{action:<11}", fg=COLOURS.get(action))
    line = f"{time} {coloured} {data.get('resource')} {what} by {data.get('actor')} {names}".rstrip()
    click.echo(f"{line}  {click.style(position, dim=True)}")


def _brief(data: dict[str, Any]) -> str:
    rest = {name: value for name, value in data.items() if name not in ("type", "timestamp")}
    text = orjson.dumps(rest).decode()
    return text if len(text) <= 160 else f"{text[:159]}…"


commands: list[click.Command] = [group]
