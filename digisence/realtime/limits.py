"""How many streams a user, an address and this process may hold."""

import threading
from collections import Counter
from collections.abc import Callable

from ..config import Settings
from ..errors import Problem

RETRY_AFTER_SECONDS = 15


class Limits:
    """Counts the streams of this process."""

    def __init__(self, settings: Settings) -> None:
        self._lock = threading.Lock()
        self._held: Counter[tuple[str, str]] = Counter()
        self._allowed = {
            "user": settings.stream_limit_user,
            "address": settings.stream_limit_address,
            "all": settings.stream_limit,
        }

    def admit(self, user_id: str, address: str) -> Callable[[], None]:
        """Count one more stream; returns what gives the place back (once, however often it is called).

        Raises Problem 429 with Retry-After when a limit is reached.
        """
        places = [("user", user_id), ("address", address), ("all", "")]
        with self._lock:
            for place in places:
                if self._held[place] >= self._allowed[place[0]]:
                    raise _full(place[0], self._allowed[place[0]])
            self._held.update(places)
        return self._giver_back(places)

    def _giver_back(self, places: list[tuple[str, str]]) -> Callable[[], None]:
        def give_back() -> None:
            with self._lock:
                for place in places:
                    self._held[place] -= 1
                    if not self._held[place]:
                        del self._held[place]
                places.clear()

        return give_back


def _full(kind: str, allowed: int) -> Problem:
    whose = {"user": "for you", "address": "for your address", "all": "in all"}[kind]
    return Problem(
        429,
        "too-many-streams",
        f"{allowed} streams are open {whose}, which is the limit. Close a tab, or wait {RETRY_AFTER_SECONDS} seconds.",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
        limit=kind,
    )
