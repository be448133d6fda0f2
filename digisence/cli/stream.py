"""`digisence stream`: watch the feed as it goes out, straight from Redis."""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

import click

from ..config import duration
from ..extensions import sse
from ..extensions.sse import Position
from ..models import RECORDS
from ..models.change import ACTIONS
from ..realtime.protocol import without_id
from ..realtime.topics import OWN_TOPICS, UPDATE, topic_of
from . import remote
from .following import Following, Message, known, moment
from .lines import Lines
from .output import USAGE, Failure, emit_line, json_option

KINDS = ("change", UPDATE, *OWN_TOPICS)
SUBJECTS = (*RECORDS, *OWN_TOPICS, UPDATE)
DEEDS = (*ACTIONS, "many")


@click.group("stream")
def group() -> None:
    """Watch the feed."""


class Choices(click.ParamType[frozenset[str]]):
    """Names separated by commas, each one of a few."""

    name = "A,B"

    def __init__(self, known: Collection[str]) -> None:
        self.known = known

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[str]:
        """The names; fails on one that is not known, and says which are."""
        chosen = frozenset(word.strip() for word in value.split(","))
        if unknown := sorted(chosen - set(self.known)):
            self.fail(f"there is no {', '.join(unknown)!r}; there are {', '.join(sorted(self.known))}", param, ctx)
        return chosen


@dataclass(frozen=True)
class Wanted:
    """What to show; None is anything. `actors` are patterns."""

    topics: frozenset[str] | None
    kinds: frozenset[str] | None
    actions: frozenset[str] | None
    actors: Sequence[str]
    records: Sequence[str]
    mutation: str | None

    def __call__(self, data: dict[str, Any]) -> bool:
        """True for a message to show."""
        return (
            (self.topics is None or topic_of(data) in self.topics)
            and (self.kinds is None or data.get("type") in self.kinds)
            and (self.actions is None or data.get("action") in self.actions)
            and (not self.actors or any(fnmatchcase(str(data.get("actor", "")), actor) for actor in self.actors))
            and (not self.records or not _names(data).isdisjoint(self.records))
            and (self.mutation is None or data.get("mutationId") == self.mutation)
        )


def _names(data: dict[str, Any]) -> set[str]:
    record = data.get("recordId")
    return {str(record), f"{data.get('resource')}/{record}"} if record else set()


@group.command("tail")
@click.option("--topics", type=Choices(SUBJECTS), help="Only these resources or kinds: businesses,integrity,…")
@click.option("--type", "kinds", type=Choices(KINDS), help=f"Only these kinds of message: {', '.join(KINDS)}.")
@click.option("--action", "actions", type=Choices(DEEDS), help=f"Only changes that are {', '.join(DEEDS)}.")
@click.option("--actor", "actors", multiple=True, metavar="ACTOR", help="Only by this one; user:* is any user. Repeat.")
@click.option("--record", "records", multiple=True, metavar="ID", help="Only this record: ID or RESOURCE/ID. Repeat.")
@click.option("--mutation", metavar="ID", help="Only what this call of the API did.")
@click.option("--since", metavar="WHEN", help="Begin 90s, 15m, 24h or 7d ago, or after a position, instead of now.")
@click.option("--count", type=click.IntRange(1), help="Stop after so many messages.")
@click.option("--until-idle", type=click.FloatRange(0), metavar="SECONDS", help="Stop when none came for so long.")
@click.option("--patch", "patches", is_flag=True, help="Show every field's new value below a change.")
@remote.options
@json_option
def tail(
    since: str | None, count: int | None, until_idle: float | None, patches: bool, as_json: bool,
    url: str | None, email: str | None, password_stdin: bool, **chosen: Any,
) -> None:  # fmt: skip
    """Print every message of the feed as it is published, until Ctrl-C.

    A line has the time, what happened to which record, its name or the fields that changed, who did it, and at the
    end the position, which --since takes. Filters narrow one another; a change of many records has no record id.

    It reads the feed from Redis, so it needs no sign-in and no web server. With --url it follows any panel over HTTP
    instead, as a superadmin: with the password of --email, or the access token in DIGISENCE_TOKEN.
    When what it listens to is away, be it from the start, it waits, says so on stderr, and goes on without a gap, or
    says what is lost.

    \b
    Examples:
      digisence stream tail                                   everything, from now on
      digisence stream tail --since 15m --until-idle 0        the last quarter of an hour, then stop
      digisence stream tail --topics businesses --patch       what changes in businesses, field by field
      digisence stream tail --action deleted,quarantined      what goes
      digisence stream tail --actor external                  what others write to the database
      digisence stream tail --record businesses/0190a…        the life of one record
      digisence stream tail --url https://panel.example.org --email me@example.org
      digisence stream tail --json | jq -r .recordId          one JSON object a line, for programs
    """
    show, wanted = _shower(as_json, patches), Wanted(**chosen)
    try:
        with contextlib.ExitStack() as held:
            if url is not None:
                messages = remote.messages(held, url, email, password_stdin, wanted.topics, since, _note)
            elif email or password_stdin:
                raise click.UsageError("--email is for --url: this machine's own feed needs no sign-in.")
            else:
                messages = iter(Following(_start(since), _note))
            _follow(messages, wanted, show, count, until_idle)
    except KeyboardInterrupt:
        return
    except BrokenPipeError:  # `… | head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter's last flush fails


def _follow(
    messages: Iterable[Message | None],
    wanted: Wanted,
    show: Callable[[Position, dict[str, Any]], None],
    count: int | None,
    until_idle: float | None,
) -> None:
    shown, last = 0, time.monotonic()
    for message in messages:
        if message is None:
            if until_idle is not None and time.monotonic() - last >= until_idle:
                return
        elif wanted(message[1]):
            show(*message)
            shown, last = shown + 1, time.monotonic()
            if shown == count:
                return


def _shower(as_json: bool, patches: bool) -> Callable[[Position, dict[str, Any]], None]:
    if as_json:
        return lambda position, data: emit_line({"id": str(position), **without_id(data)})
    lines = Lines(patches)
    coloured = False if os.environ.get("NO_COLOR") else None  # None: as the terminal takes it

    def show(position: Position, data: dict[str, Any]) -> None:
        for line in lines.of(position, data):
            click.echo(line, color=coloured)

    return show


def _start(since: str | None) -> Callable[[float], Position]:
    """Where to begin, given the seconds that Redis was waited for: what was published meanwhile is not left out."""
    if since is None:
        return lambda waited: moment(timedelta(seconds=waited))[0] if waited else sse.head()
    try:
        position = Position.parse(since)
    except ValueError:
        return _ago(since)

    def kept(_waited: float) -> Position:
        if not known(position):
            raise Failure(f"The feed no longer keeps {since}: leave --since out to begin now.", USAGE)
        return position

    return kept


def _ago(since: str) -> Callable[[float], Position]:
    try:
        ago: Any = duration(since)
    except (ValueError, OverflowError) as error:
        said = "write a time ago as 90s, 15m, 24h or 7d, or a position as 1700000000000-0"
        raise click.BadParameter(said, param_hint="--since") from error

    def reached(waited: float) -> Position:
        position, reaches = moment(ago + timedelta(seconds=waited))
        if not reaches:
            _note(f"the feed does not go back {since}: here is all that it keeps")
        return position

    return reached


def _note(sentence: str) -> None:
    coloured = False if os.environ.get("NO_COLOR") else None
    colour = "red" if sentence.startswith("lost") else "yellow"
    click.echo(click.style(f"digisence: {sentence}", fg=colour), err=True, color=coloured)


commands: list[click.Command] = [group]
