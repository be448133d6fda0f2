"""What a mail holds until it is sent, closed: a link in it opens an account, and whoever reads the table must not."""

import base64
import json
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.headerregistry import Address

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..config import settings

PURPOSE = b"digisence mails, 1"


class Unreadable(Exception):
    """Sealed under another secret key, or damaged."""


def seal(values: Mapping[str, str]) -> str:
    """`values`, encrypted under a key that comes from the product's secret key."""
    return _box().encrypt(json.dumps(dict(values)).encode()).decode()


def unseal(sealed: str) -> dict[str, str]:
    """What `seal` took. Unreadable under another secret key."""
    try:
        found: dict[str, str] = json.loads(_box().decrypt(sealed.encode()))
    except InvalidToken as error:
        raise Unreadable("sealed under another DIGISENCE_SECRET_KEY: ask for the mail anew") from error
    return found


def check(recipient: str) -> str:
    """`recipient`, one address and nothing else. ValueError for what would end a header or name two."""
    try:
        sound = recipient.isprintable() and len(recipient) <= 254 and Address(addr_spec=recipient).username.isascii()
    except (HeaderParseError, IndexError, ValueError) as error:
        raise ValueError(f"{recipient!r} is no address that mail can go to") from error
    if not sound:
        raise ValueError(f"{recipient!r} is no address that mail can go to")
    return recipient


def _box() -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(settings().secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(key))
