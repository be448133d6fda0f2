"""A program that keeps a table as the panel does: all of it at first and after `lost`, patches from then on."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from digisence.client import Change, Heartbeat, Hello, Initial, Lost, Message, StreamError, Update, follow


class Mirror:
    """Follows `resource` at `address`. `fetch(id)` reads one record, None when there is none."""

    def __init__(
        self,
        address: tuple[str, int],
        resource: str,
        who: Mapping[str, str],
        fetch: Callable[[str], dict[str, Any] | None],
    ) -> None:
        self._resource, self._fetch = resource, fetch
        self.table: dict[str, dict[str, Any]] = {}
        self.lost = self.connections = self.fetched = 0
        self.troubles: list[str] = []
        token = who["Authorization"].removeprefix("Bearer ")
        self._following = follow("http://{}:{}".format(*address), token, [resource], initial="full")
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Leave for good."""
        self._following.close()
        self._thread.join(20)

    def _run(self) -> None:
        try:
            for message in self._following:
                self._take(message)
        except (AssertionError, KeyError, ValueError, StreamError) as error:  # the test must hear of it
            self.troubles.append(repr(error))

    def _take(self, message: Message) -> None:
        match message:
            case Hello():
                self.connections += 1
            case Lost():
                self.lost += 1
            case Initial():
                if message.is_first:
                    self.table = {}
                for record in message.data.get(self._resource, []):
                    self.table[record["id"]] = record
            case Change():
                self._apply(message.body)
            case _:
                assert isinstance(message, Heartbeat | Update), message

    def _apply(self, told: Mapping[str, Any]) -> None:
        known = self.table.get(told["recordId"])
        if told["action"] in ("deleted", "quarantined"):
            self.table.pop(told["recordId"], None)
        elif known is not None and told["version"] <= known["version"]:
            return  # the snapshot had it already
        elif told["action"] in ("created", "restored") and "patch" in told:
            self.table[told["recordId"]] = told["patch"]
        elif known is not None and told["baseVersion"] == known["version"] and "patch" in told:
            self.table[told["recordId"]] = {**known, **told["patch"]}
        else:
            self._refetch(told["recordId"])

    def _refetch(self, record_id: str) -> None:
        self.fetched += 1
        record = self._fetch(record_id)
        if record is None:
            self.table.pop(record_id, None)
        else:
            self.table[record_id] = record
