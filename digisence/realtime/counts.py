"""What a process's streams have done so far: plain numbers, read when somebody asks."""

import threading
from collections.abc import Iterable

from .client import Client


class Counts:
    """Totals since the process began. `delivered` and `sent` (bytes) are of streams that have ended."""

    def __init__(self) -> None:
        self.lost = self.stalled = self.delivered = self.sent = 0
        self._losing = threading.Lock()  # streams open in many threads, all else happens in one

    def lose(self) -> None:
        """A stream was told that it lost messages."""
        with self._losing:
            self.lost += 1

    def gone(self, client: Client) -> None:
        """Keep what an ended stream has done."""
        self.delivered += client.messages
        self.sent += client.sent

    def totals(self, clients: Iterable[Client]) -> tuple[int, int]:
        """Messages delivered and bytes sent, the open streams included."""
        delivered, sent = self.delivered, self.sent
        for client in clients:
            delivered += client.messages
            sent += client.sent
        return delivered, sent
