"""How many streams a user, an address and the cluster may hold; who asks for one more is told when to come back."""

from collections import Counter
from collections.abc import Callable

from ..config import Settings
from ..errors import Problem
from .client import Listener
from .roster import Roster

RETRY_AFTER_SECONDS = 15


class Limits:
    """The rule; the roster counts. `refused` counts refusals by kind: user, address, all."""

    def __init__(self, settings: Settings, roster: Roster) -> None:
        self._roster = roster
        self._allowed = {
            "user": settings.stream_limit_user,
            "address": settings.stream_limit_address,
            "all": settings.stream_limit,
        }
        self.refused: Counter[str] = Counter(dict.fromkeys(self._allowed, 0))

    def admit(self, listener: Listener) -> Callable[[], None]:
        """Count one more stream; returns what gives its places back (once, however often it is called).

        Raises Problem 429 with Retry-After when a limit is reached.
        """
        names = {"user": f"user:{listener.user_id}", "address": f"address:{listener.address}", "all": "all"}
        full = self._roster.take({names[kind]: most for kind, most in self._allowed.items()})
        if full is not None:
            kind = full.partition(":")[0]
            self.refused[kind] += 1
            raise _full(kind, self._allowed[kind])
        held = [tuple(names.values())]

        def give_back() -> None:
            try:
                places = held.pop()  # one call only gets them, whichever thread it is in
            except IndexError:
                return
            self._roster.leave(listener.id, places)

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
