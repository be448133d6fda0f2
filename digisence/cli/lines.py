"""A message of the feed as a line for people. What others wrote cannot move the cursor or change colours."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import click
import orjson

from ..clock import parse
from ..extensions.sse import Position
from ..models import RECORDS
from ..models.change import CREATED, DELETED, QUARANTINED, RESTORED, UPDATED
from ..models.wire import camel

COLOURS = {
    CREATED: "green", RESTORED: "green", UPDATED: "yellow", DELETED: "red", QUARANTINED: "magenta", "many": "cyan",
}  # fmt: skip
KIND_COLOUR = "blue"
WIDTH = max(map(len, COLOURS))
LONGEST = 160
HEAD = ("type", "timestamp")


class Lines:
    """Makes lines, with a heading where a new day begins; with `patches` every field's new value below."""

    def __init__(self, patches: bool = False) -> None:
        self._patches = patches
        self._day = datetime.now().astimezone().date()

    def of(self, position: Position, data: dict[str, Any]) -> Iterator[str]:
        """The lines of a message, styled."""
        at = _time(position, data)
        if at.date() != self._day:
            self._day = at.date()
            yield _rule(self._day)
        kind = str(data.get("type"))
        if kind == "change":
            said = _change(data, fields=not self._patches)
        else:
            name = click.style(f"{_plain(kind):<{WIDTH}}", fg=KIND_COLOUR, bold=True)
            said = f"{name}  {_counts(data) if kind == 'update' else _brief(data)}"
        yield f"{_dim(at.strftime('%H:%M:%S.') + f'{at.microsecond // 1000:03d}')}  {said}  {_dim(str(position))}"
        if self._patches and kind == "change":
            yield from _patch(data)


def _time(position: Position, data: dict[str, Any]) -> datetime:
    """When it was published, in local time."""
    try:
        return parse(str(data.get("timestamp"))).astimezone()
    except ValueError:
        return datetime.fromtimestamp(position.milliseconds / 1000, UTC).astimezone()


def _rule(day: date) -> str:
    return _dim(f"── {day:%A, %Y-%m-%d} ──")


def _change(data: dict[str, Any], fields: bool) -> str:
    action, resource = str(data.get("action")), str(data.get("resource"))
    parts = [click.style(f"{_plain(action):<{WIDTH}}", fg=COLOURS.get(action), bold=True)]
    if "recordId" in data:
        parts.append(f"{_dim(_plain(resource) + '/')}{_plain(str(data['recordId']))}")
    else:
        parts.append(f"{click.style(str(data.get('count')), bold=True)} {_plain(resource)}")
    patch = data.get("patch") or {}
    title = _title(resource, patch)
    if title:
        parts.append(click.style(_cut(title, 40), bold=True))
    if action == UPDATED and fields and patch:
        parts.append(_cut(", ".join(map(_plain, patch)), LONGEST))
    parts.append(f"{_dim('by')} {_plain(str(data.get('actor')))}")
    return "  ".join(parts)


def _title(resource: str, patch: dict[str, Any]) -> str:
    model = RECORDS.get(resource)
    value = patch.get(camel(model.__title__)) if model else None
    return _json(value) if value else ""


def _patch(data: dict[str, Any]) -> Iterator[str]:
    patch = data.get("patch")
    if patch is None and data.get("action") in (CREATED, RESTORED, UPDATED):
        yield _dim("    (too large for the feed: read the record)")
    width = max(map(len, patch), default=0) if patch else 0
    for name, value in (patch or {}).items():
        yield f"    {_dim(f'{_plain(name):<{width}}')}  {_cut(_json(value), LONGEST)}"


def _counts(data: dict[str, Any]) -> str:
    told = data.get("data") or {}
    counts = "  ".join(f"{_dim(_plain(name))} {count}" for name, count in told.get("counts", {}).items())
    recent = sum(map(len, told.get("recentChanges", {}).values()))
    return f"{counts}  {_dim('recent changes')} {recent}"


def _brief(data: dict[str, Any]) -> str:
    """What is short and known of another message: `state running  id …`."""
    found = []
    for name, value in data.items():
        if name not in HEAD and value not in (None, "", [], {}):
            shown = value if isinstance(value, str) else _json(value)
            if len(shown) <= LONGEST // 2:
                found.append(f"{_dim(_plain(name))} {_plain(shown)}")
    return "  ".join(found)


def _json(value: Any) -> str:
    return _plain(orjson.dumps(value).decode())


def _plain(text: str) -> str:
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _dim(text: str) -> str:
    return click.style(text, dim=True)
