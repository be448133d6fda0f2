"""When a stream must end: what is due when, and whose rights were taken away."""

import heapq
import math
import random
import time
from collections.abc import Iterable, Iterator

from .client import Client, Listener

REMEMBER_SECONDS = 120.0


class Agenda:
    """Clients by the time something is due for them, in seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Client]] = []

    def add(self, at: float, client: Client) -> None:
        """Remind of `client` at a time."""
        heapq.heappush(self._due, (at, client.number, client))

    def next(self) -> float:
        """When the first is due; infinity when none is."""
        return self._due[0][0] if self._due else math.inf

    def pop(self, now: float) -> Iterator[Client]:
        """Those that are due, each once."""
        while self._due and self._due[0][0] <= now:
            yield heapq.heappop(self._due)[2]


class Revocations:
    """Whose rights were taken away lately: that counts also for a stream that was still opening."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[float, float]] = {}  # when it was said, and rights looked at until when are void

    def add(self, users: Iterable[str], sessions: Iterable[str], found: Iterable[str] = ()) -> None:
        """Sessions are over for good; of users, and of sessions that were `found` without a right, what was looked at
        before now is void: theirs may come back.
        """
        now = time.time()
        self._said = {name: said for name, said in self._said.items() if said[0] > now - REMEMBER_SECONDS}
        self._said.update(dict.fromkeys([*users, *found], (now, now)))
        self._said.update(dict.fromkeys(sessions, (now, math.inf)))

    def hit(self, listener: Listener) -> bool:
        """Whether this listener's right is void."""
        said = (self._said.get(name, (0.0, 0.0)) for name in (listener.user_id, listener.session_id))
        return any(until >= listener.checked_at for _, until in said)


def term(client: Client) -> float:
    """When a stream ends at the latest, in seconds of the monotonic clock."""
    return time.monotonic() + min(client.expires_at, client.ends_at) - time.time()


def soon() -> int:
    """Milliseconds after which one client comes back, so that not all do at once."""
    return random.randint(500, 2500)  # noqa: S311
