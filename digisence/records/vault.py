"""Secrets of records in quarantine: kept, so that a restored record is whole, and never readable from the table."""

import base64
import json
import os
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..config import settings
from ..errors import Conflict

Secrets = Mapping[str, Mapping[str, str]]

FORM = "2:"  # what was sealed before is Fernet's, without a mark
SALT, NONCE = 16, 12
PURPOSES = {"": b"digisence quarantine secrets, 1", FORM: b"digisence quarantine secrets, 2"}


def seal(secrets: Secrets) -> str | None:
    """`{"users/ID": {column: value}}`, encrypted; None for none.

    AES-256-GCM under a key that the process derives from the secret key and a salt of its own (RFC 5869): however many
    are sealed, no key meets a nonce twice.
    """
    if not secrets:
        return None
    salt = _salt(os.getpid())
    nonce = os.urandom(NONCE)
    sealed = AESGCM(_key(settings().secret_key, FORM, salt)).encrypt(nonce, json.dumps(secrets).encode(), None)
    return FORM + base64.urlsafe_b64encode(salt + nonce + sealed).decode()


def unseal(sealed: str | None) -> Secrets:
    """What `seal` took. Conflict `sealed` when it was encrypted under another secret key."""
    if sealed is None:
        return {}
    try:
        found: Secrets = json.loads(_opened(sealed))
    except (InvalidToken, InvalidTag) as error:
        raise Conflict(
            "sealed",
            "This record's secrets were encrypted with another DIGISENCE_SECRET_KEY; set that key again, then restore.",
        ) from error
    return found


def _opened(sealed: str) -> bytes:
    secret = settings().secret_key
    if not sealed.startswith(FORM):
        return Fernet(base64.urlsafe_b64encode(_key(secret, "", b""))).decrypt(sealed.encode())
    held = base64.urlsafe_b64decode(sealed.removeprefix(FORM))
    salt, nonce, text = held[:SALT], held[SALT : SALT + NONCE], held[SALT + NONCE :]
    return AESGCM(_key(secret, FORM, salt)).decrypt(nonce, text, None)


@lru_cache(maxsize=1)
def _salt(_process: int) -> bytes:
    return os.urandom(SALT)


@lru_cache(maxsize=64)
def _key(secret: str, form: str, salt: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt or None, info=PURPOSES[form]).derive(secret.encode())
