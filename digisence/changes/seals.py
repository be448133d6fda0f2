"""The hash chain over the changes, in publishing order: who alters or removes one breaks it."""

import hashlib
from typing import Any

import orjson

from ..clock import to_wire

GENESIS = "0" * 64
SEALED = (
    "id", "resource", "record_id", "action", "version", "base_version", "before", "after",
    "secrets", "actor", "request_id", "mutation_id", "transaction_id",
)  # fmt: skip


def digest(previous: str, change: Any) -> str:
    """SHA-256 (hex) of the previous digest and the change as canonical JSON (sorted keys, no spaces)."""
    content = {name: getattr(change, name) for name in SEALED} | {"committed_at": to_wire(change.committed_at)}
    return hashlib.sha256(previous.encode() + orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
