"""Passwords that are tried first: common ones (as counted by zxcvbn), and what everybody knows of their owner."""

from collections.abc import Iterable, Iterator
from functools import cache

REMAINDER = 6  # so many characters must stay besides a common password or the owner's own words
SHORTEST_WORD = 3


def easy(password: str, email: str, name: str | None) -> bool:
    """True when little is left of `password` without a common password in it, or without its owner's own words."""
    folded = password.casefold()
    without = folded
    for word in own_words(email, name):
        without = without.replace(word, "")
    return len(without) < REMAINDER or any(
        len(folded.replace(part, "")) < REMAINDER for part in _common_parts(folded, len(folded))
    )


def own_words(email: str, name: str | None) -> list[str]:
    """What anybody would guess of somebody: their e-mail, its parts, their name and its parts; the longest first."""
    email, called = email.casefold(), (name or "").casefold()
    local, _, domain = email.partition("@")
    parts = {email, local, domain, domain.partition(".")[0], called, *called.split()}
    return sorted((part for part in parts if len(part) >= SHORTEST_WORD), key=len, reverse=True)


def _common_parts(folded: str, length: int) -> Iterator[str]:
    words, longest = common()
    for start in range(length):
        for end in range(start + SHORTEST_WORD, min(start + longest, length) + 1):
            if folded[start:end] in words:
                yield folded[start:end]


@cache
def common() -> tuple[frozenset[str], int]:
    """The common passwords, and how long the longest is."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # 50 ms that only who chooses a password waits for

    listed: Iterable[str] = FREQUENCY_LISTS["passwords"]
    words = frozenset(word.casefold() for word in listed)
    return words, max(map(len, words))
