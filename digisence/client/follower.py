"""One stream, kept alive: it comes back by itself where it stopped, until it is closed or has no right any more."""

import contextlib
import math
import random
import ssl
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, Literal, Self
from urllib.parse import quote, urlencode

from .errors import Later, Refused, SignedOut
from .events import Event, Parser
from .line import Line, place, seconds
from .messages import Hello, Lost, Message, Quiet, read
from .problem import problem

Token = str | Callable[[], str]
Mode = Literal["none", "counts", "full"]

STREAM = "/api/admin/sse"
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
OPENING_SECONDS = 30.0  # until `hello` says how often there is a heartbeat
STABLE_SECONDS = 5.0
OVER = {"revoked": "This sign-in was ended; sign in again.", "expired": "The token has expired; sign in again."}
BUSY = (408, 425, 429)


def follow(
    url: str, token: Token, topics: Iterable[str] | None = None, since: str | None = None, *, initial: Mode = "none",
    tick: float | None = None, note: Callable[[str], None] | None = None, context: ssl.SSLContext | None = None,
) -> "Follower":  # fmt: skip
    """Every message of the stream at `url` after the position `since` (None: from now on), each once and in order.

    `token` is an access token, or a callable that gives one that is good now: it is asked before each connection.
    `topics` are resources, `integrity`, `job`, `sync`; None means all. `tick`: a `Quiet` comes whenever nothing else
    did for so many seconds. `note` is told, in a sentence, that the server went away and that it is back.
    Iterating raises SignedOut when the token is no good any more, Refused when trying again would not help.
    """
    return Follower(url, token, topics, since, initial=initial, tick=tick, note=note, context=context)


class Follower(Iterator[Message]):
    """An iterator of messages, to be closed: `with follow(…) as messages:`. Any thread may close it."""

    def __init__(
        self, url: str, token: Token, topics: Iterable[str] | None = None, since: str | None = None, *,
        initial: Mode = "none", tick: float | None = None, note: Callable[[str], None] | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        self.position = since  # what it goes on after when it comes back
        self._place, self._token, self._context = place(url), token, context
        self._query = {"initial": initial, **({"topics": ",".join(topics)} if topics is not None else {})}
        self._from_hello = initial == "none"
        self._tick, self._note = tick, note or (lambda _sentence: None)
        self._tries = 0
        self._away = False
        self._spread = 0.0
        self._goal: tuple[int, ...] = ()  # where the feed stood when the connection began
        self._leaving = threading.Event()
        self._line: Line | None = None
        self._messages = self._run()

    def __next__(self) -> Message:
        return next(self._messages)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End it. A thread that waits for a message sees the end of the iteration."""
        self._leaving.set()
        if (line := self._line) is not None:
            line.abort()
        with contextlib.suppress(ValueError):  # that thread is at it, and will end by itself
            self._messages.close()

    def _run(self) -> Generator[Message]:
        while not self._leaving.is_set():
            opened = time.monotonic()
            held = False
            try:
                with contextlib.closing(self._open()) as self._line:
                    for message in self._read(self._line):
                        held = True
                        yield message
            except Later as later:
                pause, reason = later.seconds, str(later)
            except OSError as error:
                pause, reason = None, _said(error)
            self._line = None
            if self._leaving.is_set():
                return
            self._pause(pause, reason, held, held and time.monotonic() > opened + STABLE_SECONDS)

    def _pause(self, asked: float | None, reason: str, held: bool, stable: bool) -> None:
        """Wait as long as the server asks, at least; then so long, at random, that a crowd does not come at once."""
        self._tries = 0 if stable or not reason else self._tries + 1
        wait = random.random() * min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._tries, 16))  # noqa: S311
        if asked is not None:
            wait = asked if not reason else asked + random.random() * min(asked, FIRST_PAUSE)  # noqa: S311
        elif held:
            wait = max(wait, self._spread)
        if reason and not self._away:
            self._away = True
            self._note(f"{self._place.authority} does not answer ({reason}); waiting for it")
        self._leaving.wait(wait)

    # -- one connection

    def _open(self) -> Line:
        token = self._ask_token()
        line = self._request(token)
        if line.status == 401 and callable(self._token):
            line.close()
            renewed = self._ask_token()
            line = self._request(renewed)
        if line.status == 200 and line.headers.get("content-type", "").startswith("text/event-stream"):
            return line
        with contextlib.closing(line):
            raise self._refusal(line)

    def _ask_token(self) -> str:
        return self._token() if callable(self._token) else self._token

    def _request(self, token: str) -> Line:
        headers = {
            "Accept": "text/event-stream", "Cache-Control": "no-store", "User-Agent": "digisence.client",
            "Authorization": f"Bearer {token}", **({"Last-Event-ID": self.position} if self.position else {}),
        }  # fmt: skip
        return Line(self._place, f"{STREAM}?{urlencode(self._query, quote_via=quote)}", headers, context=self._context)

    def _refusal(self, line: Line) -> Exception:
        status, (detail, code) = line.status, problem(line)
        if status >= 500 or status in BUSY:
            return Later(detail, seconds(line.headers.get("retry-after")))
        if 300 <= status < 400:
            return Refused(f"{self._place.authority} leads to {line.headers.get('location')}: use that address.")
        if status == 401:
            return SignedOut(detail, code)
        if status == 200:
            return Refused(f"What answers at {self._place.authority} is no stream of digisence.")
        return Refused(detail, code)

    def _read(self, line: Line) -> Iterator[Message]:
        parser, silence, heard = Parser(), OPENING_SECONDS, time.monotonic()
        news = heard  # when something came that is no heartbeat
        while not self._leaving.is_set():
            wait = self._tick if self._tick is not None and self._caught_up else math.inf
            data = line.read(min(heard + silence, news + wait) - time.monotonic())
            if data == b"":
                raise Later("the connection was closed")
            for message in self._take(parser.feed(data or b"")):
                if isinstance(message, Hello):
                    silence = 2 * message.heartbeat
                yield message
                news = news if message.type == "hb" else time.monotonic()
            if data is not None:
                heard = time.monotonic()  # what took its time here was not the server
            elif time.monotonic() >= heard + silence:
                raise Later(f"silent for {silence:g} s")
            if time.monotonic() >= news + wait:
                yield Quiet("quiet", self.position, {})
                news = time.monotonic()

    def _take(self, events: Iterable[Event]) -> Iterator[Message]:
        for event in events:
            message = read(event)
            if message is None:
                self._note(f"{event.id} is no message: somebody else wrote to the feed")
                self.position = event.id or self.position
                continue
            if message.type == "bye":
                raise self._farewell(message.body)
            self._move(message)
            yield message

    def _move(self, message: Message) -> None:
        if isinstance(message, Hello):
            self._spread, self._goal = message.retry, _order(message.stands_at)
            if self._away:
                self._away = False
                self._note(f"{self._place.authority} is back")
            if self.position is None and self._from_hello:
                self.position = message.stands_at
        elif isinstance(message, Lost):  # whoever wants all of it again must not go on from here
            self.position = str(message.body["position"]) if self._from_hello else None
        else:
            self.position = message.position or self.position

    @property
    def _caught_up(self) -> bool:
        return self._goal != () and self.position is not None and _order(self.position) >= self._goal

    def _farewell(self, told: Any) -> Exception:
        reason = str(told.get("reason"))
        if reason == "revoked" or (reason == "expired" and not callable(self._token)):
            return SignedOut(OVER[reason], reason)
        return Later("" if reason in ("drain", "lifetime", "expired") else reason, float(told.get("retryMs", 0)) / 1000)


def _order(position: str) -> tuple[int, ...]:
    return tuple(map(int, position.split("-")))


def _said(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).strip().partition("\n")[0]
