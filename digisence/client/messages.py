"""What comes over the stream, by kind. `body` is the JSON as it stands on the wire, with what has no property too."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from .events import Event


@dataclass(frozen=True, slots=True)
class Message:
    """A message. `position`, where it has one, is what `since` takes to go on after it."""

    type: str
    position: str | None
    body: Mapping[str, Any]


class Hello(Message):
    """The stream stands; on every connection."""

    __slots__ = ()

    @property
    def stands_at(self) -> str:
        """The newest position when it began."""
        return str(self.body["position"])

    @property
    def heartbeat(self) -> float:
        """Seconds between two heartbeats."""
        return float(self.body["heartbeatSeconds"])

    @property
    def retry(self) -> float:
        """Seconds after which this client may come back when the connection breaks."""
        return float(self.body.get("retryMs", 0)) / 1000


class Initial(Message):
    """All there is at the beginning, or a part of it: `initial="full"` or `"counts"`."""

    __slots__ = ()

    @property
    def data(self) -> Mapping[str, Any]:
        """Records by resource, or their numbers."""
        return dict(self.body["data"])

    @property
    def is_first(self) -> bool:
        """Whether all that was held before is void."""
        return int(self.body.get("part", 1)) == 1

    @property
    def is_last(self) -> bool:
        """Whether it is whole now."""
        return bool(self.body.get("part", 1) == self.body.get("parts", 1))


class Change(Message):
    """Something was committed."""

    __slots__ = ()

    @property
    def resource(self) -> str:
        """`businesses`, `users`, …"""
        return str(self.body["resource"])

    @property
    def action(self) -> str:
        """`created`, `updated`, `deleted`, `quarantined`, `restored`; `many` for a large transaction."""
        return str(self.body["action"])

    @property
    def record_id(self) -> str | None:
        """None with `many`."""
        return self.body.get("recordId")

    @property
    def version(self) -> int | None:
        """The record's version now."""
        return self.body.get("version")

    @property
    def base_version(self) -> int | None:
        """The version that `patch` fits."""
        return self.body.get("baseVersion")

    @property
    def patch(self) -> Mapping[str, Any] | None:
        """Fields with new values, or the whole record where it came; None where it went, or is too large."""
        return self.body.get("patch")

    @property
    def actor(self) -> str:
        """`user:ID`, `system:NAME` or `external`."""
        return str(self.body.get("actor"))

    @property
    def count(self) -> int:
        """How many records."""
        return int(self.body.get("count", 1))


class Update(Message):
    """How many records there are, and what changed lately; every few seconds while something does."""

    __slots__ = ()

    @property
    def counts(self) -> Mapping[str, int]:
        """Records by resource."""
        return dict(self.body["data"]["counts"])


class News(Message):
    """A run, a job or the service is in another state: `type` is `integrity`, `job` or `sync`."""

    __slots__ = ()


class Lost(Message):
    """Messages are missing and will not come: read again what you hold. What follows is whole again."""

    __slots__ = ()


class Heartbeat(Message):
    """All up to `position` has come."""

    __slots__ = ()


class Quiet(Message):
    """Not from the server: all that there is has come, and nothing more for as long as `tick` says."""

    __slots__ = ()


KINDS: Mapping[str, type[Message]] = {
    "hello": Hello, "initial": Initial, "change": Change, "update": Update, "lost": Lost,
    "integrity": News, "job": News, "sync": News,
}  # fmt: skip


def read(event: Event) -> Message | None:
    """The message in an event; None where somebody else wrote something else to the feed."""
    if event.name == "hb":
        return Heartbeat("hb", event.id, {})
    try:
        body = orjson.loads(event.data)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(body, dict):
        return None
    kind = str(body.get("type", event.name))
    return KINDS.get(kind, Message)(kind, event.id, body)
