"""Guessing is slowed down: failures are counted per account and per address, whatever is guessed."""

import hashlib
import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Response, g, request

from ..accounts import Client
from ..config import settings
from ..errors import Problem
from ..extensions import limiter
from . import guard

View = Callable[..., Response]

WINDOW = "15 minutes"
FAILED = "digisence.attempt_failed"
GUESSES = ("invalid-credentials", "wrong-password", "invalid-totp", "link-not-valid")


@contextmanager
def attempt() -> Iterator[None]:
    """Count it when what is given in here is wrong."""
    try:
        yield
    except Problem as problem:
        if problem.code in GUESSES:
            request.environ[FAILED] = True
        raise


def limited(view: View) -> View:
    """Count failed attempts per account and per address; refuse with 429 when there were too many."""
    by_account = limiter.shared_limit(allowed, "sign-in", key_func=_account_key, deduct_when=_failed)
    by_address = limiter.shared_limit(allowed, "sign-in", key_func=address_key, deduct_when=_failed)
    return by_address(by_account(view))


def limited_by_address(view: View) -> View:
    """The same where no account is named."""
    return limiter.shared_limit(allowed, "sign-in", key_func=address_key, deduct_when=_failed)(view)


def client() -> Client:
    """Where the call comes from."""
    return Client(request.remote_addr, request.user_agent.string, g.get("request_id"))


def allowed() -> str:
    """How many failures are borne."""
    return f"{settings().login_attempts} per {WINDOW}"


def address_key() -> str:
    """The caller's address; of IPv6 the /64, which one household has to itself."""
    address = request.remote_addr or "none"
    if ":" not in address:
        return address
    return str(ipaddress.ip_network(f"{address.partition('%')[0]}/64", strict=False))


def email_key() -> str:
    """The e-mail in the body, known or not, in a form that tells nobody its name."""
    email = str(request.get_json()["email"]).strip().lower()
    return "email:" + hashlib.sha256(email.encode()).hexdigest()


def _account_key() -> str:
    return guard.identity().actor if guard.CALLER in request.environ else email_key()


def _failed(_response: Response) -> bool:
    return FAILED in request.environ
