"""A program that keeps a table as the panel does: all of it at first and after `lost`, patches from then on."""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from tests.realtime.reader import Ended, Event, Reader

PATIENCE_SECONDS = 5.0  # without a heartbeat: nobody is there


class Mirror:
    """Follows `resource` at `address`. `fetch(id)` reads one record, None when there is none."""

    def __init__(
        self, address: tuple[str, int], resource: str, who: Mapping[str, str], fetch: Callable[[str], dict[str, Any] | None]
    ) -> None:
        self._address, self._resource, self._who, self._fetch = address, resource, who, fetch
        self.table: dict[str, dict[str, Any]] = {}
        self.lost = self.connections = self.fetched = 0
        self.troubles: list[str] = []
        self._position: str | None = None
        self._reader: Reader | None = None
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Leave for good."""
        self._leaving.set()
        self._thread.join(20)

    def _run(self) -> None:
        while not self._leaving.is_set():
            try:
                with contextlib.suppress(OSError, Ended):
                    self._follow()
            except (AssertionError, KeyError, ValueError) as error:  # the test must hear of it
                self.troubles.append(repr(error))
                return
            self._leaving.wait(0.1)

    def _follow(self) -> None:
        headers = {**self._who, **({"Last-Event-ID": self._position} if self._position else {})}
        reader = Reader(self._address, f"/api/admin/sse?topics={self._resource}&initial=full", headers)
        self.connections += 1
        with contextlib.closing(reader):
            heard = time.monotonic()
            while reader.status == 200 and not self._leaving.is_set() and time.monotonic() < heard + PATIENCE_SECONDS:
                with contextlib.suppress(TimeoutError):
                    self._take(reader.event(0.2))
                    heard = time.monotonic()

    def _take(self, event: Event) -> None:
        match event.kind:
            case "lost":
                self.lost += 1
                self._position = None
            case "initial":
                if event.json.get("part", 1) == 1:
                    self.table = {}
                for record in event.json["data"].get(self._resource, []):
                    self.table[record["id"]] = record
            case "change":
                self._apply(event.json)
            case kind:
                assert kind in ("hello", "hb", "bye", "update"), kind
        self._position = event.id or self._position

    def _apply(self, told: dict[str, Any]) -> None:
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
