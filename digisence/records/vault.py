"""Secrets of records in quarantine: kept, so that a restored record is whole, and never readable from the table."""

import base64
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..config import settings
from ..errors import Conflict

Secrets = Mapping[str, Mapping[str, str]]

PURPOSE = b"digisence quarantine secrets, 1"


def seal(secrets: Secrets) -> str | None:
    """`{"users/ID": {column: value}}`, encrypted (Fernet, RFC 5869 key from the secret key); None for none."""
    return _box().encrypt(json.dumps(secrets).encode()).decode() if secrets else None


def unseal(sealed: str | None) -> Secrets:
    """What `seal` took. Conflict `sealed` when it was encrypted under another secret key."""
    if sealed is None:
        return {}
    try:
        found: Secrets = json.loads(_box().decrypt(sealed.encode()))
    except InvalidToken as error:
        raise Conflict(
            "sealed",
            "This record's secrets were encrypted with another DIGISENCE_SECRET_KEY; set that key again, then restore.",
        ) from error
    return found


def _box() -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(settings().secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(key))
