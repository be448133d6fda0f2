"""Server-sent events out of bytes, however they were cut: the parser of the HTML standard (9.2.6)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")  # a CR that comes last may be half of a CRLF
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `id` and `retry` are None where it has none of its own."""

    data: str
    name: str = "message"
    id: str | None = None
    retry: int | None = None


class Parser:
    """Feed it what comes; what is not a whole event yet waits."""

    def __init__(self) -> None:
        self._rest = b""
        self._begun = False
        self._clear()

    def _clear(self) -> None:
        self._data: list[str] = []
        self._name = ""
        self._id: str | None = None
        self._retry: int | None = None

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that these bytes complete."""
        data = self._rest + data
        if not self._begun:
            if BOM.startswith(data):  # it may be one, and is not whole yet
                self._rest = data
                return
            self._begun, data = True, data.removeprefix(BOM)
        *lines, self._rest = LINE_END.split(data)
        for line in lines:
            if line:
                self._take(line.decode(errors="replace"))
            elif (event := self._event()) is not None:
                yield event

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self._retry = int(value)

    def _event(self) -> Event | None:
        event = Event("\n".join(self._data), self._name or "message", self._id, self._retry) if self._data else None
        self._clear()
        return event
