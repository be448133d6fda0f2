"""A thread that follows the stream by the published client and keeps all that it was given."""

import threading
import time
from collections.abc import Callable
from typing import Any

from digisence.client import Change, Message, StreamError, Token, follow
from tests.proxy import until


class Listener:
    """Follows until it is closed. `error` is what ended it, `notes` what it was told of the server, and when."""

    def __init__(
        self, url: str, token: Token, topics: list[str] | None = None, since: str | None = None, **options: Any
    ) -> None:
        self.messages: list[Message] = []
        self.notes: list[tuple[float, str]] = []
        self.error: StreamError | None = None
        self.following = follow(url, token, topics, since, note=self._note, **options)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _note(self, sentence: str) -> None:
        self.notes.append((time.monotonic(), sentence))

    def _run(self) -> None:
        try:
            self.messages.extend(self.following)
        except StreamError as error:
            self.error = error

    @property
    def ended(self) -> bool:
        """Whether nothing follows any more."""
        return not self._thread.is_alive()

    def kinds(self) -> list[str]:
        """The types of all messages."""
        return [message.type for message in self.messages]

    def changes(self, record_id: str) -> list[tuple[str, int | None]]:
        """Actions and versions of a record, as they came."""
        return [
            (one.action, one.version) for one in self.messages if isinstance(one, Change) and one.record_id == record_id
        ]

    def until(self, condition: Callable[[], object], seconds: float = 30) -> None:
        """Wait for it; what came is told when it does not come true."""
        try:
            until(condition, seconds)
        except AssertionError as error:
            raise AssertionError(f"{self.messages[-20:]} {self.notes} {self.error!r}") from error

    def close(self) -> None:
        """Leave; its thread ends."""
        self.following.close()
        self._thread.join(15)
        assert self.ended
