"""The public form of a Change: what the feed tells of it."""

from collections.abc import Mapping
from typing import Any

import orjson

from ..clock import to_wire, utcnow
from ..models.change import CREATED, RESTORED, UPDATED

PATCH_LIMIT_BYTES = 16_384
MANY = "many"


def patch(change: Any) -> dict[str, Any] | None:
    """Public fields with their new values: the whole record when it came (back), what differs when it was updated.

    None when it went. `change` has the columns of `models.Change`.
    """
    if change.action in (CREATED, RESTORED):
        return dict(change.after)
    if change.action != UPDATED:
        return None
    before: Mapping[str, Any] = change.before
    return {name: value for name, value in change.after.items() if name not in before or before[name] != value}


def message(change: Any) -> dict[str, Any]:
    """The `change` message of the stream. A patch over 16 KB is left out: who needs it reads the record."""
    told: dict[str, Any] = {
        "type": "change",
        "timestamp": to_wire(utcnow()),
        "resource": change.resource,
        "recordId": change.record_id,
        "action": change.action,
        "version": change.version,
        "baseVersion": change.base_version,
        "actor": change.actor,
        "committedAt": to_wire(change.committed_at),
    }
    values = patch(change)
    if values is not None and len(orjson.dumps(values)) <= PATCH_LIMIT_BYTES:
        told["patch"] = values
    if change.mutation_id:
        told["mutationId"] = change.mutation_id
    return told


def many(resource: str, count: int, actor: str) -> dict[str, Any]:
    """The one message that stands for a large transaction's changes of a resource."""
    return {
        "type": "change",
        "timestamp": to_wire(utcnow()),
        "resource": resource,
        "action": MANY,
        "count": count,
        "actor": actor,
    }
