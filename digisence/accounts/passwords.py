"""Passwords: argon2id for ours, bcrypt for imported ones until their owner signs in again.

Parameters are above OWASP's minimum for argon2id (46 MiB and one pass): 46 MiB, two passes, one lane.
"""

import os
import secrets
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

from ..errors import Invalid
from . import common

SHORTEST, LONGEST = 12, 256
BCRYPT_BYTES = 72  # bcrypt never saw more; the programs that made the imported hashes cut silently
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is mistaken for something else


class Bcrypt(BcryptHasher):
    """bcrypt as it was used where the imported hashes come from."""

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:  # noqa: A002
        """True when `password`, cut to 72 bytes, gives `hash`; False for a hash that cannot be one."""
        raw = password.encode() if isinstance(password, str) else password
        try:
            return super().verify(raw[:BCRYPT_BYTES], hash)
        except ValueError:
            return False


_argon2 = Argon2Hasher(time_cost=2, memory_cost=47_104, parallelism=1)
_bcrypt = Bcrypt()
_hashes = PasswordHash((_argon2, _bcrypt))
_cores = BoundedSemaphore(os.cpu_count() or 2)  # more at once would only take memory

# Hashes of passwords that nobody knows, for the work that a refusal must do
_NOBODY = (
    (
        _argon2,
        "$argon2id$v=19$m=47104,t=2,p=1$/4PRytKBX2845jvXySGFGA$YoXHZZpSozV7PctY4Nn4HZ6gJWPoQPeT3F0PK9W/ODI",
    ),
    (_bcrypt, "$2b$12$2T0GS0.EvW0IgNpoctrFCOV95pk1H/0vRt3R9alBBFYFC7pFrV9.O"),
)


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    with _cores:
        return _hashes.hash(password)


def verify(password: str, stored: str | None) -> bool:
    """True when `password` is the one behind `stored`; a missing or unreadable hash fits no password."""
    try:
        with _cores:
            return stored is not None and _hashes.verify(password, stored)
    except UnknownHashError:
        return False


def needs_rehash(stored: str) -> bool:
    """True for a hash that was not made as `hash_password` makes it now."""
    return not _argon2.identify(stored) or _argon2.check_needs_rehash(stored)


def even_out(password: str, stored: str | None) -> None:
    """Do the work that `verify` did not, so that every refusal takes as long, whatever the account has."""
    for hasher, nobody in _NOBODY:
        if stored is None or not hasher.identify(stored):
            verify(password, nobody)


def require_good(password: str, email: str, name: str | None = None, field: str = "newPassword") -> None:
    """Raise Invalid, naming `field`, unless `password` may become that of the account with this e-mail and name."""
    if len(password) < SHORTEST:
        raise Invalid({field: f"Use at least {SHORTEST} characters."})
    if len(password) > LONGEST:
        raise Invalid({field: f"Use at most {LONGEST} characters."})
    if len(set(password)) < SHORTEST // 3 or common.easy(password, email, name):
        raise Invalid({field: "This is too easy to guess: use several words, and neither your name nor your e-mail."})


def one_time() -> str:
    """A password to be typed once: four groups of five letters and digits, 99 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(4))
