"""Passwords that cost nothing to hash, for tests about something else."""

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from digisence.accounts import passwords

HASHER = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Imported into a module, it holds for all tests there."""
    monkeypatch.setattr(passwords, "_argon2", HASHER)
    monkeypatch.setattr(passwords, "_hashes", PasswordHash((HASHER,)))
    monkeypatch.setattr(passwords, "_NOBODY", ())
