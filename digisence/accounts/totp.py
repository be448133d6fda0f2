"""Codes of the moment (RFC 6238) and recovery codes: made, drawn, compared."""

import hashlib
import secrets
from dataclasses import dataclass
from hmac import compare_digest
from io import BytesIO

import pyotp
import segno

from .passwords import ALPHABET

ISSUER = "digisence"
DRIFT = 1  # a clock may be a period off, either way
RECOVERY_CODES = 10
GROUPS, LETTERS = 3, 5  # 74 bits: no digest of it is found by trying


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator needs: the secret, the same as an address, and as a picture to take."""

    secret: str
    uri: str
    svg: str


def enrolment(email: str) -> Enrolment:
    """A fresh secret for `email`."""
    secret = pyotp.random_base32()
    uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)
    return Enrolment(secret, uri, picture(uri))


def picture(uri: str) -> str:
    """`uri` as a QR code in SVG: dark on white, whatever the page around it is."""
    drawn = BytesIO()
    segno.make(uri, micro=False, error="m").save(
        drawn, kind="svg", light="#fff", xmldecl=False, svgns=True, nl=False, omitsize=True, title="QR code"
    )
    return drawn.getvalue().decode()


def step(secret: str, code: str, now: float) -> int | None:
    """The period (seconds since 1970, by 30) whose code this is: now's or one beside it; None when it is none's."""
    made = pyotp.TOTP(secret)
    current = int(now) // made.interval
    found = None
    for each in range(current - DRIFT, current + DRIFT + 1):  # all of them: the time it takes tells nothing
        if compare_digest(made.generate_otp(each).encode(), code.encode()):
            found = each
    return found


def recovery_codes() -> list[str]:
    """Fresh ones, as `abcde-fghjk-mnpqr`."""
    return ["-".join(_group() for _ in range(GROUPS)) for _ in range(RECOVERY_CODES)]


def digest(user_id: str, code: str) -> str:
    """What is kept of a recovery code of a user, however it is typed."""
    plain = "".join(letter for letter in code.casefold() if letter.isalnum())
    return hashlib.sha256(f"{user_id}:{plain}".encode()).hexdigest()


def _group() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
