"""The hash chain over the changes, in publishing order: who alters or removes one breaks it.

Form 2 takes the digests of `before` and `after` in their place, so that it stays true when a compaction leaves no more
than these. Form 1, of seals made before there was compaction, takes both in full; such a change is never compacted.
"""

import hashlib
from typing import Any

import orjson

from ..clock import to_wire

GENESIS = "0" * 64
BOTH = "content and digest"
FULL, DIGESTS = 1, 2
FORM = DIGESTS  # of what is sealed now
SEALED = (
    "id", "resource", "record_id", "action", "version", "base_version",
    "secrets", "actor", "request_id", "mutation_id", "transaction_id",
)  # fmt: skip


def digest(previous: str, change: Any, form: int = FORM) -> str:
    """SHA-256 (hex) of the previous digest and the change's content."""
    return linked(previous, content(change, form))


def linked(previous: str, told: bytes) -> str:
    """SHA-256 (hex) of the previous digest and a content."""
    return hashlib.sha256(previous.encode() + told).hexdigest()


def content(change: Any, form: int = FORM) -> bytes:
    """What a seal says of a change: canonical JSON (sorted keys, no spaces)."""
    told = {name: getattr(change, name) for name in SEALED} | {"committed_at": to_wire(change.committed_at)}
    if form == FULL:
        told |= {"before": change.before, "after": change.after}
    else:
        told |= {"address": change.address, **digests(change)}
    return canonical(told)


def digests(change: Any) -> dict[str, str | None]:
    """What stands for `before` and `after` of a change: of one whose own are gone, what is kept in their place."""
    return {
        "before_digest": _stands(change.before, change.before_digest),
        "after_digest": _stands(change.after, change.after_digest),
    }


def canonical(value: Any) -> bytes:
    """The one JSON of a value."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _stands(content: Any, kept: str | None) -> str | None:
    """A content beside a digest was put there by somebody else: it fits no seal, whatever it says."""
    return kept if content is None else _of(content) if kept is None else BOTH


def _of(value: Any) -> str | None:
    return None if value is None else hashlib.sha256(canonical(value)).hexdigest()
