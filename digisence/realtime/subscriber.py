"""The one thread of a process that listens to the feed, sees gaps and fills them, and outlives Redis."""

import random
import threading
import time
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import orjson
import structlog
from redis import RedisError

from ..extensions.sse import CHANNEL, CONTROL, Position, Stored, sse
from . import presence, protocol, rights
from .ring import Entry
from .topics import topic_of

log = structlog.get_logger(__name__)

WAIT_SECONDS = 1.0
CHECK_SECONDS = 5.0  # how long a dead subscription can stay unnoticed
RECHECK_SECONDS = 60.0
LONGEST_BACKOFF = 5.0
PAGE = 500


class Audience(Protocol):
    """Who is told what the subscriber hears."""

    @property
    def last(self) -> Position | None:
        """The newest position known; None before `begin`."""

    def begin(self, position: Position) -> None:
        """The feed was reached for the first time and stands at `position`."""

    def append(self, entry: Entry) -> None:
        """The next message."""

    def restart(self, position: Position) -> None:
        """Messages are missing for good; the feed now stands at `position`."""

    def revoke(self, users: list[str], sessions: list[str]) -> None:
        """These may no longer listen."""

    def disconnect(self, connections: list[str]) -> None:
        """These streams are to end."""

    def renew(self, sessions: list[str], expires_at: float) -> None:
        """The tokens of these sessions last until then, in seconds since 1970."""

    def mention(self, kind: str, body: Mapping[str, Any]) -> None:
        """Tell the streams that are open something of the moment, which has no place on the feed."""

    def recheck(self) -> None:
        """Somebody's rights may have gone unheard: ask the database."""


class Heard(NamedTuple):
    """A live message."""

    previous: Position
    found: Stored


class Subscriber:
    """Keeps an `Audience` on the feed until `stop`."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self._stopped = threading.Event()
        self._failures = 0
        self._silent = False
        self.thread = threading.Thread(target=self._run, name="feed", daemon=True)

    def stop(self) -> None:
        """End the thread, within WAIT_SECONDS or a Redis time-out."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._follow()
            except (RedisError, OSError) as error:
                log.warning("the feed is away", error=str(error), failures=self._failures)
            except Exception:
                log.exception("following the feed failed")
            if not self._stopped.is_set():
                self._stopped.wait(self._backoff())

    def _backoff(self) -> float:
        longest = min(LONGEST_BACKOFF, 0.1 * float(2 ** min(self._failures, 10)))
        self._failures += 1
        return longest * random.uniform(0.5, 1.0)  # noqa: S311

    def _follow(self) -> None:
        subscription = sse.subscribe()
        try:
            self._arrive()
            check_at = recheck_at = time.monotonic()
            while not self._stopped.is_set():
                if heard := subscription.event(WAIT_SECONDS):
                    self._take(*heard)
                now = time.monotonic()
                if now >= check_at + CHECK_SECONDS:
                    check_at = now
                    self._check()
                if now >= recheck_at + RECHECK_SECONDS:
                    recheck_at = now
                    self._audience.recheck()
        finally:
            subscription.close()

    def _arrive(self) -> None:
        """The subscription stands: nothing is missed from here on, so fill what was missed before."""
        head, last = sse.head(), self._audience.last
        if last is None:
            self._audience.begin(head)
        else:
            if head != last:
                self._fill(last)
            self._audience.recheck()  # control messages were missed too
        self._failures = 0
        self._silent = False

    def _check(self) -> None:
        """Compare with the Stream: a half-open subscription, or an emptied Redis, tells nothing."""
        last = self._audience.last
        if last is None or sse.head() == last:
            self._silent = False
            return
        if self._silent:
            raise RedisError("the subscription is silent while the feed goes on")
        self._silent = True
        self._fill(last)

    def _take(self, channel: str, payload: bytes) -> None:
        try:
            if channel == CONTROL:
                self._obey(orjson.loads(payload))
            elif channel == CHANNEL:
                self._hear(_parse(payload))
        except ValueError as error:
            log.warning("a message that is not ours was skipped", channel=channel, error=str(error), start=payload[:80])

    def _hear(self, heard: Heard) -> None:
        last = self._audience.last
        if last is None or heard.found.position <= last:
            return
        self._silent = False
        if heard.previous == last:
            self._append(heard.found)
        else:
            self._fill(last)

    def _fill(self, last: Position) -> None:
        """Take from the Stream what came after `last`; it is another feed when that is not in it."""
        while True:
            page = sse.stored(last, count=PAGE)
            if not page or page[0].position != last:
                head = sse.head()
                log.warning("the feed has another past", known=str(last), now=str(head))
                return self._audience.restart(head)
            for found in page[1:]:
                self._append(found)
            if len(page) < PAGE:
                return None
            last = page[-1].position

    def _append(self, found: Stored) -> None:
        try:
            data = orjson.loads(found.data or b"{}")
            framed, topic = protocol.stored(found), topic_of(data)
        except ValueError as error:
            log.warning("a stored message that is not ours was skipped", position=str(found.position), error=str(error))
            data, framed, topic = {}, b"", None
        self._judge(data)
        self._audience.append(Entry(found.position, framed, topic))

    def _judge(self, data: Any) -> None:
        """A change of a user may take away the right to listen: that comes before the message itself."""
        verdict = rights.verdict(data)
        if verdict is rights.UNCLEAR:
            self._audience.recheck()
        elif verdict:
            self._audience.revoke([verdict], [])

    def _obey(self, order: Any) -> None:
        if not isinstance(order, dict):
            raise ValueError("a control message is an object")  # noqa: TRY004
        match order:
            case {"kind": "revoked"}:
                self._audience.revoke(_names(order.get("users")), _names(order.get("sessions")))
            case {"kind": "disconnect"}:
                self._audience.disconnect(_names(order.get("connections")))
            case {"kind": "renewed", "expiresAt": int() | float() as expires_at}:
                self._audience.renew(_names(order.get("sessions")), expires_at)
            case {"kind": presence.KIND}:
                self._audience.mention(presence.KIND, presence.told(order))


def _parse(payload: bytes) -> Heard:
    """flask-sse's form with our position and `previous`; ValueError for anything else."""
    message = orjson.loads(payload)
    data = message.get("data") if isinstance(message, dict) else None
    if not isinstance(data, dict):
        raise ValueError("no object in data")  # noqa: TRY004
    previous, position = data.pop("previous", None), message.get("id")
    if not isinstance(previous, str) or not isinstance(position, str):
        raise ValueError("no position")  # noqa: TRY004
    name, retry = message.get("type"), message.get("retry")
    if not isinstance(name, str | None) or not isinstance(retry, int | None):
        raise ValueError("event name or retry malformed")  # noqa: TRY004
    found = Stored(Position.parse(position), orjson.dumps(data), name, retry)
    protocol.stored(found)  # refuses what would forge an event
    return Heard(Position.parse(previous), found)


def _names(value: Any) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []
