"""Which topics there are, which one a message belongs to, and who may listen to it: one table."""

from collections.abc import Iterable
from typing import Any

from ..errors import Problem
from ..models import RECORDS
from ..models.user import SUPER_ADMIN

OWN_TOPICS = ("integrity", "job", "sync")
PRESENCE = "presence"  # who is there now: told to open streams, kept in no history
TOPICS = (*RECORDS, *OWN_TOPICS, PRESENCE)  # what can be asked for by name
UPDATE = "update"  # comes along with every choice; it counts all resources, so it is for those who may see all

# Topic → the roles that may listen to it
LISTENERS: dict[str, frozenset[str]] = {topic: frozenset({SUPER_ADMIN}) for topic in (*TOPICS, UPDATE)}


def topic_of(data: Any) -> str | None:
    """The topic a message belongs to; None for what everybody gets."""
    kind = data.get("type") if isinstance(data, dict) else None
    if kind == "change":
        return str(data.get("resource"))
    return kind if kind in (*OWN_TOPICS, UPDATE) else None


def open_to(role: str) -> frozenset[str]:
    """The topics that `role` may listen to."""
    return frozenset(topic for topic, roles in LISTENERS.items() if role in roles)


def usual(role: str) -> frozenset[str] | None:
    """The topics of a stream that names none: all that `role` may have. None where that is everything, so that most
    streams share one view."""
    mine = open_to(role)
    return None if mine == LISTENERS.keys() else mine


def allowed(role: str, named: Iterable[str]) -> frozenset[str]:
    """The topics of a stream that asks for those `named` (each one of TOPICS).

    Problem 403 `topic-forbidden` names what `role` may not have.
    """
    mine, asked = open_to(role), frozenset(named)
    if forbidden := sorted(asked - mine):
        told = f"You may not listen to {', '.join(forbidden)}."
        raise Problem(403, "topic-forbidden", told, fields={"topics": told}, topics=forbidden)
    return asked | (mine & {UPDATE})
