"""The feed of any panel over HTTP, for `stream tail --url`."""

import os
import sys
import time
from collections.abc import Callable, Collection, Iterator, Set
from contextlib import ExitStack
from typing import Any, TypeVar

import click

from ..client import Account, Follower, Heartbeat, Hello, Lost, Quiet, Refused, SignedOut, Token, follow
from ..extensions.sse import Position
from ..realtime.topics import UPDATE
from .following import BLOCK_SECONDS, RETRY_SECONDS, Message
from .output import FAILED, USAGE, Failure
from .superadmin import ask_password

TOKEN = "DIGISENCE_TOKEN"  # noqa: S105
QUIETEST = ("sync",)
F = TypeVar("F", bound=Callable[..., Any])


def options(command: F) -> F:
    """Which panel, and as whom."""
    for option in (
        click.option("--password-stdin", is_flag=True, help="Read the password of --email from standard input."),
        click.option("--email", metavar="EMAIL", help="Sign in as this superadmin; asks for the password."),
        click.option("--url", metavar="URL", help="Follow the panel at this address instead of this machine's Redis."),
    ):
        command = option(command)
    return command


def messages(
    held: ExitStack, url: str, email: str | None, password_stdin: bool, topics: Set[str] | None,
    since: str | None, note: Callable[[str], None],
) -> Iterator[Message | None]:  # fmt: skip
    """As `Following` gives them; `held` closes what is opened. Raises Failure when there is no right to listen."""
    try:
        position = str(Position.parse(since)) if since is not None else None
    except ValueError as error:
        said = "over HTTP, only a position can be gone on from, as 1700000000000-0"
        raise click.BadParameter(said, param_hint="--since") from error
    try:
        token = _token(held, url, email, password_stdin, note)
        following = held.enter_context(follow(url, token, _asked(topics), position, tick=BLOCK_SECONDS, note=note))
        yield from _told(following, note)
    except SignedOut as error:
        raise Failure(str(error), FAILED) from error
    except Refused as error:
        raise Failure(str(error), USAGE) from error


def _told(following: Follower, note: Callable[[str], None]) -> Iterator[Message | None]:
    for message in following:
        if isinstance(message, Quiet):
            yield None
        elif isinstance(message, Lost):
            note("lost: the feed no longer keeps what came after the last line; here is what it has since")
        elif message.position is not None and not isinstance(message, Heartbeat | Hello):
            yield Position.parse(message.position), dict(message.body)


def _asked(topics: Set[str] | None) -> Collection[str] | None:
    """What to ask the server for: `update` comes along with every topic, and is none by itself."""
    return None if topics is None else sorted(topics - {UPDATE}) or QUIETEST


def _token(held: ExitStack, url: str, email: str | None, password_stdin: bool, note: Callable[[str], None]) -> Token:
    if email is None:
        token = os.environ.get(TOKEN, "").strip()
        if not token:
            raise click.UsageError(f"Say who you are: --email EMAIL, or an access token in {TOKEN}.")
        return token
    password = ask_password(password_stdin, confirm=False)
    account = _signed_in(url, email, password, note)
    held.callback(account.close)
    return account


def _signed_in(url: str, email: str, password: str, note: Callable[[str], None]) -> Account:
    """Sign in, as soon as the server is there."""
    code, away = None, False
    while True:
        try:
            return Account(url, email, password, code)
        except SignedOut as error:
            if error.code != "totp-required" or not sys.stdin.isatty():
                raise
            code = click.prompt("Code of your authenticator")
        except OSError as error:
            if not away:
                note(f"{url} does not answer ({error}); waiting for it")
            away = True
            time.sleep(RETRY_SECONDS)
